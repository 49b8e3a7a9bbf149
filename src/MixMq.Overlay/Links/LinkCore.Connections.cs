using System.Diagnostics;
using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Links;

/// <content>Life of a connection after its handshake: its cells, its HELLOs, its end.</content>
internal sealed partial class LinkCore
{
    /// <summary>
    /// Takes a cell in. It reads the buffer and leaves it to the caller; for a packet the caller has been charged the link's and the node's
    /// tokens.
    /// </summary>
    public CellOutcome HandleCell<TSink>(
        ConnectionId id, PacketBuffer cell, Moment now, ref TSink sink, out PeerLink? peer, out ReadOnlySpan<byte> content)
        where TSink : IOverlaySink
    {
        peer = null;
        content = default;
        if (!_connections.TryGetValue(id, out var connection))
        {
            _counters.Drop(DropCause.ConnectionGone);
            return CellOutcome.Consumed;
        }

        var type = (CellType)cell.Cell[0];
        peer = connection.Peer;
        if (type == CellType.Packet && peer is not null)
        {
            return TakePacket(connection, peer, now);
        }

        if (!TryReadContent(type, cell, out content, out var cause))
        {
            Misbehave(connection, cause, LinkRefusalReason.Malformed, now, ref sink);
        }
        else if (connection.Handshake is { } handshake)
        {
            if (type == CellType.Control)
            {
                Touch();
                Apply(connection, handshake.HandleControl(content, _peers), now, ref sink);
            }
            else
            {
                var dropped = type == CellType.Packet ? DropCause.NotAuthenticated : DropCause.CellOutOfOrder;
                Misbehave(connection, dropped, LinkRefusalReason.CellOutOfOrder, now, ref sink);
            }
        }
        else if (!connection.Lingers)
        {
            return HandleContent(connection, type, ref content, now, ref sink);
        }

        return CellOutcome.Consumed;
    }

    private static bool TryReadContent(CellType type, PacketBuffer cell, out ReadOnlySpan<byte> content, out DropCause cause)
    {
        content = default;
        cause = DropCause.CellTypeUnknown;
        switch (type)
        {
            case CellType.Packet:
                return true;
            case CellType.Padding or CellType.Hello or CellType.Topology or CellType.Control:
                cause = DropCause.CellMalformed;
                return LinkCell.TryRead(cell.Cell, out content) && (type != CellType.Padding || content.IsEmpty);
            default:
                return false;
        }
    }

    private CellOutcome TakePacket(LinkConnection connection, PeerLink peer, Moment now)
    {
        if (!connection.Packets.TryTake(now.Micros) || !(peer.OwnPackets?.TryTake(now.Micros) == true || _nodePackets.TryTake(now.Micros)))
        {
            _counters.Drop(DropCause.RateLimited);
            return CellOutcome.Consumed;
        }

        peer.PacketsIn++;
        connection.LastPacketMicros = now.Micros;
        return CellOutcome.Packet;
    }

    private CellOutcome HandleContent<TSink>(
        LinkConnection connection, CellType type, ref ReadOnlySpan<byte> content, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        switch (type)
        {
            case CellType.Hello:
                return HandleHello(connection, ref content, now, ref sink);
            case CellType.Topology:
                // Of a link that must still prove itself, and of a connection that another one has replaced, nothing is taken; the digests in HELLOs
                // repair that later. On the one that carries the link none can be too early: the peer's HELLO that says "up" comes before it.
                return TakesTopology(connection, content) ? CellOutcome.Topology : CellOutcome.Consumed;
            case CellType.Control:
                HandleControl(connection, content, now, ref sink);
                return CellOutcome.Consumed;
            default:
                return CellOutcome.Consumed;
        }
    }

    // Both ends needn't begin at one moment, so the first cell that is taken could be the middle of a message: that is passed over to its end.
    private static bool TakesTopology(LinkConnection connection, ReadOnlySpan<byte> content)
    {
        if (connection is { SkipsMessage: false, Peer: { Announced: true } peer } && peer.Current == connection)
        {
            return true;
        }

        connection.SkipsMessage = !content.IsEmpty && content[0] == GossipWriter.MoreFlag;
        return false;
    }

    private CellOutcome HandleHello<TSink>(LinkConnection connection, ref ReadOnlySpan<byte> content, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        var monitor = connection.Hello!;
        var wasSuspect = monitor.IsSuspect;
        if (!HelloMessage.TryParse(content, out var hello) || !monitor.TryReceive(hello, now.Micros))
        {
            Misbehave(connection, DropCause.CellMalformed, LinkRefusalReason.Malformed, now, ref sink);
            return CellOutcome.Consumed;
        }

        // Most HELLOs change no deadline, and to find the next one takes a look at every link.
        var peer = connection.Peer!;
        if (!connection.MaySpeak)
        {
            connection.MaySpeak = true;
            Touch();
        }

        if (Leads(peer) ? monitor.IsUp && !connection.HasCarried : IsNewChoice(peer, connection, hello))
        {
            connection.Choice = hello.Choice;
            Carry(peer, connection, now, ref sink);
        }
        else if (monitor.NextMicros <= now.Micros)
        {
            SendHello(connection, now, ref sink);
        }

        if (hello.Carries && Leads(peer) && peer.Current == connection)
        {
            RetireOthers(peer, now);
        }

        if (wasSuspect && !monitor.IsSuspect && peer.Current == connection)
        {
            sink.LinkEvent(new LinkEvent(LinkEventKind.Recovered, peer.Options.Name));
        }

        content = hello.Digest;
        return peer.Announced && peer.Current == connection ? CellOutcome.Digest : CellOutcome.Consumed;
    }

