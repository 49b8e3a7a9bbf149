namespace MixMq.Simulation.Scale;

/// <summary>How one link's end became known.</summary>
/// <param name="Silent">Nothing got through any more; otherwise the connection was reset.</param>
/// <param name="DetectSeconds">From the cut to the moment at which the first end found the link down.</param>
/// <param name="KnownSeconds">From there until 99% of the nodes' databases no longer had the link.</param>
public sealed record LinkDownSample(bool Silent, double DetectSeconds, double KnownSeconds);
