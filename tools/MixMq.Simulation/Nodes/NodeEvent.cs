namespace MixMq.Simulation.Nodes;

/// <summary>What can happen to a node's process by the clock.</summary>
internal enum NodeEvent
{
    Wake,
    Signed,
    Verified,
    Unwrapped,
    MixKeyMade,
    SequenceStored,
    Delivered,
    TopologyChanged,
    Draining,
    GateSignalled,
    SuccessionsChanged,
}
