using System.Collections.Immutable;
using System.Text;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>Reads a record's bytes in order; the first thing that is wrong is the outcome. Whether its keys are points of the curve is not asked here: that is dear, and <see cref="LinkStateRecord.Verify"/>'s to say.</summary>
internal static class LinkStateParser
{
    private const LinkStateFlags KnownFlags = LinkStateFlags.Relays | LinkStateFlags.Reachable | LinkStateFlags.Public;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static LinkStateError Parse(ReadOnlySpan<byte> encoded, out LinkStateDraft? content)
    {
        content = null;
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

        var address = NodeAddress.FromBytes(addressBytes);
        var error = ReadMixKeys(ref reader, out var mixKeys);
        if (error != LinkStateError.None || (error = ReadNeighbours(ref reader, address, out var neighbours)) != LinkStateError.None
            || (error = ReadEndpoints(ref reader, out var endpoints)) != LinkStateError.None
            || (error = ReadEnd(ref reader)) != LinkStateError.None)
        {
            return error;
        }

        if ((flags & LinkStateFlags.Public) != LinkStateFlags.None != (endpoints.Length > 0))
        {
            return LinkStateError.InvalidFlags;
        }

        content = new LinkStateDraft
        {
            Address = address,
            Sequence = sequence,
            IssuedUnixMillis = (long)issued,
            ExpiresUnixMillis = (long)expires,
            Flags = flags,
            MixKeys = mixKeys,
            Neighbours = neighbours,
            Endpoints = endpoints,
        };
        return LinkStateError.None;
    }

    private static LinkStateError ReadMixKeys(ref WireReader reader, out ImmutableArray<PublishedMixKey> keys)
    {
        keys = [];
        if (!reader.TryByte(out var count))
        {
            return LinkStateError.Truncated;
        }

        if (count > TopologyLimits.MaxMixKeys)
        {
            return LinkStateError.TooManyMixKeys;
        }

        var builder = ImmutableArray.CreateBuilder<PublishedMixKey>(count);
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryUInt32(out var epoch) || !reader.TryBytes(32, out var key))
            {
                return LinkStateError.Truncated;
            }

            var published = new PublishedMixKey(epoch, MixPublicKey.FromBytes(key));
            foreach (var earlier in builder)
            {
                if (earlier.Epoch >= epoch || earlier.Key == published.Key)
                {
                    return LinkStateError.MixKeyOrder;
                }
            }

            builder.Add(published);
        }

        keys = builder.MoveToImmutable();
        return LinkStateError.None;
    }

    private static LinkStateError ReadNeighbours(ref WireReader reader, NodeAddress own, out ImmutableArray<NodeAddress> neighbours)
    {
        neighbours = [];
        if (!reader.TryUInt16(out var count))
        {
            return LinkStateError.Truncated;
        }

        if (count > TopologyLimits.MaxNeighbours)
        {
            return LinkStateError.TooManyNeighbours;
        }

        if (reader.Remaining < count * 32)
        {
            return LinkStateError.Truncated;
        }

        var builder = ImmutableArray.CreateBuilder<NodeAddress>(count);
        for (var i = 0; i < count; i++)
        {
            _ = reader.TryBytes(32, out var bytes);
            var neighbour = NodeAddress.FromBytes(bytes);
            if (neighbour == own)
            {
                return LinkStateError.OwnNeighbour;
            }

            if (i > 0 && builder[i - 1].CompareTo(neighbour) >= 0)
            {
                return LinkStateError.NeighbourOrder;
            }

            builder.Add(neighbour);
        }

        neighbours = builder.MoveToImmutable();
        return LinkStateError.None;
    }

    private static LinkStateError ReadEndpoints(ref WireReader reader, out ImmutableArray<string> endpoints)
    {
        endpoints = [];
        if (!reader.TryByte(out var count))
        {
            return LinkStateError.Truncated;
        }

        if (count > TopologyLimits.MaxEndpoints)
        {
            return LinkStateError.TooManyEndpoints;
        }

        var builder = ImmutableArray.CreateBuilder<string>(count);
        ReadOnlySpan<byte> previous = default;
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryByte(out var length) || !reader.TryBytes(length, out var bytes))
            {
                return LinkStateError.Truncated;
            }

            if (length == 0 || (i > 0 && previous.SequenceCompareTo(bytes) >= 0) || !IsText(bytes))
            {
                return LinkStateError.InvalidEndpoint;
            }

            builder.Add(StrictUtf8.GetString(bytes));
            previous = bytes;
        }

        endpoints = builder.MoveToImmutable();
        return LinkStateError.None;
    }

    private static LinkStateError ReadEnd(ref WireReader reader)
    {
        if (!reader.TryUInt16(out var certificateLength))
        {
            return LinkStateError.Truncated;
        }

        if (certificateLength != 0)
        {
            return LinkStateError.UnknownCertificate;
        }

        return reader.Remaining.CompareTo(Ed25519.SignatureBytes) switch
        {
            < 0 => LinkStateError.Truncated,
            > 0 => LinkStateError.TrailingBytes,
            _ => LinkStateError.None,
        };
    }

    // Control characters would let a record write to the terminal of whoever shows it.
    private static bool IsText(ReadOnlySpan<byte> bytes)
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
