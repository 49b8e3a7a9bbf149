namespace MixMq.Simulation.Observation;

/// <summary>How a process ended.</summary>
public enum StopKind
{
    /// <summary>In order, with goodbyes.</summary>
    Stopped,

    /// <summary>In order, because its store failed.</summary>
    StoreFailed,

    /// <summary>Killed; the machine closes its connections.</summary>
    Killed,

    /// <summary>The machine is gone without a word.</summary>
    MachineLost,
}
