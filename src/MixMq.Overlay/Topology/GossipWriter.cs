using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MixMq.Overlay.Admission;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// Writes one gossip message after the other into its buffer, and sends each split into cells:
/// <code>
/// announce  1 | count u16 >= 1 | count x { address[32] | sequence u64 | hash[32] | evidence u8 (0, 1) }
/// pull      2 | id u32 | count u8, 1..64 | count x { address[32] | hash[32] }
/// bodies    3 | id u32 | covered u8 >= 1 | count u8 at most covered | count x { length u16 | record }
/// question  4 | id u32 | salt[16] | after[32] | (256 - after's first byte) x short bucket hash u64
/// difference 5 | id u32 | last[32] | differing buckets, a bit each, lowest first [32] | count u16 | count x announcement
/// statements 6 | count u8, 1..8 | count x { kind u8 | number u64 | hash[32] }
/// pull one  7 | hash[32]
/// statement 8 | statement
/// cell      flags u8 (bit 0: more follows) | part of a message; only the last part may leave room in its cell
/// </code>
/// </summary>
internal sealed class GossipWriter(int maxCellContent)
{
    public const int AnnouncementBytes = Announcement.Bytes;
    public const int BitmapBytes = DatabaseBuckets.Count / 8;
    public const int PullItemBytes = 32 + RecordHash.Bytes;
    public const byte MoreFlag = 1;
    private readonly byte[] _message = new byte[TopologyLimits.MaxMessageBytes];
    private readonly byte[] _cell = new byte[maxCellContent];
    private readonly List<Announcement> _items = [];

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
                announced.Write(_message.AsSpan(at, AnnouncementBytes));
                at += AnnouncementBytes;
            }

            Send(neighbour, _message.AsSpan(0, at), ref sink);
        }
    }

    public void Pull<TSink>(NodeAddress neighbour, uint id, List<(Announcement Asked, Want Want)> items, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _message[0] = (byte)GossipKind.Pull;
        BinaryPrimitives.WriteUInt32LittleEndian(_message.AsSpan(1), id);
        _message[5] = checked((byte)items.Count);
        var at = 6;
        foreach (var (wanted, _) in items)
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

    /// <summary>Shows the short hashes of the buckets from a cursor on.</summary>
    public void Question<TSink>(NodeAddress neighbour, uint id, ReadOnlySpan<byte> salt, NodeAddress after, DatabaseBuckets buckets, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _message[0] = (byte)GossipKind.Question;
        BinaryPrimitives.WriteUInt32LittleEndian(_message.AsSpan(1), id);
        salt.CopyTo(_message.AsSpan(5));
        after.CopyTo(_message.AsSpan(5 + TopologyLimits.SaltBytes));
        var at = 5 + TopologyLimits.SaltBytes + NodeAddress.ByteLength;
        for (var bucket = DatabaseBuckets.IndexOf(after); bucket < DatabaseBuckets.Count; bucket++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_message.AsSpan(at), buckets.Short(bucket, salt));
            at += sizeof(ulong);
        }

        Send(neighbour, _message.AsSpan(0, at), ref sink);
    }

    /// <summary>Answers a question with one message: which buckets differ, and what is held in them after the cursor, as far as it fits.</summary>
    public void Difference<TSink>(
        NodeAddress neighbour, uint id, ReadOnlySpan<byte> salt, NodeAddress after, ReadOnlySpan<byte> theirs, DatabaseBuckets buckets, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        const int Head = 5 + NodeAddress.ByteLength + BitmapBytes + sizeof(ushort);
        _message[0] = (byte)GossipKind.Difference;
        BinaryPrimitives.WriteUInt32LittleEndian(_message.AsSpan(1), id);
        var last = _message.AsSpan(5, NodeAddress.ByteLength);
        var bitmap = _message.AsSpan(5 + NodeAddress.ByteLength, BitmapBytes);
        bitmap.Clear();
        _items.Clear();
        var isWhole = true;
        for (var bucket = DatabaseBuckets.IndexOf(after); bucket < DatabaseBuckets.Count && isWhole; bucket++)
        {
            var isSame = buckets.Short(bucket, salt) == BinaryPrimitives.ReadUInt64LittleEndian(theirs);
            theirs = theirs[sizeof(ulong)..];
            if (!isSame)
            {
                var before = _items.Count;
                isWhole = TryList(buckets.After(bucket, after), (_message.Length - Head) / AnnouncementBytes);
                bitmap[bucket / 8] |= isWhole || _items.Count > before ? (byte)(1 << (bucket % 8)) : (byte)0;
            }
        }

        last.Fill(byte.MaxValue);
        if (!isWhole)
        {
            _items[^1].Address.CopyTo(last);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(_message.AsSpan(Head - sizeof(ushort)), (ushort)_items.Count);
        var at = Head;
        foreach (var item in _items)
        {
            item.Write(_message.AsSpan(at, AnnouncementBytes));
            at += AnnouncementBytes;
        }

        Send(neighbour, _message.AsSpan(0, at), ref sink);
    }

    /// <summary>Tells of the authorities' statements.</summary>
    public void Statements<TSink>(NodeAddress neighbour, ImmutableArray<StatementAnnouncement> statements, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _message[0] = (byte)GossipKind.Statements;
        _message[1] = checked((byte)statements.Length);
        var at = 2;
        foreach (var statement in statements)
        {
            statement.Write(_message.AsSpan(at, AdmissionLimits.AnnouncementBytes));
            at += AdmissionLimits.AnnouncementBytes;
        }

        Send(neighbour, _message.AsSpan(0, at), ref sink);
    }

    /// <summary>Asks for a statement.</summary>
    public void StatementPull<TSink>(NodeAddress neighbour, RecordHash hash, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _message[0] = (byte)GossipKind.StatementPull;
        hash.CopyTo(_message.AsSpan(1));
        Send(neighbour, _message.AsSpan(0, 1 + RecordHash.Bytes), ref sink);
    }

    /// <summary>Gives a statement.</summary>
    public void Statement<TSink>(NodeAddress neighbour, ReadOnlySpan<byte> encoded, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _message[0] = (byte)GossipKind.Statement;
        encoded.CopyTo(_message.AsSpan(1));
        Send(neighbour, _message.AsSpan(0, 1 + encoded.Length), ref sink);
    }

    public static bool IsSet(ReadOnlySpan<byte> bitmap, int bucket) => (bitmap[bucket / 8] & (1 << (bucket % 8))) != 0;

    private bool TryList(ReadOnlySpan<Origin> origins, int room)
    {
        foreach (var origin in origins)
        {
            // Evidence takes two places, and is not to be torn apart.
            if (_items.Count + 2 > room)
            {
                return false;
            }

            TopologyDatabase.Describe(origin, _items);
        }

        return true;
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
