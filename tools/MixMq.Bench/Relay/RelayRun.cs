using System.Diagnostics;
using System.Text.Json.Nodes;
using MixMq.Bench.Floats;
using MixMq.Bench.Links;
using MixMq.Bench.Processes;

namespace MixMq.Bench.Relay;

/// <summary>One run: a float between a generator and a sink, warmed up, saturated, then loaded with parts of what it was found to carry.</summary>
internal sealed class RelayRun : IDisposable
{
    private static readonly double[] Loads = [0.1, 0.5, 0.8];

    private readonly RelayOptions _options;
    private readonly Action<string> _say;
    private readonly TemporaryFolder _folder = new();
    private readonly Exchange _exchange;
    private readonly HelperProcess _sink;
    private readonly HelperProcess _generator;
    private readonly HelperProcess? _peers;
    private readonly FloatProcess _float;
    private readonly EndIdentity _sinkIdentity;
    private int _phase;

    public RelayRun(RelayOptions options, Action<string> say)
    {
        (_options, _say) = (options, say);
        _exchange = new Exchange(_folder.Path);
        var (alone, rest) = Placement.Split(options.FloatProcessors);
        _sink = new HelperProcess(rest, "relay-sink", "--folder", _folder.Path);
        _generator = new HelperProcess(rest, "relay-generator", "--folder", _folder.Path);
        _peers = options.Links > 2 ? new HelperProcess(rest, "relay-peers", "--count", $"{options.Links - 2}") : null;
        var ends = new[] { _sink, _generator, _peers }.OfType<HelperProcess>().SelectMany(helper => helper.Ends()).ToArray();
        _sinkIdentity = ends[0];
        _float = new FloatProcess(options.Executable, ends, probed: true, new JsonObject
        {
            ["linkPacketsPerSecond"] = BenchNetwork.PacketsPerSecond,
            ["linkPacketBurst"] = BenchNetwork.PacketsPerSecond,
            ["nodePacketsPerSecond"] = BenchNetwork.PacketsPerSecond,
            ["nodePacketBurst"] = BenchNetwork.PacketsPerSecond,
        }, alone);
    }

    public JsonObject Measure()
    {
        Link();
        var resident = _float.ResidentMegabytes;
        var warm = Phase("warm-up", _options.WarmUp, 0, Saturated());
        var derives = new List<double> { Derive.Micros() };
        var rounds = new List<PhaseFigures>();
        for (var round = 0; round < _options.Rounds; round++)
        {
            var expected = (rounds.Count == 0 ? warm : rounds[^1]).PacketsPerSecond;
            rounds.Add(Phase($"saturated, {round + 1} of {_options.Rounds}", Count(expected, (double)_options.Seconds / _options.Rounds) + (2 * _options.Window), 2_000, Saturated()));
            derives.Add(Derive.Micros());
        }

        // Each round is held against the derives on both sides of it.
        var ratios = rounds.Select((round, i) => round.CpuMicros / ((derives[i] + derives[i + 1]) / 2)).ToArray();
        var capacity = Statistics.Median(rounds.Select(round => round.PacketsPerSecond));
        var loads = new List<(double Share, PhaseFigures Figures, double Derive)>();
        foreach (var share in Loads)
        {
            var rate = share * capacity;
            var count = Count(rate, _options.Seconds);
            var figures = Phase($"at {share:P0}", count, count, new JsonObject { ["do"] = "pace", ["rate"] = rate });
            derives.Add(Derive.Micros());
            loads.Add((share, figures, (derives[^1] + derives[^2]) / 2));
        }

        var derive = Statistics.Median(derives);
        return new JsonObject
        {
            ["benchmark"] = "relay",
            ["packets_per_s"] = Math.Round(capacity),
            ["cpu_us"] = Math.Round(Statistics.Median(rounds.Select(round => round.CpuMicros)), 2),
            ["x25519_us"] = Math.Round(derive, 2),
            ["ratio"] = Math.Round(Statistics.Median(ratios), 3),
            ["ratio_loaded"] = Math.Round(Statistics.Median(rounds.Select(round => round.CpuMicros / round.DeriveLoaded)), 3),
            ["p99_ms"] = loads.First(load => load.Share == 0.5).Figures.Added(0.99),
            ["allocated_bytes"] = Math.Round(Statistics.Median(rounds.Select(round => round.AllocatedBytes)), 1),
            ["links"] = _options.Links,
            ["resident_mb_links_up"] = Math.Round(resident, 1),
            ["resident_mb_after"] = Math.Round(_float.ResidentMegabytes, 1),
            ["mean_delay_ms"] = _options.MeanDelayMs,
            ["window"] = _options.Window,
            ["lost"] = rounds.Sum(round => round.Lost) + loads.Sum(load => load.Figures.Lost),
            ["dropped"] = _float.Drops(_generator.Dispose),
            ["processors"] = Environment.ProcessorCount,
            ["float_processors"] = _options.FloatProcessors,
            ["saturated"] = new JsonArray([.. rounds.Select((round, i) => round.ToJson("saturated", (derives[i] + derives[i + 1]) / 2))]),
            ["loads"] = new JsonArray([.. loads.Select(load => load.Figures.ToJson($"{load.Share * 100:0}%", load.Derive))]),
        };
    }

