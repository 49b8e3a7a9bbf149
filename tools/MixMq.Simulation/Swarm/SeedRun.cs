using System.Diagnostics;
using MixMq.Overlay;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Invariants;

namespace MixMq.Simulation.Swarm;

/// <summary>
/// One seed from beginning to end: a network is drawn, things go wrong for a while, everything is healed, the views must become the truth, all messages
/// must come to their end, and nothing may be left over.
/// </summary>
public static class SeedRun
{
    /// <summary>What an exception in a core, or a contradiction that its store finds, is reported as.</summary>
    public const string NoCoreThrows = "NoCoreThrows";

    /// <summary>After heal and views: the longest back-off with its jitter, twice, and some for paths through what still fails.</summary>
    private const double SettleSeconds = 240;

    /// <summary>For so long loops are sent when nothing fails any more.</summary>
    private const double QuietSeconds = 20;

    /// <summary>Samples between two walks through a relay's memory, where the cryptography is real.</summary>
    private const int HeapInterval = 7;

    private const int ReplayCapacity = 1 << 14;

    public static SeedReport Run(long seed, SwarmOptions options)
    {
        var draw = new SwarmDraw(seed, options);
        using CryptoProvider crypto = draw.IsReal ? new RealCrypto() : new IdealCrypto(seed);
        var world = new World(draw.Parameters, seed, crypto, new WorldOptions { ReplayCapacity = ReplayCapacity, SampleMicros = 3 * Moment.MicrosPerSecond });
        var last = options.TraceLines > 0 ? new LastLines(options.TraceLines) : null;
        world.Trace.Log = last;
        var invariants = options.Checks ? InvariantSet.Watch(world, draw.IsReal ? HeapInterval : 0) : InvariantSet.WatchWhatSteers(world);
        var report = new SeedReport
        {
            Seed = seed,
            Hash = default,
            VirtualSeconds = 0,
            Real = draw.IsReal,
            Draw = draw.ToString(),
            Messages = 0,
            Marks = world.Marks,
        };
        try
        {
            Play(world, draw, options, invariants);
            world.Dispose();
        }
        catch (InvariantViolationException violation)
        {
            report = report with { Invariant = violation.Invariant, What = violation.What };
        }
#pragma warning disable CA1031 // Whatever a core throws is what is looked for.
        catch (Exception exception)
        {
            report = report with { Invariant = NoCoreThrows, What = $"{exception.GetType().Name}: {exception.Message} {Origin(exception)}" };
        }
#pragma warning restore CA1031

        return report with
        {
            Hash = world.Trace.Hash,
            VirtualSeconds = world.Clock.Seconds,
            Messages = invariants.Messages.Messages,
            Revocations = invariants.Admissions.Figures,
            KeyChanges = invariants.Successions.Count,
            LastEvents = last?.Lines ?? [],
        };
    }

    private static void Play(World world, SwarmDraw draw, SwarmOptions options, InvariantSet invariants)
    {
        var network = SwarmNetwork.Build(world, draw, invariants.Exemptions);
        var faults = new FaultPlan(world, network, draw, invariants.Exemptions);
        var governance = network.Authorities is { } authorities ? new GovernancePlan(world, network, authorities, invariants.Admissions) : null;
        var successions = draw.HasSuccessions ? new SuccessionPlan(world, network, network.Authorities!, governance!, invariants.Successions) : null;
        var traffic = new SwarmTraffic(world, network, draw);
        successions?.Begin(options.FaultSeconds);
        world.StartAll();
        faults.Begin();
        governance?.Begin(options.FaultSeconds);
        traffic.Begin(options.FaultSeconds, draw.Messages);
        traffic.BeginBursts(options.FaultSeconds);
        if (draw.HasPings)
        {
            traffic.BeginPings(options.FaultSeconds);
        }

        world.RunFor(options.FaultSeconds);

        faults.Heal();
        invariants.Admissions.IsWhole();
        invariants.Successions.IsWhole();
        traffic.Begin(8, 4);
        var goesOn = draw.HostileToTheEnd && network.Hostile.Count > 0;
        if (!goesOn)
        {
            End(network);
        }

        invariants.Views.HonestOnly = goesOn;
        _ = world.RunUntil(() => world.Clock.Seconds > options.FaultSeconds + 12 && invariants.Views.Difference() is null, invariants.Views.BoundSeconds, 1);
        invariants.Views.AtTheEnd();

        End(network);
        world.RunFor(Math.Max(0, options.LeastSeconds - world.Clock.Seconds));
        Settle(world, invariants);
        if (draw.LoopsPerMinute > 0)
        {
            // Records are renewed all the time, so a moment at which they are under way nowhere has to be waited for again.
            invariants.Loops.GoOnQuietly(QuietSeconds);
            Settle(world, invariants);
        }

        if (draw.HasPings)
        {
            invariants.Pings.GoOnQuietly();
            Settle(world, invariants);
        }

        invariants.AtTheEnd();
    }

    private static void Settle(World world, InvariantSet invariants) =>
        _ = world.RunUntil(() => invariants.Messages.Unfinished() is null && IsAtRest(world, invariants), SettleSeconds, 1);

    private static bool IsAtRest(World world, InvariantSet invariants) =>
        invariants.Views.Difference() is null && world.Nodes.All(node => !node.IsRunning || QueuesStayBounded.Leaked(node) is null);

    private static void End(SwarmNetwork network)
    {
        foreach (var hostile in network.Hostile)
        {
            hostile.EndLying();
            hostile.MicrosPerCell = 0;
        }
    }

    private static string Origin(Exception exception)
    {
        var frame = new StackTrace(exception).GetFrame(0)?.GetMethod();
        return $"(in {frame?.DeclaringType?.Name}.{frame?.Name})";
    }
}
