using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Mixing;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Simulation;
using MixMq.Simulation.Nodes;

namespace MixMq.Testing;

/// <summary>The simplest endpoint: sends messages along given paths and keeps what arrives.</summary>
public sealed class PacketMail : IPacketSink
{
    private readonly World _world;
    private readonly SimNode _node;
    private readonly SeededRandomSource _random;

    public PacketMail(World world, SimNode node)
    {
        _world = world;
        _node = node;
        _random = new SeededRandomSource($"mail {node.Name}");
        node.PacketSink = this;
    }

    /// <summary>What arrived, with the time.</summary>
    public List<(long Micros, byte[] Message)> Received { get; } = [];

    public int ViewChanges { get; private set; }

    public void OnDelivered(PacketBuffer packet, in UnwrapResult result)
    {
        if (result.Kind == UnwrapKind.Deliver)
        {
            Received.Add((_world.Clock.Micros, packet.Packet.Slice(result.Offset, result.Length).ToArray()));
        }

        packet.Return();
    }

    public void OnTopology(TopologyView view) => ViewChanges++;

    /// <summary>
    /// Wraps a message for a path, each hop under the key of the epoch in which the packet should arrive there, and hands it to the first link.
    /// </summary>
    /// <param name="path">The nodes after this one, in order; all in this node's view.</param>
    /// <param name="delaysMs">A delay for each but the last.</param>
    public bool TrySend(IReadOnlyList<SimNode> path, IReadOnlyList<uint> delaysMs, ReadOnlySpan<byte> message)
    {
        if (!_node.Pool.TryRent(out var packet))
        {
            return false;
        }

        if (!TryWrap(path, delaysMs, message, packet.Packet) || !_node.TrySendPacket(path[0].Address, packet))
        {
            packet.Return();
            return false;
        }

        return true;
    }

    public bool TryWrap(IReadOnlyList<SimNode> path, IReadOnlyList<uint> delaysMs, ReadOnlySpan<byte> message, Span<byte> packet)
    {
        var hops = new PathHop[path.Count];
        long arrival = _node.Now.UnixMillis;
        for (var i = 0; i < hops.Length; i++)
        {
            var epoch = EpochClock.EpochAt(_node.Parameters, arrival);
            if (!_node.View.TryFind(path[i].Address, out var index) || !_node.View.TryGetMixKey(index, epoch, out var key))
            {
                return false;
            }

            var delay = i < hops.Length - 1 ? delaysMs[i] : 0;
            hops[i] = new PathHop(path[i].Address, key, delay);
            arrival += delay;
        }

        return _world.Crypto.Wrap(_node.Parameters.Definition, hops, message, _random, packet) == WrapResult.Wrapped;
    }
}
