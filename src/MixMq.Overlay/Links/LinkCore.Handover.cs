using System.Security.Cryptography;
using MixMq.Sphinx;

namespace MixMq.Overlay.Links;

/// <content>
/// What the inside hands over to its float: from its first HELLO on, on every connection, so that it is there before the link is up and
/// as long as any connection lives over which it came.
/// </content>
internal sealed partial class LinkCore
{
    /// <summary>For one cell's content; pinned and cleared, since a key goes through it.</summary>
    private byte[] _part = [];

    /// <summary>Takes over a message for a peer, in place of the one before of its kind, and begins it on the connections that are there.</summary>
    public void HandOver<TSink>(NodeAddress address, HandoverMessage message, ref TSink sink)
        where TSink : IOverlaySink
    {
        var peer = _peers.Find(address);
        if (peer is null || _stopped)
        {
            message.Dispose();
            return;
        }

        var before = peer.Handovers[(int)message.Kind - 1];
        peer.Handovers[(int)message.Kind - 1] = message;
        before?.Dispose();
        foreach (var connection in peer.Established)
        {
            // A message under way is given up in its middle: the next one's first part says so.
            if (connection.HandingOver == message.Kind)
            {
                connection.HandingOver = null;
            }

            connection.HandedOut &= ~Bit(message.Kind);
            SendHandovers(connection, ref sink);
        }
    }

    private static int Bit(HandoverKind kind) => 1 << (int)kind;

    /// <summary>After each HELLO, as many cells as a connection's queue takes along with whatever else goes there.</summary>
    private void SendHandovers<TSink>(LinkConnection connection, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (!connection.MaySpeak)
        {
            return;
        }

        for (var cells = 0; cells < LinkTuning.HandoverCellsPerHello && NextHandover(connection) is { } message; cells++)
        {
            SendPart(connection, message, ref sink);
        }

        CryptographicOperations.ZeroMemory(_part);
    }

    private static HandoverMessage? NextHandover(LinkConnection connection)
    {
        if (connection.HandingOver is { } kind)
        {
            return connection.Peer!.Handovers[(int)kind - 1];
        }

        foreach (var message in connection.Peer!.Handovers)
        {
            if (message is not null && (connection.HandedOut & Bit(message.Kind)) == 0)
            {
                connection.HandingOver = message.Kind;
                connection.HandedBytes = 0;
                return message;
            }
        }

        return null;
    }

    private void SendPart<TSink>(LinkConnection connection, HandoverMessage message, ref TSink sink)
        where TSink : IOverlaySink
    {
        var room = LinkCell.ContentRoom(_options.Network.CellBytes);
        if (_part.Length == 0)
        {
            _part = GC.AllocateUninitializedArray<byte>(room, pinned: true);
        }

        var rest = message.Content[connection.HandedBytes..];
        var part = rest[..Math.Min(rest.Length, room - HandoverCell.HeaderBytes)];
        var last = part.Length == rest.Length;
        var length = HandoverCell.Write(message.Kind, first: connection.HandedBytes == 0, last, part, _part);
        sink.SendControl(connection.Id, _part.AsSpan(0, length), CellType.Control);
        connection.HandedBytes += part.Length;
        if (last)
        {
            connection.HandingOver = null;
            connection.HandedOut |= Bit(message.Kind);
        }
    }

    /// <summary>False: the peer may not hand anything over, or not like this.</summary>
    private static bool TryTakeHandover<TSink>(LinkConnection connection, ReadOnlySpan<byte> content, ref TSink sink)
        where TSink : IOverlaySink
    {
        var peer = connection.Peer!;
        if (!peer.Options.HandsOver || !HandoverCell.TryRead(content, out var kind, out var first, out var last, out var part))
        {
            return false;
        }

        connection.Handover ??= new HandoverAssembly();
        if (!connection.Handover.TryAdd(kind, first, part))
        {
            return false;
        }

        if (last)
        {
            connection.BroughtCertificate |= kind == HandoverKind.Certificate;
            sink.HandedOver(peer.Options.Address, kind, connection.Handover.Content);
            connection.Handover.Clear();
        }

        return true;
    }

    /// <summary>An established connection is no longer one: what it brought lives on only if another one has brought it too.</summary>
    private static void EndHandover<TSink>(LinkConnection connection, PeerLink peer, ref TSink sink)
        where TSink : IOverlaySink
    {
        connection.Handover?.Dispose();
        if (connection.BroughtCertificate && !peer.Established.Exists(other => other.BroughtCertificate))
        {
            sink.HandoverEnded(peer.Options.Address);
        }
    }

    private void DropHandovers()
    {
        foreach (var peer in _peers.All)
        {
            foreach (ref var message in peer.Handovers.AsSpan())
            {
                message?.Dispose();
                message = null;
            }
        }
    }
}
