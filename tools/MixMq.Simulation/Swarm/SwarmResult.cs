using MixMq.Simulation.Invariants;
using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Swarm;

/// <summary>What came of many seeds.</summary>
public sealed class SwarmResult
{
    private readonly List<SeedReport> _failed = [];

    public long Seeds { get; private set; }

    public long Messages { get; private set; }

    public long RealSeeds { get; private set; }

    public double VirtualSeconds { get; private set; }

    public double WallSeconds { get; internal set; }

    /// <summary>Virtual seconds in one second of the wall clock, over all cores.</summary>
    public double Ratio => WallSeconds > 0 ? VirtualSeconds / WallSeconds : 0;

    /// <summary>When revoked addresses were last on a path, over all seeds.</summary>
    public RevocationFigures Revocations { get; private set; }

    /// <summary>Seeds in which there were any.</summary>
    public long SeedsWithRevocations { get; private set; }

    /// <summary>Keys that endpoints changed.</summary>
    public long KeyChanges { get; private set; }

    /// <summary>Seeds in which any did.</summary>
    public long SeedsWithKeyChanges { get; private set; }

    public Marks Marks { get; } = new();

    /// <summary>Seeds that broke an invariant, in their order.</summary>
    public IReadOnlyList<SeedReport> Failures { get; internal set; } = [];

    /// <summary>The same as they came in.</summary>
    public IReadOnlyList<SeedReport> Failed => _failed;

    /// <summary>Seeds whose two runs weren't the same.</summary>
    public long UnequalHashes { get; private set; }

    internal void Add(SeedReport report, double virtualSeconds, double wallSeconds)
    {
        Seeds++;
        if (report.Invariant is not null)
        {
            _failed.Add(report);
        }

        Messages += report.Messages;
        RealSeeds += report.Real ? 1 : 0;
        VirtualSeconds += virtualSeconds;
        WallSeconds = wallSeconds;
        Marks.Add(report.Marks);
        Revocations = Revocations.With(report.Revocations);
        SeedsWithRevocations += report.Revocations.Revoked > 0 ? 1 : 0;
        KeyChanges += report.KeyChanges;
        SeedsWithKeyChanges += report.KeyChanges > 0 ? 1 : 0;
        UnequalHashes += report.Invariant == SwarmRunner.OneSeedIsOneRun ? 1 : 0;
    }
}
