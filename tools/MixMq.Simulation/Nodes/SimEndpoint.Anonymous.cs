using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Overlay;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Disk;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Nodes;

/// <content>What goes out with SURBs, and by them.</content>
public sealed partial class SimEndpoint
{
    private readonly Dictionary<SurbId, (ReplyOpener Opener, MessageId About, uint Expiry)> _replies = [];

    /// <summary>What is read of replies is gone, as where the disk has lost it.</summary>
    public bool LosesReplies { get; set; }

    /// <summary>How often the content of a reply was asked for.</summary>
    public long ReplyReads { get; private set; }

    /// <summary>The message of a reply by a SURB that this process gave out reaches the core.</summary>
    public void ReceiveReply(MessageId about, ReadOnlySpan<byte> message)
    {
        if (_core is not null)
        {
            _core.HandleReply(about, message, Node.Now, ref _port);
            Arm();
        }
    }

    /// <summary>The same, of the process that gave it out; another one can't open it.</summary>
    internal void ReceiveReply(long incarnation, MessageId about, ReadOnlySpan<byte> message)
    {
        if (incarnation == Node.Incarnation)
        {
            ReceiveReply(about, message);
        }
    }

    internal void SendAnonymous(ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, ReadOnlySpan<SurbOrder> surbs, MessageId about)
    {
        var copy = message.ToArray();
        if (Pipe is not null)
        {
            Pipe.SendAnonymous(this, path[^1].Address, copy, surbs, about);
            return;
        }

        var (hops, orders) = (path.ToArray(), surbs.ToArray());
        ScheduleWork(() =>
        {
            foreach (var order in orders)
            {
                MakeSurb(order.Back, order.ExpiryUnixSeconds, copy.AsSpan(order.Offset, Surb.WireBytes(Geometry)), about);
            }

            Wrap(new WrapJob(hops, copy));
        });
    }

    internal void UseSurb(ReadOnlySpan<byte> surb, ReadOnlySpan<byte> message)
    {
        var (wire, copy) = (surb.ToArray(), message.ToArray());
        if (Pipe is not null)
        {
            Pipe.UseSurb(this, wire, copy);
            return;
        }

        ScheduleWork(() => UseSurbNow(wire, copy));
    }

    internal void SendBySurb(ReadOnlySpan<PathHop> back, uint expiryUnixSeconds, ReadOnlySpan<byte> message, MessageId about)
    {
        var copy = message.ToArray();
        if (Pipe is not null)
        {
            Pipe.SendBySurb(this, copy, about);
            return;
        }

        var hops = back.ToArray();
        ScheduleWork(() =>
        {
            var wire = new byte[Surb.WireBytes(Geometry)];
            MakeSurb(hops, expiryUnixSeconds, wire, about);
            if (!UseSurbNow(wire, copy))
            {
                _core?.HandleLoopDropped(about);
            }
        });
    }

    internal void ReadReplyContent(ContentRequestId id, MessageId question)
    {
        ReplyReads++;
        Schedule(EndpointEvent.Content, Node.World.Options.Read, id.Value, (MemoryStore store) => LosesReplies ? null : store.ReadReplyContent(question));
    }

    private PacketGeometry Geometry => Node.Parameters.Definition.Geometry;

    private void ScheduleWork(Action work) => Schedule(EndpointEvent.Work, Node.World.Options.Crypto, 0, work);

    private void MakeSurb(PathHop[] back, uint expiryUnixSeconds, Span<byte> wire, MessageId about)
    {
        DropExpiredReplies();
        var result = Node.World.Crypto.MakeSurb(Node.Parameters.Definition, back, expiryUnixSeconds, _random, wire, out var opener);
        if (result != WrapResult.Wrapped)
        {
            throw new InvalidOperationException($"A SURB could not be made: {result}.");
        }

        _replies.Add(opener!.Id, (opener, about, expiryUnixSeconds));
        Node.World.Events.SurbMade(Node, back);
    }

    private bool UseSurbNow(byte[] wire, byte[] message)
    {
        if (!Node.Pool.TryRent(out var packet))
        {
            Node.Core.Count(DropCause.PoolEmpty);
            Node.World.Marks.Hit(Mark.PoolEmpty);
            return false;
        }

        var now = (uint)Math.Clamp(Node.Now.UnixMillis / 1000, 0, uint.MaxValue);
        if (Node.World.Crypto.UseSurb(Node.Parameters.Definition, wire, message, now, _random, packet.Packet) != SurbUse.Built)
        {
            packet.Return();
            Node.Core.Count(DropCause.PacketContentInvalid);
            return false;
        }

        Node.World.Events.ReplyMade(Node, packet.Packet);
        Node.TakeOwnReply(packet);
        return true;
    }

    private void ReceiveReply(PacketBuffer packet, in UnwrapResult result)
    {
        if (_replies.Remove(result.SurbId, out var made))
        {
            if (made.Opener.TryOpen(packet.Packet.Slice(result.Offset, result.Length), out var message))
            {
                ReceiveReply(made.About, message);
                made.Opener.Dispose();
                return;
            }

            made.Opener.Dispose();
        }

        Node.Core.Count(DropCause.PacketContentInvalid);
    }

    // As in the shipping node: until no reply can come any more.
    private void DropExpiredReplies()
    {
        var until = (Node.Now.UnixMillis / 1000) - Node.Parameters.GraceSeconds - Node.Parameters.SkewSeconds;
        foreach (var (id, reply) in _replies.Where(reply => reply.Value.Expiry < until).ToArray())
        {
            reply.Opener.Dispose();
            _ = _replies.Remove(id);
        }
    }

    private void ForgetReplies()
    {
        foreach (var reply in _replies.Values)
        {
            reply.Opener.Dispose();
        }

        _replies.Clear();
    }
}
