namespace MixMq.Simulation.Swarm;

/// <summary>Classes of faults that a seed has or hasn't.</summary>
[Flags]
public enum Faults
{
    None = 0,
    Crashes = 1 << 0,
    PowerLosses = 1 << 1,
    OrderlyStops = 1 << 2,
    CrashesAtCommits = 1 << 3,
    StoresRestored = 1 << 4,
    SequencesRestored = 1 << 5,
    FullDisks = 1 << 6,
    BitFlips = 1 << 7,
    LyingDisks = 1 << 8,
    Partitions = 1 << 9,
    Cuts = 1 << 10,
    Clogs = 1 << 11,
    Resets = 1 << 12,
    ClockJumps = 1 << 13,
    SlowReaders = 1 << 14,
    DialFailures = 1 << 15,
    ThinLines = 1 << 16,
    HostilePeers = 1 << 17,
    TightLimits = 1 << 18,
}
