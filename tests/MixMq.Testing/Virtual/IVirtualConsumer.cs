using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Testing.Virtual;

/// <summary>
/// What sits on top of a virtual node's overlay, as a node's shell does: takes what is delivered and learns of the topology. For timers it uses
/// <see cref="VirtualNetwork.Clock"/>, for sending <see cref="VirtualNode.TrySendPacket"/>. Called outside of the core, so it may call back.
/// </summary>
public interface IVirtualConsumer
{
    /// <summary>A packet for this node; ownership moves to the consumer, who returns it.</summary>
    void OnDelivered(PacketBuffer packet, in UnwrapResult result);

    /// <summary>The node's view changed.</summary>
    void OnTopology(TopologyView view);
}
