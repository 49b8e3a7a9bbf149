using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// Writes one gossip message after the other into its buffer, and sends each split into cells:
/// <code>
/// announce  1 | count u16 >= 1 | count x { address[32] | sequence u64 | hash[32] | evidence u8 (0, 1) }
/// pull      2 | id u32 | count u8, 1..64 | count x { address[32] | hash[32] }
/// bodies    3 | id u32 | covered u8 >= 1 | count u8 at most covered | count x { length u16 | record }
/// cell      flags u8 (bit 0: more follows) | part of a message; only the last part may leave room in its cell
/// </code>
/// </summary>
internal sealed class GossipWriter(int maxCellContent)
{
    public const int AnnouncementBytes = 32 + sizeof(ulong) + RecordHash.Bytes + 1;
    public const int PullItemBytes = 32 + RecordHash.Bytes;
    public const byte MoreFlag = 1;
    private readonly byte[] _message = new byte[TopologyLimits.MaxMessageBytes];
    private readonly byte[] _cell = new byte[maxCellContent];

    public void Announce<TSink>(NodeAddress neighbour, List<Announcement> announcements, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        foreach (var part in new AnnouncementParts(CollectionsMarshal.AsSpan(announcements)))
        {
            _message[0] = (byte)GossipKind.Announce;
            BinaryPrimitives.WriteUInt16LittleEndian(_message.AsSpan(1), (ushort)part.Length);
            var at = 3;
            foreach (ref readonly var announced in part)
            {
                var item = _message.AsSpan(at, AnnouncementBytes);
                announced.Address.CopyTo(item);
                BinaryPrimitives.WriteUInt64LittleEndian(item[32..], announced.Sequence);
                announced.Hash.CopyTo(item[40..]);
                item[72] = announced.IsEvidence ? (byte)1 : (byte)0;
                at += AnnouncementBytes;
            }

            Send(neighbour, _message.AsSpan(0, at), ref sink);
        }
    }

    public void Pull<TSink>(NodeAddress neighbour, uint id, List<Announcement> items, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _message[0] = (byte)GossipKind.Pull;
        BinaryPrimitives.WriteUInt32LittleEndian(_message.AsSpan(1), id);
        _message[5] = checked((byte)items.Count);
        var at = 6;
        foreach (var wanted in items)
        {
            wanted.Address.CopyTo(_message.AsSpan(at));
            wanted.Hash.CopyTo(_message.AsSpan(at + 32));
            at += PullItemBytes;
        }

        Send(neighbour, _message.AsSpan(0, at), ref sink);
    }

    /// <summary>Answers a pull with as many records as fit, in the order in which they were asked for.</summary>
    public void Bodies<TSink>(NodeAddress neighbour, uint id, ReadOnlySpan<byte> pullItems, TopologyDatabase database, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _message[0] = (byte)GossipKind.Bodies;
        BinaryPrimitives.WriteUInt32LittleEndian(_message.AsSpan(1), id);
        var at = 7;
        byte covered = 0;
        byte count = 0;
        for (; !pullItems.IsEmpty; pullItems = pullItems[PullItemBytes..])
        {
            var record = database.Answer(NodeAddress.FromBytes(pullItems[..32]), RecordHash.FromBytes(pullItems[32..]));
            if (record is not null)
            {
                var encoded = record.Encoded.Span;
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
        Send(neighbour, _message.AsSpan(0, at), ref sink);
    }

    private void Send<TSink>(NodeAddress neighbour, ReadOnlySpan<byte> message, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        while (true)
        {
            var length = Math.Min(message.Length, _cell.Length - 1);
            var isLast = length == message.Length;
            _cell[0] = isLast ? (byte)0 : MoreFlag;
            message[..length].CopyTo(_cell.AsSpan(1));
            sink.SendTopology(neighbour, _cell.AsSpan(0, 1 + length));
            if (isLast)
            {
                return;
            }

            message = message[length..];
        }
    }

    // An enumerator over spans, so that a long announcement needs no copies.
    private ref struct AnnouncementParts(Span<Announcement> all)
    {
        private Span<Announcement> _rest = all;

        public Span<Announcement> Current { get; private set; }

        public readonly AnnouncementParts GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_rest.IsEmpty)
            {
                return false;
            }

            Current = _rest[..Math.Min(_rest.Length, TopologyLimits.MaxAnnounceEntries)];
            _rest = _rest[Current.Length..];
            return true;
        }
    }
}
