using System.Diagnostics;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Topologies;
using MixMq.Sphinx;

namespace MixMq.Simulation.Scale;

/// <summary>
/// How the topology protocol behaves as the network grows: the shipping overlay core of every node, over a random regular graph, through a start,
/// joins, links that go down, a partition in halves, and rest. Cryptography is the ideal stand-in, which takes its virtual time all the same.
/// </summary>
public sealed class ScaleStudy : IDisposable
{
    private const double FineSeconds = 0.01;
    private const double CoarseSeconds = 0.1;
    private const double StartLimitSeconds = 600;
    private const double LimitSeconds = 300;

    /// <summary>The nodes don't start in the same microsecond, but all within this time: harder than a network that grows.</summary>
    private const int StartSpreadMicros = 1_000_000;

    /// <summary>Before the rest is measured; link damping and back-offs have come to their ends by then.</summary>
    private const double CalmSeconds = 130;

    private readonly ScaleOptions _options;
    private readonly Action<string> _progress;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly World _world;
    private readonly SimNode[] _nodes;
    private readonly List<SimNode> _running = [];
    private readonly ViewTracker _views = new();
    private readonly TrafficMeter _meter;
    private readonly LinkDownWatch _downs;
    private readonly FirstLink _firstLink;
    private readonly List<ConvergenceCurve> _curves = [];
    private readonly IReadOnlyList<(int A, int B)> _edges;

    private ScaleStudy(ScaleOptions options, Action<string> progress)
    {
        _options = options;
        _progress = progress;
        var parameters = World.SmallParameters("scale", skewSeconds: NetworkParameters.DefaultSkewSeconds, geometry: PacketGeometry.Default);

        // No packets are sent, so replay filters can be small.
        _world = new World(parameters, options.Seed, options: new WorldOptions { ReplayCapacity = 64, SampleMicros = 0, SharePools = true });
        _meter = _world.Observe(new TrafficMeter());
        _downs = _world.Observe(new LinkDownWatch(_running));
        _firstLink = _world.Observe(new FirstLink());
        _edges = Layouts.RandomRegular(options.Nodes, options.Degree, _world.Random);
        _nodes = [.. Enumerable.Range(0, options.Nodes).Select(i => _world.AddNode($"n{i}"))];
        foreach (var (a, b) in _edges)
        {
            World.Peer(_nodes[a], _nodes[b]);
        }
    }

    /// <summary>Runs it.</summary>
    /// <param name="options">Options in which <see cref="ScaleOptions.Validate"/> finds nothing wrong.</param>
    /// <param name="progress">Is told of each phase.</param>
    /// <exception cref="ScaleException">A phase didn't come to its end.</exception>
    public static ScaleReport Run(ScaleOptions options, Action<string>? progress = null)
    {
        if (options.Validate() is { Count: > 0 } errors)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        }

