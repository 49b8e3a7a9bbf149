using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// Reads a record's bytes in order; the first thing that is wrong is the outcome. Whether its keys are points of the curve isn't asked
/// here: that is dear, and <see cref="LinkStateRecord.Verify"/>'s to say. Nothing is allocated: most records come more than once.
/// </summary>
internal static class LinkStateParser
{
    private const LinkStateFlags KnownFlags = LinkStateFlags.Relays | LinkStateFlags.Reachable | LinkStateFlags.Public;
    private const int HeadBytes = 1 + 32 + (3 * sizeof(ulong)) + sizeof(ushort);
    private const int MixKeyBytes = sizeof(uint) + MixPublicKey.ByteLength;

    public static LinkStateError Parse(ReadOnlySpan<byte> encoded, out LinkStateHead head)
    {
        head = default;
        if (encoded.Length > TopologyLimits.MaxRecordBytes)
        {
            return LinkStateError.TooLong;
        }

        var reader = new WireReader(encoded);
        if (!reader.TryByte(out var version))
        {
            return LinkStateError.Truncated;
        }

        if (version != LinkStateRecord.Version)
        {
            return LinkStateError.UnknownVersion;
        }

        if (!reader.TryBytes(32, out var addressBytes) || !reader.TryUInt64(out var sequence) || !reader.TryUInt64(out var issued)
            || !reader.TryUInt64(out var expires) || !reader.TryUInt16(out var flagBits))
        {
            return LinkStateError.Truncated;
        }

        if (sequence is 0 or > TopologyLimits.MaxSequence)
        {
            return LinkStateError.InvalidSequence;
        }

        // Times below 2^62 can be added to and subtracted from without a check.
        if (expires >= 1UL << 62 || issued >= expires || expires - issued > (ulong)TopologyLimits.MaxLifetimeMillis)
        {
            return LinkStateError.InvalidTimes;
        }

        var flags = (LinkStateFlags)flagBits;
        if ((flags & ~KnownFlags) != LinkStateFlags.None)
        {
            return LinkStateError.InvalidFlags;
        }

        var error = CheckMixKeys(ref reader);
        if (error != LinkStateError.None || (error = CheckNeighbours(ref reader, addressBytes)) != LinkStateError.None
            || (error = CheckEndpoints(ref reader, out var endpoints)) != LinkStateError.None
            || (error = CheckEnd(ref reader, addressBytes, expires)) != LinkStateError.None)
        {
            return error;
        }

        if ((flags & LinkStateFlags.Public) != LinkStateFlags.None != (endpoints > 0))
        {
            return LinkStateError.InvalidFlags;
        }

        head = new LinkStateHead(NodeAddress.FromBytes(addressBytes), sequence, (long)issued, (long)expires, flags);
        return LinkStateError.None;
    }

    /// <summary>How many mix keys bytes have that <see cref="Parse"/> found right.</summary>
    public static int CountMixKeys(ReadOnlySpan<byte> encoded) => encoded[HeadBytes];

    /// <summary>The mix keys of bytes that <see cref="Parse"/> found right.</summary>
    public static ImmutableArray<PublishedMixKey> ReadMixKeys(ReadOnlySpan<byte> encoded)
    {
        var keys = new PublishedMixKey[encoded[HeadBytes]];
        var rest = encoded[(HeadBytes + 1)..];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = new PublishedMixKey(BinaryPrimitives.ReadUInt32LittleEndian(rest), MixPublicKey.FromBytes(rest[sizeof(uint)..MixKeyBytes]));
            rest = rest[MixKeyBytes..];
        }

