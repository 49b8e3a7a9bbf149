namespace MixMq.Simulation.Disk;

/// <summary>Where a process dies, seen from a durable step.</summary>
public enum CrashPoint
{
    None,

    /// <summary>The batch is lost.</summary>
    Before,

    /// <summary>The batch is durable, the core never hears of it.</summary>
    After,

    /// <summary>No crash: the disk lies, loses the batch and says that it is durable. For showing that the judge sees.</summary>
    Lost,
}
