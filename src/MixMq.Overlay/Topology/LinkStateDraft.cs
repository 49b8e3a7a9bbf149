using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// A link-state record before it is signed. Lists may come in any order and with repetitions; encoding brings them into canonical form.
/// </summary>
public sealed record LinkStateDraft
{
    /// <summary>Whose record it is.</summary>
    public required NodeAddress Address { get; init; }

    /// <summary>1 to <see cref="TopologyLimits.MaxSequence"/>.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>When it is issued, unix milliseconds.</summary>
    public required long IssuedUnixMillis { get; init; }

    /// <summary>When it ceases to be valid, unix milliseconds.</summary>
    public required long ExpiresUnixMillis { get; init; }

    /// <summary>Relays and reachable; the public flag is set by the endpoints.</summary>
    public LinkStateFlags Flags { get; init; }

    /// <summary>The mix keys to publish, at most <see cref="TopologyLimits.MaxMixKeys"/>, one an epoch.</summary>
    public ImmutableArray<PublishedMixKey> MixKeys { get; init; } = [];

    /// <summary>The nodes it has a link with, at most <see cref="TopologyLimits.MaxNeighbours"/>.</summary>
    public ImmutableArray<NodeAddress> Neighbours { get; init; } = [];

    /// <summary>Endpoints to publish, at most <see cref="TopologyLimits.MaxEndpoints"/>, 1 to 255 bytes of UTF-8 each.</summary>
    public ImmutableArray<string> Endpoints { get; init; } = [];

    /// <summary>The node's admission certificate, whose end the record's must not pass; null: none.</summary>
    public AdmissionCertificate? Certificate { get; init; }

    /// <summary>What is to be signed: label, network id, and the record up to its signature.</summary>
    /// <param name="network">The network the record belongs to.</param>
    /// <returns>The message; <see cref="LinkStateRecord.SignedPrefixBytes"/> bytes before the record's own.</returns>
    public byte[] ToSignedMessage(NetworkDefinition network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var keys = MixKeys.OrderBy(key => key.Epoch).ToArray();
        var neighbours = Neighbours.Distinct().Order().ToArray();
        var endpoints = Endpoints.Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes).ToArray();
        Array.Sort(endpoints, static (left, right) => left.AsSpan().SequenceCompareTo(right));
        var flags = (Flags & ~LinkStateFlags.Public) | (endpoints.Length > 0 ? LinkStateFlags.Public : LinkStateFlags.None);

        var stream = new ArrayBufferWriter<byte>(512);
        stream.Write(LinkStateRecord.SignatureLabel);
        stream.Write(network.Id);
        Write(stream, LinkStateRecord.Version, sizeof(byte));
        Span<byte> bytes = stackalloc byte[32];
        Address.CopyTo(bytes);
        stream.Write(bytes);
        Write(stream, Sequence, sizeof(ulong));
        Write(stream, checked((ulong)IssuedUnixMillis), sizeof(ulong));
        Write(stream, checked((ulong)ExpiresUnixMillis), sizeof(ulong));
        Write(stream, (ulong)flags, sizeof(ushort));
        Write(stream, checked((byte)keys.Length), sizeof(byte));
        foreach (var key in keys)
        {
            Write(stream, key.Epoch, sizeof(uint));
            key.Key.CopyTo(bytes);
            stream.Write(bytes);
        }

        Write(stream, checked((ushort)neighbours.Length), sizeof(ushort));
        foreach (var neighbour in neighbours)
        {
            neighbour.CopyTo(bytes);
            stream.Write(bytes);
        }

        Write(stream, checked((byte)endpoints.Length), sizeof(byte));
        foreach (var endpoint in endpoints)
        {
            Write(stream, checked((byte)endpoint.Length), sizeof(byte));
            stream.Write(endpoint);
        }

        var certificate = Certificate is null ? default : Certificate.Encoded.Span;
        Write(stream, checked((ushort)certificate.Length), sizeof(ushort));
        stream.Write(certificate);
        return stream.WrittenSpan.ToArray();
    }

    /// <summary>The finished record's bytes.</summary>
    /// <param name="signedMessage">What <see cref="ToSignedMessage"/> gave.</param>
    /// <param name="signature">64 bytes over it.</param>
    /// <returns>The record as it stands on the wire.</returns>
    public static byte[] Complete(ReadOnlySpan<byte> signedMessage, ReadOnlySpan<byte> signature)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(signature.Length, Ed25519.SignatureBytes, nameof(signature));
        return [.. signedMessage[LinkStateRecord.SignedPrefixBytes..], .. signature];
    }

    private static void Write(ArrayBufferWriter<byte> stream, ulong value, int width)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        stream.Write(bytes[..width]);
    }
}