    public void Dispose()
    {
        _peers?.Dispose();
        _generator.Dispose();
        _sink.Dispose();
        _float.Dispose();
        _exchange.Dispose();
        _folder.Dispose();
    }

    private static int Count(double rate, double seconds) => (int)Math.Clamp(rate * seconds, 100, Exchange.MostPackets / 2);

    private JsonObject Saturated() => new() { ["do"] = "saturate", ["window"] = _options.Window };

    private void Link()
    {
        _say($"linking {_options.Links} nodes to the float");
        foreach (var helper in new[] { _sink, _generator, _peers }.OfType<HelperProcess>())
            helper.Link(_float.Target);
    }

    private PhaseFigures Phase(string name, int count, int keep, JsonObject how)
    {
        var phase = ++_phase;
        count = Math.Min(count, Exchange.MostPackets);
        _say($"{name}: wrapping {count} packets");
        _exchange.Sent = 0;
        _exchange.ArrivedAt.Clear();
        _sink.Ask(new JsonObject { ["do"] = "begin", ["keep"] = keep });
        var wrapped = _generator.Ask(new JsonObject
        {
            ["do"] = "wrap",
            ["phase"] = phase,
            ["count"] = count,
            ["mean_delay_ms"] = _options.MeanDelayMs,
            ["float"] = _float.Target.Address,
            ["sink"] = _sinkIdentity.Address,
        });
        _say($"{name}: took {(double)wrapped["seconds"]!:F1} s; sending");
        _generator.Tell(how);

        // What counts is the steady part: from when the window is full for the first time until the last packet is on its way.
        var warm = Math.Min(_options.Window, count / 4);
        Reading? first = null, last = null;
        var derives = new List<double>();
        var started = Stopwatch.GetTimestamp();
        var lastDerive = started;
        while (last is null)
        {
            if (first is null && _exchange.Arrived >= warm)
                first = Reading.Of(_float, _exchange.Arrived);
            if (_exchange.Sent >= count)
                last = Reading.Of(_float, _exchange.Arrived);
            else if (_generator.HasEnded || Stopwatch.GetElapsedTime(started).TotalSeconds > 200)
                throw new BenchException("The generator ended or got stuck: the float takes no packets any more. What was said is above.");
            else
                Nap.Micros(2_000);
            if (first is not null && Stopwatch.GetElapsedTime(lastDerive).TotalMilliseconds > 100)
            {
                // A hundredth of a processor.
                derives.Add(Derive.Micros(rounds: 1));
                lastDerive = Stopwatch.GetTimestamp();
            }
        }

        var sent = (int)_generator.Read()["sent"]!;
        Settle(sent);
        var arrived = _exchange.Arrived;
        var opened = _sink.Ask(new JsonObject { ["do"] = "open", ["phase"] = phase });
        first ??= last;
        var packets = Math.Max(1, last.Arrived - first.Arrived);
        var figures = new PhaseFigures(
            packets / Stopwatch.GetElapsedTime(first.Timestamp, last.Timestamp).TotalSeconds,
            (last.CpuMicros - first.CpuMicros) / packets,
            (double)(last.Allocated - first.Allocated) / packets,
            last.PausedMs - first.PausedMs,
            sent,
            sent - arrived,
            keep == count ? AddedMs(sent) : [],
            derives.Count == 0 ? Derive.Micros() : Statistics.Median(derives),
            (int)opened["strange"]! + (int)opened["twice"]!);
        _say($"{name}: {figures.PacketsPerSecond:F0} packets a second, {figures.CpuMicros:F1} µs of CPU a packet, {figures.Lost} lost");
        return figures;
    }

    /// <summary>Waits until all have arrived, or nothing has for much longer than any delay.</summary>
    private void Settle(int sent)
    {
        var patience = TimeSpan.FromMilliseconds(1_000 + (20 * _options.MeanDelayMs));
        var (seen, since) = (_exchange.Arrived, Stopwatch.GetTimestamp());
        while (_exchange.Arrived < sent && Stopwatch.GetElapsedTime(since) < patience)
        {
            if (_exchange.Arrived != seen)
                (seen, since) = (_exchange.Arrived, Stopwatch.GetTimestamp());
            Nap.Micros(5_000);
        }
    }

    private double[] AddedMs(int sent) =>
    [
        .. Enumerable.Range(0, sent)
            .Where(i => _exchange.ArrivedAt[i] != 0)
            .Select(i => Stopwatch.GetElapsedTime(_exchange.SentAt[i], _exchange.ArrivedAt[i]).TotalMilliseconds - _exchange.DelayMs[i])
            .Order(),
    ];

    /// <summary>The float's accounts at a moment.</summary>
    private sealed record Reading(long Timestamp, long Arrived, double CpuMicros, long Allocated, double PausedMs)
    {
        public static Reading Of(FloatProcess process, long arrived) =>
            new(Stopwatch.GetTimestamp(), arrived, process.CpuMicros, process.AllocatedBytes, process.PausedMs);
    }
}