        using var study = new ScaleStudy(options, progress ?? (static _ => { }));
        return study.Run();
    }

    public void Dispose() => _world.Dispose();

    private ScaleReport Run()
    {
        // Who joins later is configured at its neighbours from the start: it is they who accept.
        SimNode[] joiners = [.. Enumerable.Range(0, _options.Joins).Select(AddJoiner)];
        var convergence = Start();
        var joins = joiners.Select(Join).ToArray();
        var downs = TakeLinksDown();
        var heal = Partition();
        var rest = Rest();
        var hash = _world.Trace.Text;
        var encoded = _running[0];
        return new ScaleReport
        {
            Options = _options,
            TraceHash = hash,
            ConvergenceSeconds = convergence,
            JoinSeconds = [.. joins.Select(join => join.Whole)],
            JoinEqualSeconds = [.. joins.Select(join => join.Equal)],
            Downs = downs,
            HealEqualSeconds = heal,
            Rest = rest,
            DatabaseBytesPerNode = _running.Sum(node => (long)encoded.Core.FindRecord(node.Address)!.Encoded.Length),
            VirtualSeconds = _world.Clock.Seconds,
            Events = _world.Clock.Steps,
            Curves = _curves,
            Machine = Measure(),
        };
    }

    private SimNode AddJoiner(int number)
    {
        var joiner = _world.AddNode($"j{number}");
        var others = _nodes.ToArray();
        _world.Random.Shuffle<SimNode>(others);
        foreach (var other in others.Take(_options.Degree))
        {
            World.Peer(joiner, other);
        }

        return joiner;
    }

    private double Start()
    {
        var began = _world.Clock.Micros;
        foreach (var node in _nodes)
        {
            _running.Add(node);
            _views.Add(node);
            _world.Clock.At(began + _world.Random.Below(StartSpreadMicros), () => node.Start());
        }

        var took = WaitForEqualViews("start", began, StartLimitSeconds, CoarseSeconds);
        Say(FormattableString.Invariant($"start: {_nodes.Length} nodes have equal views after {took:0.0} s"));
        return took;
    }

    private (double Whole, double Equal) Join(SimNode joiner, int number)
    {
        _running.Add(joiner);
        _views.Add(joiner);
        _firstLink.Begin(joiner);
        _ = joiner.Start();
        double? whole = null;
        var points = new List<(double, double)>();
        var equal = _world.RunUntil(
            () =>
            {
                var done = AllIsEqual();
                if (_firstLink.Micros is { } micros)
                {
                    whole ??= _views.Has(joiner) ? Since(micros) : null;
                    points.Add((Since(micros), _views.Share));
                }

                return done;
            },
            LimitSeconds,
            FineSeconds);
        EnsureEqual("a join", equal);
        if (number == 0)
        {
            _curves.Add(new ConvergenceCurve("join", points));
        }

        var known = Since(_firstLink.Micros!.Value);
        Say(FormattableString.Invariant($"join: whole view {whole:0.00} s after the first link; all know of it after {known:0.00} s"));
        return (whole!.Value, known);
    }

    private List<LinkDownSample> TakeLinksDown()
    {
        var samples = new List<LinkDownSample>();
        var edges = _edges.ToArray();
        _world.Random.Shuffle<(int A, int B)>(edges);
        var ends = new HashSet<int>();
        var chosen = edges.Where(edge => !ends.Contains(edge.A) && !ends.Contains(edge.B) && ends.Add(edge.A) && ends.Add(edge.B)).Take(_options.Downs).ToArray();
        foreach (var (index, (a, b)) in chosen.Index())
        {
            samples.Add(TakeDown(_nodes[a], _nodes[b], silent: index % 2 == 0, draw: index == 0));
        }

        foreach (var (a, b) in chosen)
        {
            _world.Network.Restore(_nodes[a], _nodes[b]);
        }

        WaitForLinks();
        _ = WaitForEqualViews(null, _world.Clock.Micros, LimitSeconds, CoarseSeconds);
        Say(FormattableString.Invariant($"link down: {samples.Count} times, known to 99% at most {samples.Max(sample => sample.KnownSeconds):0.00} s after its detection"));
        return samples;
    }

    private LinkDownSample TakeDown(SimNode a, SimNode b, bool silent, bool draw)
    {
        var began = _world.Clock.Micros;
        _downs.Begin(a, b);
        _world.Network.Cut(a, b);
        if (!silent)
        {
            _world.Network.Break(a, b);
        }

        var points = new List<(double, double)>();
        var known = _world.RunUntil(
            () =>
            {
                if (_downs.DetectedMicros is not { } detected)
                {
                    return false;
                }

                _downs.Look();
                points.Add((Since(detected), _downs.Share));
                return _downs.Share >= 0.99;
            },
            LimitSeconds,
            FineSeconds);
        if (!known)
        {
            throw new ScaleException("A link's end didn't become known.");
        }

        if (draw)
        {
            _curves.Add(new ConvergenceCurve("link down", points));
        }

        var sample = new LinkDownSample(silent, (_downs.DetectedMicros!.Value - began) / (double)Moment.MicrosPerSecond, Since(_downs.DetectedMicros.Value));
        _ = WaitForEqualViews(null, began, LimitSeconds, CoarseSeconds);
        return sample;
    }

    private double Partition()
    {
        // The halves are by number, which says nothing of place in a random graph. In each some links break, and some processes are killed
        // and come back, with new keys.
        var half = _options.Nodes / 2;
        var changes = Math.Max(1, _options.Nodes / 200);
        var broken = new List<(SimNode A, SimNode B)>();
        _world.Network.Partition(node => node.Index < half || (node.Index >= _options.Nodes && node.Index % 2 == 0) ? 0 : 1);
        foreach (var side in (ReadOnlySpan<bool>)[false, true])
        {
            var within = _edges.Where(edge => edge.A < half == side && edge.B < half == side).ToArray();
            _world.Random.Shuffle<(int A, int B)>(within);
            broken.AddRange(within.Take(changes).Select(edge => (_nodes[edge.A], _nodes[edge.B])));
            for (var i = 0; i < changes; i++)
            {
                var node = _nodes[(side ? 0 : half) + _world.Random.Below(half)];
                _world.After(_options.PartitionSeconds * 0.5 * _world.Random.Double(), () =>
                {
                    if (node.IsRunning)
                    {
                        node.CrashAndRestart(2);
                    }
                });
            }
        }

        foreach (var (a, b) in broken)
        {
            _world.After(_options.PartitionSeconds * 0.9 * _world.Random.Double(), () =>
            {
                _world.Network.Cut(a, b);
                _world.Network.Break(a, b);
            });
        }

        _world.RunFor(_options.PartitionSeconds);
        _ = _views.Look();
        var before = _views.Share;
        var began = _world.Clock.Micros;
        _world.Network.Heal();
        Say(FormattableString.Invariant($"partition: {_meter.Totals().SignatureChecks} signature checks so far"));
        _ = WaitForEqualLinks("heal", began);
        var took = Since(began);
        Say(FormattableString.Invariant($"heal: {before:0%} of the views were whole; all equal {took:0.0} s after it; {_meter.Totals().SignatureChecks} signature checks so far"));
        return took;
    }

    private TrafficTotals Rest()
    {
        _world.RunFor(CalmSeconds);
        _ = WaitForEqualViews(null, _world.Clock.Micros, LimitSeconds, CoarseSeconds);
        _meter.Reset();
        for (var passed = 0; passed < _options.RestSeconds;)
        {
            var part = Math.Min(600, _options.RestSeconds - passed);
            _world.RunFor(part);
            passed += part;
            Say(FormattableString.Invariant($"rest: {passed} of {_options.RestSeconds} s"));
        }

        var totals = _meter.Totals();
        _ = WaitForEqualViews(null, _world.Clock.Micros, LimitSeconds, CoarseSeconds);
        if (_views.FindRecordDifference() is { } difference)
        {
            throw new ScaleException($"At the end the records are not equal: {difference}");
        }

        return totals;
    }

    /// <summary>Equal for good: all links are there again, and nothing is to come that follows from it.</summary>
    private double WaitForEqualLinks(string name, long began)
    {
        var points = new List<(double, double)>();
        var equal = _world.RunUntil(
            () =>
            {
                var done = _views.Look();
                points.Add((Since(began), _views.Share));
                return done && AllLinksAreUp() && AllIsEqual();
            },
            LimitSeconds,
            CoarseSeconds);
        EnsureEqual(name, equal);
        _curves.Add(new ConvergenceCurve(name, points));
        return Since(began);
    }

    private double WaitForEqualViews(string? name, long began, double limitSeconds, double interval)
    {
        var points = new List<(double, double)>();
        var equal = _world.RunUntil(
            () =>
            {
                var done = AllIsEqual();
                points.Add((Since(began), _views.Share));
                return done;
            },
            limitSeconds,
            interval);
        EnsureEqual(name ?? "a change", equal);
        if (name is not null)
        {
            _curves.Add(new ConvergenceCurve(name, points));
        }

        return Since(began);
    }

    private void WaitForLinks()
    {
        if (!_world.RunUntil(AllLinksAreUp, LimitSeconds, CoarseSeconds))
        {
            throw new ScaleException("A link didn't come back.");
        }
    }

    /// <summary>Up, and in both ends' records.</summary>
    private bool AllLinksAreUp() => _edges.All(edge => Lists(_nodes[edge.A], _nodes[edge.B]) && Lists(_nodes[edge.B], _nodes[edge.A]));

    private static bool Lists(SimNode node, SimNode other) =>
        node.IsUp(other) && node.Core.FindRecord(node.Address) is { } record && record.Neighbours.Contains(other.Address);

    /// <summary>What HELLOs say of a database may be some milliseconds older than the database, so it is looked at too.</summary>
    private bool AllIsEqual() => _views.Look() && _views.FindDifference() is null;

    private void EnsureEqual(string phase, bool inTime)
    {
        if (!inTime)
        {
            throw new ScaleException(_views.FindDifference() is { } difference
                ? $"After {phase} the databases are not equal: {difference}"
                : $"After {phase} it took too long until all was as it should be.");
        }
    }

    private double Since(long micros) => (_world.Clock.Micros - micros) / (double)Moment.MicrosPerSecond;

    private void Say(string what) => _progress(what);

    private MachineFigures Measure()
    {
        var heap = GC.GetTotalMemory(forceFullCollection: true) / _running.Count;
        using var process = Process.GetCurrentProcess();
        return new(_watch.Elapsed.TotalSeconds, process.TotalProcessorTime.TotalSeconds, heap, process.PeakWorkingSet64);
    }

    // When the first link of a node came up.
    private sealed class FirstLink : WorldObserver
    {
        private SimNode? _node;

        public long? Micros { get; private set; }

        public void Begin(SimNode node) => (_node, Micros) = (node, null);

        public override void LinkChanged(SimNode node, in LinkEvent what)
        {
            if (node == _node && what.Kind == LinkEventKind.Up)
            {
                Micros ??= World.Clock.Micros;
            }
        }
    }
}
