namespace MixMq.Simulation.Nodes;

/// <summary>What can happen to an endpoint's process by the clock.</summary>
internal enum EndpointEvent
{
    Wake,
    Signed,
    Verified,
    Content,
    Wrap,
    Work,
    Transaction,
    Read,
    Heads,
    Given,
}
