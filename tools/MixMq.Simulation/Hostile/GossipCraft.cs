using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Hostile;

/// <summary>
/// Gossip as a hostile program writes it, by the tables of spec/06 and without the shipping writer: announces any record under any sequence, and
/// answers pulls for what it has announced.
/// </summary>
internal sealed class GossipCraft(HostilePeer peer)
{
    private const byte Announcement = 1;
    private const byte Pull = 2;
    private const byte Bodies = 3;
    private const int PullItemBytes = NodeAddress.ByteLength + RecordHash.Bytes;
    private const int MostKept = 256;
    private readonly Dictionary<RecordHash, byte[]> _records = [];
    private readonly Queue<RecordHash> _order = new();

    /// <summary>A record with the peer's own keys, as it would publish it, changed by the caller.</summary>
    public LinkStateDraft Draft(ulong sequence)
    {
        var now = peer.Now.UnixMillis;
        var view = peer.Core.View;
        return new LinkStateDraft
        {
            Address = peer.Address,
            Sequence = sequence,
            IssuedUnixMillis = now,
            ExpiresUnixMillis = now + 3_600_000,
            Flags = LinkStateFlags.Relays | LinkStateFlags.Reachable,
            MixKeys = view.TryFind(peer.Address, out var own) ? view.Nodes[own].MixKeys : [],
            Neighbours = [.. peer.Peers.Select(other => other.Address)],
        };
    }

    public ulong NextSequence() => Math.Max(peer.Snapshot().OwnSequence, (ulong)peer.Now.UnixMillis) + 1;

    /// <summary>Signs with the peer's own key, whatever the record says whose it is.</summary>
    public byte[] Sign(LinkStateDraft draft)
    {
        var message = draft.ToSignedMessage(peer.Parameters.Definition);
        var signature = new byte[Ed25519.SignatureBytes];
        peer.SignWithOwnKey(message, signature);
        return LinkStateDraft.Complete(message, signature);
    }

    /// <summary>Announces records to a neighbour, and has them ready for its pulls.</summary>
    /// <param name="to">The neighbour.</param>
    /// <param name="record">As on the wire.</param>
    /// <param name="sequence">Which sequence to claim; null: the record's own.</param>
    /// <param name="evidence">Whether to call it evidence.</param>
    public void Announce(SimNode to, byte[] record, ulong? sequence = null, bool evidence = false)
    {
        if (LinkStateRecord.TryParse(record, peer.Parameters.Definition, out var parsed) != LinkStateError.None)
        {
            return;
        }

        Keep(parsed!.Hash, record);
        var message = new byte[3 + 73];
        message[0] = Announcement;
        message[1] = 1;
        parsed.Address.CopyTo(message.AsSpan(3));
        BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(35), sequence ?? parsed.Sequence);
        parsed.Hash.CopyTo(message.AsSpan(43));
        message[75] = evidence ? (byte)1 : (byte)0;
        Send(to, message);
    }

    /// <summary>Sends bodies under any id.</summary>
    public void SendBodies(SimNode to, uint id, int covered, ReadOnlySpan<byte[]> records)
    {
        var message = new List<byte> { Bodies };
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(number, id);
        message.AddRange(number);
        message.Add((byte)covered);
        message.Add((byte)records.Length);
        foreach (var record in records)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)record.Length);
            message.AddRange(number[..2]);
            message.AddRange(record);
        }

        Send(to, [.. message]);
    }

    /// <summary>Sends any bytes as one topology message.</summary>
    public void Send(SimNode to, ReadOnlySpan<byte> message)
    {
        var room = LinkCell.ContentRoom(peer.Parameters.CellBytes) - 1;
        var cell = new byte[peer.Parameters.CellBytes];
        while (!message.IsEmpty)
        {
            var part = message[..Math.Min(room, message.Length)];
            message = message[part.Length..];
            LinkCell.Write(CellType.Topology, [message.IsEmpty ? (byte)0 : (byte)1, .. part], cell);
            _ = peer.Inject(to, cell);
        }
    }

    /// <summary>Answers a pull that asks for something crafted; false keeps it from the peer's own core.</summary>
    public bool Read(SimNode from, ReadOnlySpan<byte> cell)
    {
        if (_records.Count == 0 || cell[0] != (byte)CellType.Topology || !LinkCell.TryRead(cell, out var content)
            || content.Length < 7 || content[0] != 0 || content[1] != Pull || content.Length != 7 + (content[6] * PullItemBytes))
        {
            return true;
        }

        var records = ImmutableArray.CreateBuilder<byte[]>();
        for (var item = content[7..]; !item.IsEmpty; item = item[PullItemBytes..])
        {
            if (_records.TryGetValue(RecordHash.FromBytes(item[NodeAddress.ByteLength..]), out var record))
            {
                records.Add(record);
            }
        }

        if (records.Count == 0)
        {
            return true;
        }

        SendBodies(from, BinaryPrimitives.ReadUInt32LittleEndian(content[2..]), content[6], records.ToImmutable().AsSpan());
        return false;
    }

    private void Keep(RecordHash hash, byte[] record)
    {
        if (_records.TryAdd(hash, record))
        {
            _order.Enqueue(hash);
            if (_order.Count > MostKept)
            {
                _ = _records.Remove(_order.Dequeue());
            }
        }
    }
}
