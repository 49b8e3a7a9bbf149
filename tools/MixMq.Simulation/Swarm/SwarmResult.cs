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
        UnequalHashes += report.Invariant == SwarmRunner.OneSeedIsOneRun ? 1 : 0;
    }
}