        return ImmutableArray.Create(keys);
    }

    /// <summary>The neighbours of bytes that <see cref="Parse"/> found right.</summary>
    public static ImmutableArray<NodeAddress> ReadNeighbours(ReadOnlySpan<byte> encoded)
    {
        var rest = AfterMixKeys(encoded);
        var neighbours = new NodeAddress[BinaryPrimitives.ReadUInt16LittleEndian(rest)];
        rest = rest[sizeof(ushort)..];
        for (var i = 0; i < neighbours.Length; i++)
        {
            neighbours[i] = NodeAddress.FromBytes(rest[..NodeAddress.ByteLength]);
            rest = rest[NodeAddress.ByteLength..];
        }

        return ImmutableArray.Create(neighbours);
    }

    /// <summary>The endpoints of bytes that <see cref="Parse"/> found right.</summary>
    public static ImmutableArray<string> ReadEndpoints(ReadOnlySpan<byte> encoded)
    {
        var rest = AfterMixKeys(encoded);
        rest = rest[(sizeof(ushort) + (BinaryPrimitives.ReadUInt16LittleEndian(rest) * NodeAddress.ByteLength))..];
        var endpoints = new string[rest[0]];
        rest = rest[1..];
        for (var i = 0; i < endpoints.Length; i++)
        {
            endpoints[i] = Encoding.UTF8.GetString(rest.Slice(1, rest[0]));
            rest = rest[(1 + rest[0])..];
        }

        return ImmutableArray.Create(endpoints);
    }

    /// <summary>The admission certificate of bytes that <see cref="Parse"/> found right; empty: none.</summary>
    public static ReadOnlySpan<byte> Certificate(ReadOnlySpan<byte> encoded)
    {
        var rest = AfterMixKeys(encoded);
        rest = rest[(sizeof(ushort) + (BinaryPrimitives.ReadUInt16LittleEndian(rest) * NodeAddress.ByteLength))..];
        var endpoints = rest[0];
        rest = rest[1..];
        for (var i = 0; i < endpoints; i++)
        {
            rest = rest[(1 + rest[0])..];
        }

        return rest.Slice(sizeof(ushort), BinaryPrimitives.ReadUInt16LittleEndian(rest));
    }

    private static ReadOnlySpan<byte> AfterMixKeys(ReadOnlySpan<byte> encoded) => encoded[(HeadBytes + 1 + (encoded[HeadBytes] * MixKeyBytes))..];

    private static LinkStateError CheckMixKeys(ref WireReader reader)
    {
        if (!reader.TryByte(out var count))
        {
            return LinkStateError.Truncated;
        }

        if (count > TopologyLimits.MaxMixKeys)
        {
            return LinkStateError.TooManyMixKeys;
        }

        if (!reader.TryBytes(count * MixKeyBytes, out var keys))
        {
            return LinkStateError.Truncated;
        }

        for (var i = 1; i < count; i++)
        {
            var key = keys.Slice(i * MixKeyBytes, MixKeyBytes);
            for (var j = 0; j < i; j++)
            {
                var earlier = keys.Slice(j * MixKeyBytes, MixKeyBytes);
                if (BinaryPrimitives.ReadUInt32LittleEndian(earlier) >= BinaryPrimitives.ReadUInt32LittleEndian(key)
                    || earlier[sizeof(uint)..].SequenceEqual(key[sizeof(uint)..]))
                {
                    return LinkStateError.MixKeyOrder;
                }
            }
        }

        return LinkStateError.None;
    }

    private static LinkStateError CheckNeighbours(ref WireReader reader, ReadOnlySpan<byte> own)
    {
        if (!reader.TryUInt16(out var count))
        {
            return LinkStateError.Truncated;
        }

        if (count > TopologyLimits.MaxNeighbours)
        {
            return LinkStateError.TooManyNeighbours;
        }

        if (!reader.TryBytes(count * NodeAddress.ByteLength, out var neighbours))
        {
            return LinkStateError.Truncated;
        }

        for (var i = 0; i < count; i++)
        {
            var neighbour = neighbours.Slice(i * NodeAddress.ByteLength, NodeAddress.ByteLength);
            if (neighbour.SequenceEqual(own))
            {
                return LinkStateError.OwnNeighbour;
            }

            if (i > 0 && neighbours.Slice((i - 1) * NodeAddress.ByteLength, NodeAddress.ByteLength).SequenceCompareTo(neighbour) >= 0)
            {
                return LinkStateError.NeighbourOrder;
            }
        }

        return LinkStateError.None;
    }

    private static LinkStateError CheckEndpoints(ref WireReader reader, out int endpoints)
    {
        endpoints = 0;
        if (!reader.TryByte(out var count))
        {
            return LinkStateError.Truncated;
        }

        if (count > TopologyLimits.MaxEndpoints)
        {
            return LinkStateError.TooManyEndpoints;
        }

        ReadOnlySpan<byte> previous = default;
        for (; endpoints < count; endpoints++)
        {
            if (!reader.TryByte(out var length) || !reader.TryBytes(length, out var bytes))
            {
                return LinkStateError.Truncated;
            }

            if (length == 0 || (endpoints > 0 && previous.SequenceCompareTo(bytes) >= 0) || !IsText(bytes))
            {
                return LinkStateError.InvalidEndpoint;
            }

            previous = bytes;
        }

        return LinkStateError.None;
    }

    private static LinkStateError CheckEnd(ref WireReader reader, ReadOnlySpan<byte> own, ulong expires)
    {
        if (!reader.TryUInt16(out var certificateLength) || !reader.TryBytes(certificateLength, out var certificate))
        {
            return LinkStateError.Truncated;
        }

        // Nobody shows another's certificate, and a record doesn't outlive the admission that it shows.
        if (certificateLength != 0
            && (AdmissionCertificate.Check(certificate, out var head) != StatementError.None
                || head.Address != NodeAddress.FromBytes(own) || expires > (ulong)head.NotAfterUnixMillis))
        {
            return LinkStateError.InvalidCertificate;
        }

        return reader.Remaining.CompareTo(Ed25519.SignatureBytes) switch
        {
            < 0 => LinkStateError.Truncated,
            > 0 => LinkStateError.TrailingBytes,
            _ => LinkStateError.None,
        };
    }

    // Control characters would let a record write to the terminal of whoever shows it.
    internal static bool IsText(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) != System.Buffers.OperationStatus.Done || Rune.IsControl(rune))
            {
                return false;
            }

            bytes = bytes[consumed..];
        }

        return true;
    }
}