    private void HandleControl<TSink>(LinkConnection connection, ReadOnlySpan<byte> content, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (!content.IsEmpty && content[0] == (byte)ControlKind.Handover && TryTakeHandover(connection, content, ref sink))
        {
            return;
        }

        if (content.Length == 1 && content[0] == (byte)ControlKind.Renew)
        {
            AskedToRenew(connection, now);
            return;
        }

        if (content.Length != 1 || content[0] != (byte)ControlKind.Goodbye)
        {
            Misbehave(connection, DropCause.CellOutOfOrder, LinkRefusalReason.CellOutOfOrder, now, ref sink);
            return;
        }

        // Packets may still follow: the peer's writer is free to send them after this cell.
        Touch();
        connection.Lingers = true;
        connection.Deadline = now.Micros + LinkTuning.LingerMicros;
        Detach(connection, LinkCloseReason.Goodbye, clean: true, now, ref sink);
    }

    /// <summary>What no honest peer does: before the link is up the connection is refused, after that closed.</summary>
    private void Misbehave<TSink>(LinkConnection connection, DropCause cause, LinkRefusalReason reason, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        Touch();
        _counters.Drop(cause);
        if (connection.Handshake is { } handshake)
        {
            Refuse(connection, handshake.Refuse(reason).Refusal!.Value, tellShell: true, now, ref sink);
        }
        else
        {
            connection.Peer!.Backoff.Slow();
            Close(connection, LinkCloseReason.ProtocolViolation, now, ref sink);
        }
    }

    private void Establish<TSink>(LinkConnection connection, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        var peer = connection.Handshake!.Peer!;
        EndHandshake(connection);
        connection.Peer = peer;
        connection.Hello = new HelloMonitor(now.Micros);
        connection.MaySpeak = connection.Dialled;
        connection.Deadline = now.Micros + LinkProtocol.HandshakeMicros;
        connection.RenewMicros = RenewalTime(peer, now);
        peer.Established.Add(connection);
        if (peer.Established.Count > LinkTuning.ConnectionsPerPeer)
        {
            var oldest = peer.Established.Find(other => other != peer.Current) ?? throw new UnreachableException();
            Close(oldest, LinkCloseReason.Replaced, now, ref sink);
        }

        if (connection.MaySpeak)
        {
            SendHello(connection, now, ref sink);
        }
    }

    private void SendHello<TSink>(LinkConnection connection, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        Span<byte> content = stackalloc byte[HelloMessage.ByteLength];
        ulong? choice = connection.Peer!.Current == connection ? Leads(connection.Peer) ? connection.Choice : 0 : null;
        connection.Hello!.Send(now.Micros, choice, _local.Epoch, _local.Digest, _random, content);
        _deadlines.Moved(connection);
        sink.SendControl(connection.Id, content, CellType.Hello);
        SendHandovers(connection, ref sink);
    }

    private void AdvanceConnection<TSink>(LinkConnection connection, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (connection.Lingers)
        {
            Close(connection, LinkCloseReason.Goodbye, now, ref sink);
        }
        else if (connection.Handshake is { } handshake)
        {
            Apply(connection, handshake.Refuse(LinkRefusalReason.HandshakeTimeout), now, ref sink);
        }
        else if (connection.OutdatedMicros <= now.Micros)
        {
            Close(connection, LinkCloseReason.TrustChanged, now, ref sink);
        }
        else if (connection.ReplacedMicros is { } replaced && connection.Deadline <= now.Micros)
        {
            CloseWhenQuiet(connection, replaced, now, ref sink);
        }
        else if (!connection.HasCarried && connection.Deadline <= now.Micros)
        {
            var refusal = new LinkRefusal(LinkRefusalReason.NeverAnswered, connection.Peer!.Options.Name);
            Refuse(connection, refusal, tellShell: true, now, ref sink);
        }
        else
        {
            AdvanceHello(connection, now, ref sink);
        }
    }

    private void AdvanceHello<TSink>(LinkConnection connection, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        var monitor = connection.Hello!;
        var wasSuspect = monitor.IsSuspect;
        SendHello(connection, now, ref sink);
        if (monitor.IsDown)
        {
            Close(connection, LinkCloseReason.PeerSilent, now, ref sink);
        }
        else if (monitor.IsSuspect && !wasSuspect && connection.Peer!.Current == connection)
        {
            sink.LinkEvent(new LinkEvent(LinkEventKind.Suspect, connection.Peer.Options.Name));
        }
    }

    private void Close<TSink>(LinkConnection connection, LinkCloseReason reason, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        sink.Close(connection.Id, reason);
        var clean = reason is LinkCloseReason.Replaced or LinkCloseReason.Stopping or LinkCloseReason.Goodbye
            or LinkCloseReason.PeerRemoved or LinkCloseReason.TrustChanged;
        Remove(connection, reason, clean, now, ref sink);
    }

    private void Remove<TSink>(LinkConnection connection, LinkCloseReason reason, bool clean, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        Touch();
        _connections.Remove(connection.Id);
        if (connection.Pending is { } pending)
        {
            _pending.Remove(pending);
        }

        var claimed = connection.Handshake?.Peer;
        EndHandshake(connection);
        Detach(connection, reason, clean, now, ref sink);
        if (connection.Dialled && connection.Peer is null && claimed is not null)
        {
            EndDial(claimed, connection, now);
        }
    }

    private void EndHandshake(LinkConnection connection)
    {
        if (connection.Handshake is not null && !connection.Dialled)
        {
            _acceptedHandshakes--;
        }

        connection.Handshake = null;
    }
}
