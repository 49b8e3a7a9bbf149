using System.Security.Cryptography;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>
/// An anonymous frame's body, spec/07 §18.2, alone in its packet:
/// <code>
///   0  secret[32]   32  kind u8   33  index u32   37  count u32   41  SURB[s]   41 + s  bytes
/// </code>
/// There is no tag: who knows the secret is the sender, for it stands nowhere but in these frames.
/// </summary>
internal readonly ref struct AnonymousFrame
{
    /// <summary>Bytes before the SURB.</summary>
    public const int FixedBytes = AnonymousConstants.SecretBytes + 1 + 4 + 4;

    /// <summary>Where the SURB stands in the packet's message.</summary>
    public const int SurbOffset = Frame.HeaderBytes + FixedBytes;

    private AnonymousFrame(ReadOnlySpan<byte> secret, AnonymousFrameKind kind, uint index, uint count, ReadOnlySpan<byte> surb, ReadOnlySpan<byte> bytes)
    {
        Secret = secret;
        Kind = kind;
        Index = index;
        Count = count;
        Surb = surb;
        Bytes = bytes;
    }

    public ReadOnlySpan<byte> Secret { get; }

    public AnonymousFrameKind Kind { get; }

    public uint Index { get; }

    public uint Count { get; }

    public ReadOnlySpan<byte> Surb { get; }

    /// <summary>A piece of the payload; none in a withdrawal.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Payload bytes of a full frame.</summary>
    public static int PieceBytes(PacketGeometry geometry) => geometry.MessageCapacity - SurbOffset - Sphinx.Sending.Surb.WireBytes(geometry);

    /// <summary>Reads a frame and checks what can be checked without knowing the message.</summary>
    /// <returns>False: not an anonymous frame of this network.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, PacketGeometry geometry, out AnonymousFrame frame)
    {
        var reader = new WireReader(body);
        var secret = reader.Take(AnonymousConstants.SecretBytes);
        var kind = (AnonymousFrameKind)reader.Byte();
        var index = reader.UInt32();
        var count = reader.UInt32();
        var surb = reader.Take(Sphinx.Sending.Surb.WireBytes(geometry));
        var bytes = reader.Rest;
        frame = default;
        if (reader.Failed || !IsConsistent(kind, index, count, bytes.Length, PieceBytes(geometry)))
        {
            return false;
        }

        frame = new(secret, kind, index, count, surb, bytes);
        return true;
    }

    /// <summary>Writes the whole frame but for its SURB, whose room is left zero, and its bytes, which stand behind it already.</summary>
    /// <returns>The frame's length, header included.</returns>
    public static int Write(Span<byte> packet, PacketGeometry geometry, ReadOnlySpan<byte> secret, AnonymousFrameKind kind, int index, int count, int bytes)
    {
        var surb = Sphinx.Sending.Surb.WireBytes(geometry);
        Frame.WriteHeader(packet, FrameType.Anonymous, FixedBytes + surb + bytes);
        var writer = new WireWriter(packet[Frame.HeaderBytes..]);
        writer.Bytes(secret);
        writer.Byte((byte)kind);
        writer.UInt32((uint)index);
        writer.UInt32((uint)count);
        writer.Take(surb).Clear();
        return SurbOffset + surb + bytes;
    }

    /// <summary>The id of the message whose secret this is: SHA-256("MixMq-anonymous-v1" ‖ secret), first 16 bytes.</summary>
    public static MessageId IdOf(ReadOnlySpan<byte> secret)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MessagingLabels.Anonymous);
        hash.AppendData(secret);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return MessageId.FromBytes(digest[..MessageId.ByteCount]);
    }

    private static bool IsConsistent(AnonymousFrameKind kind, uint index, uint count, int bytes, int pieceBytes) => kind switch
    {
        AnonymousFrameKind.Fragment => index < count
            && count <= FragmentHeader.PieceCount(AnonymousConstants.MaxContentBytes + AnonymousEnvelope.MaxBytes, pieceBytes)
            && (index + 1 == count ? bytes > 0 && bytes <= pieceBytes : bytes == pieceBytes),
        AnonymousFrameKind.Withdrawal => index == 0 && count == 1 && bytes == 0,
        _ => false,
    };
}
