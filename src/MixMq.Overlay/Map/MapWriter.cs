using System.Buffers.Binary;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>
/// Writes one message about the map after the other into its buffer, and has each sent:
/// <code>
/// summary   9 | count u16 | digest[32]
/// question 10 | id u32 >= 1 | after[32]
/// names    11 | id u32 (0: news) | more u8 (0, 1) | count u16, 0..256 | count x hash[32], strictly ascending
/// pull     12 | id u32 >= 1 | count u8, 1..16 | count x hash[32]
/// entries  13 | id u32 >= 1 | covered u8 >= 1 | count u8 at most covered | count x { length u16 | entry }
/// </code>
/// </summary>
internal sealed class MapWriter(int maxCellContent)
{
    private readonly byte[] _message = new byte[TopologyLimits.MaxMessageBytes];
    private readonly GossipWriter _cells = new(maxCellContent);

    public void Summary<TSink>(NodeAddress neighbour, int count, RecordHash digest, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _message[0] = (byte)GossipKind.MapSummary;
        BinaryPrimitives.WriteUInt16LittleEndian(_message.AsSpan(1), checked((ushort)count));
        digest.CopyTo(_message.AsSpan(3));
        _cells.Send(neighbour, _message.AsSpan(0, 3 + RecordHash.Bytes), ref sink);
    }

    public void Question<TSink>(NodeAddress neighbour, uint id, RecordHash after, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        Begin(GossipKind.MapQuestion, id);
        after.CopyTo(_message.AsSpan(5));
        _cells.Send(neighbour, _message.AsSpan(0, 5 + RecordHash.Bytes), ref sink);
    }

    public void Names<TSink>(NodeAddress neighbour, uint id, bool more, ReadOnlySpan<RecordHash> hashes, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        Begin(GossipKind.MapNames, id);
        _message[5] = more ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(_message.AsSpan(6), checked((ushort)hashes.Length));
        _cells.Send(neighbour, _message.AsSpan(0, Write(hashes, 8)), ref sink);
    }

    public void Pull<TSink>(NodeAddress neighbour, uint id, ReadOnlySpan<RecordHash> hashes, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        Begin(GossipKind.MapPull, id);
        _message[5] = checked((byte)hashes.Length);
        _cells.Send(neighbour, _message.AsSpan(0, Write(hashes, 6)), ref sink);
    }

    /// <summary>Answers a pull with as many entries as fit, in the order in which they were asked for.</summary>
    public void Entries<TSink>(NodeAddress neighbour, uint id, ReadOnlySpan<byte> hashes, NetworkMap map, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        Begin(GossipKind.MapEntries, id);
        var at = 7;
        byte covered = 0;
        byte count = 0;
        for (; !hashes.IsEmpty; hashes = hashes[RecordHash.Bytes..])
        {
            if (map.Find(RecordHash.FromBytes(hashes)) is { } entry)
            {
                var encoded = entry.Encoded.Span;
                if (at + sizeof(ushort) + encoded.Length > _message.Length)
                {
                    break;
                }

                BinaryPrimitives.WriteUInt16LittleEndian(_message.AsSpan(at), (ushort)encoded.Length);
                encoded.CopyTo(_message.AsSpan(at + sizeof(ushort)));
                at += sizeof(ushort) + encoded.Length;
                count++;
            }

            covered++;
        }

        _message[5] = covered;
        _message[6] = count;
        _cells.Send(neighbour, _message.AsSpan(0, at), ref sink);
    }

    private void Begin(GossipKind kind, uint id)
    {
        _message[0] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(_message.AsSpan(1), id);
    }

    private int Write(ReadOnlySpan<RecordHash> hashes, int at)
    {
        foreach (var hash in hashes)
        {
            hash.CopyTo(_message.AsSpan(at));
            at += RecordHash.Bytes;
        }

        return at;
    }
}
