using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Transport;

/// <summary>
/// What takes the packets that end at this node. An endpoint node has one; a float has none, and what is delivered to it is
/// dropped and counted. Called on the overlay's scheduler thread: must return at once and never throw.
/// </summary>
public interface IPacketConsumer
{
    /// <summary>A packet whose path ends here (<c>Deliver</c> or <c>Reply</c>).</summary>
    /// <param name="packet">Now owned by the consumer, who returns it.</param>
    /// <param name="result">How it unwrapped.</param>
    void OnDelivered(PacketBuffer packet, in UnwrapResult result);

    /// <summary>The topology changed.</summary>
    void OnTopology(TopologyView view);
}
