using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Simulation.Nodes;

/// <summary>
/// What sits on top of a node's overlay, as the rest of a node does: takes what is delivered and learns of the topology. Called outside of the
/// core, so it may call back. A float has none.
/// </summary>
public interface IPacketSink
{
    /// <summary>A packet for this node; ownership moves to the sink, which returns it.</summary>
    void OnDelivered(PacketBuffer packet, in UnwrapResult result);

    /// <summary>The node's view changed.</summary>
    void OnTopology(TopologyView view);
}
