using MixMq.Overlay.Links;
using MixMq.Overlay.Mixing;
using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <summary>A packet's way through a node: handed out to be unwrapped, then held for its delay and sent on, delivered, or dropped and counted. Each method that takes a packet owns it.</summary>
internal sealed class PacketFlow(OverlayOptions options, LinkCore links, MixKeyRing keys, OverlayCounters counters)
{
    /// <summary>In a buffer's place for the cell's type, as long as it is here: no link brings it.</summary>
    private const byte OwnPacket = 0xFF;

    private readonly DelayQueue _delayed = new(options.DelayQueueLimit);

    /// <summary>Packets that were sent on.</summary>
    public long Relayed { get; private set; }

    /// <summary>Packets that were for this node.</summary>
    public long Delivered { get; private set; }

    /// <summary>Cover that ended here.</summary>
    public long CoverEnded { get; private set; }

    /// <summary>Packets that wait for their delay.</summary>
    public int Delayed => _delayed.Count;

    /// <summary>When the first of them is due.</summary>
    public long NextMicros => _delayed.NextMicros;

    /// <summary>Has a packet unwrapped that a link brought, by the keys of this moment.</summary>
    public void Unwrap<TSink>(PacketBuffer packet, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (keys.Candidates.IsEmpty)
        {
            Drop(packet, DropCause.NoMixKey);
        }
        else
        {
            packet.TakenMicros = Math.Min(packet.TakenMicros, now.Micros);
            sink.RequestUnwrap(packet, keys.Candidates);
        }
    }

    /// <summary>The same of a reply that this node has made itself.</summary>
    public void UnwrapOwn<TSink>(PacketBuffer packet, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        packet.Cell[0] = OwnPacket;
        Unwrap(packet, now, ref sink);
    }

    /// <summary>It is unwrapped.</summary>
    public void HandleUnwrapped<TSink>(PacketBuffer packet, in UnwrapResult result, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (packet.Cell[0] == OwnPacket && result.Kind is (UnwrapKind.Deliver or UnwrapKind.Reply or UnwrapKind.Cover))
        {
            // Who made the SURB meant it for this node alone, or as something else than a reply.
            Drop(packet, DropCause.PacketContentInvalid);
            return;
        }

        switch (result.Kind)
        {
            case UnwrapKind.Relay:
                Relay(packet, result, ref sink);
                break;
            case UnwrapKind.Deliver or UnwrapKind.Reply:
                Delivered++;
                sink.Deliver(packet, result);
                break;
            case UnwrapKind.Cover:
                CoverEnded++;
                packet.Return();
                break;
            default:
                Drop(packet, DropCauses.Of(result.Reason));
                break;
        }
    }

    /// <summary>Sends on what has waited long enough.</summary>
    public void ForwardDue<TSink>(Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        while (_delayed.TryTakeDue(now.Micros, out var peer, out var packet))
        {
            Forward(peer, packet, ref sink);
        }
    }

    /// <summary>Drops what waits.</summary>
    public void Stop() => counters.Drop(DropCause.Stopped, _delayed.Clear());

    /// <summary>Drops a packet and counts it.</summary>
    public void Drop(PacketBuffer packet, DropCause cause)
    {
        counters.Drop(cause);
        packet.Return();
    }

    private void Relay<TSink>(PacketBuffer packet, in UnwrapResult result, ref TSink sink)
        where TSink : IOverlaySink
    {
        // A reply of this node's own has been told from what links bring by its cell's type.
        var isOwn = packet.Cell[0] == OwnPacket;
        packet.Cell[0] = (byte)CellType.Packet;
        if (!options.Relays && !isOwn)
        {
            Drop(packet, DropCause.NotRelay);
        }
        else if (links.Peers.Find(result.Next) is not { } peer)
        {
            Drop(packet, DropCause.NoLink);
        }
        else if (result.DelayMs == 0)
        {
            Forward(peer.Index, packet, ref sink);
        }
        else if (!_delayed.TryAdd(DelayQueue.DueMicros(packet.TakenMicros, result.DelayMs), DelayQueue.RankOf(packet.Packet), peer.Index, packet))
        {
            Drop(packet, DropCause.DelayQueueFull);
        }
    }

    private void Forward<TSink>(int peer, PacketBuffer packet, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (links.TrySendPacket(peer, packet, ref sink))
        {
            Relayed++;
        }
        else
        {
            Drop(packet, DropCause.NoLink);
        }
    }
}
