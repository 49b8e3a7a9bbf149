using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// What a sender signs about a message, spec/07 §6:
/// <code>
///    0  kind u8             1  from[32]          33  to[32]        65  message id[16]   81  conversation[16]   97  sequence u64
///  105  created u64       113  expires u64      121  secret[32]   153  content length u64   161  content SHA-256[32]
///  193  label length u8 ‖ label ‖ name length u8 ‖ name ‖ signature[64]
/// </code>
/// An instance is well-formed; whether its signature is right is not known here.
/// </summary>
internal sealed class Envelope
{
    /// <summary>Bytes of an envelope without label and name.</summary>
    public const int MinBytes = FixedBytes + 2 + Ed25519.SignatureBytes;

    /// <summary>Bytes of the longest envelope.</summary>
    public const int MaxBytes = MinBytes + MessagingConstants.MaxLabelBytes + MessagingConstants.MaxConversationNameBytes;

    private const int SequenceOffset = 97;
    private const int SecretOffset = 121;
    private const int FixedBytes = 193;
    private const int HashBytes = SHA256.HashSizeInBytes;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public required EnvelopeKind Kind { get; init; }

    public required NodeAddress From { get; init; }

    public required NodeAddress To { get; init; }

    public required MessageId Id { get; init; }

    public required ConversationId Conversation { get; init; }

    public required ulong Sequence { get; init; }

    public required long CreatedUnixMillis { get; init; }

    public required long ExpiresUnixMillis { get; init; }

    public required ConversationSecret Secret { get; init; }

    public required long ContentLength { get; init; }

    /// <summary>32 bytes; all zero in a tombstone.</summary>
    public required byte[] ContentHash { get; init; }

    public required string Label { get; init; }

    public required string Name { get; init; }

    public Place Place => new(From, Conversation, Sequence);

    /// <summary>Writes the envelope with room for its signature, which <see cref="SetSignature"/> fills.</summary>
    public byte[] ToUnsignedBytes()
    {
        var label = StrictUtf8.GetBytes(Label);
        var name = StrictUtf8.GetBytes(Name);
        var bytes = new byte[MinBytes + label.Length + name.Length];
        var writer = new WireWriter(bytes);
        writer.Byte((byte)Kind);
        writer.Address(From);
        writer.Address(To);
        writer.Id(Id);
        writer.Id(Conversation);
        writer.UInt64(Sequence);
        writer.UInt64((ulong)CreatedUnixMillis);
        writer.UInt64((ulong)ExpiresUnixMillis);
        Secret.CopyTo(writer.Take(ConversationSecret.ByteCount));
        writer.UInt64((ulong)ContentLength);
        writer.Bytes(ContentHash);
        writer.Byte(checked((byte)label.Length));
        writer.Bytes(label);
        writer.Byte(checked((byte)name.Length));
        writer.Bytes(name);
        return bytes;
    }

    /// <summary>A copy of an envelope for another place, without signature.</summary>
    public static byte[] AtSequence(ReadOnlySpan<byte> envelope, ulong sequence)
    {
        var copy = envelope.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(copy.AsSpan(SequenceOffset), sequence);
        copy.AsSpan(copy.Length - Ed25519.SignatureBytes).Clear();
        return copy;
    }

    /// <summary>A copy of an envelope for a place in another conversation of its name, or in its own, without signature.</summary>
    public static byte[] At(ReadOnlySpan<byte> envelope, ConversationSecret secret, ulong sequence)
    {
        var copy = AtSequence(envelope, sequence);
        secret.CopyTo(copy.AsSpan(SecretOffset, ConversationSecret.ByteCount));
        return copy;
    }

    public static void SetSignature(Span<byte> envelope, ReadOnlySpan<byte> signature) =>
        signature.CopyTo(envelope[^Ed25519.SignatureBytes..]);

    public static ReadOnlySpan<byte> Signature(ReadOnlySpan<byte> envelope) => envelope[^Ed25519.SignatureBytes..];

    /// <summary>What is signed: label ‖ network id ‖ the envelope without its signature.</summary>
    public static byte[] SignedMessage(ReadOnlySpan<byte> envelope, NetworkDefinition network) =>
        [.. MessagingLabels.Envelope, .. network.Id, .. envelope[..^Ed25519.SignatureBytes]];

    /// <summary>Reads an envelope at the start of a payload.</summary>
    /// <param name="payload">An envelope, and whatever follows it.</param>
    /// <param name="envelope">The envelope, or null.</param>
    /// <param name="length">Its length.</param>
    /// <returns>False: not an envelope.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Envelope? envelope, out int length)
    {
        envelope = null;
        length = 0;
        var reader = new WireReader(payload);
        var kind = (EnvelopeKind)reader.Byte();
        var from = reader.Take(NodeAddress.ByteLength);
        var to = reader.Take(NodeAddress.ByteLength);
        var id = reader.Take(MessageId.ByteCount);
        var conversation = reader.Take(ConversationId.ByteCount);
        var sequence = reader.UInt64();
        var created = reader.UInt64();
        var expires = reader.UInt64();
        var secret = reader.Take(ConversationSecret.ByteCount);
        var contentLength = reader.UInt64();
        var hash = reader.Take(HashBytes);
        var label = reader.Take(reader.Byte());
        var name = reader.Take(reader.Byte());
        reader.Take(Ed25519.SignatureBytes);
        if (reader.Failed
            || kind is not (EnvelopeKind.Message or EnvelopeKind.Tombstone)
            || created > long.MaxValue
            || expires > long.MaxValue
            || contentLength > (ulong)MessagingConstants.MaxContentBytes
            || (kind == EnvelopeKind.Tombstone && (contentLength != 0 || hash.ContainsAnyExcept((byte)0)))
            || ConversationId.OfName(name) != ConversationId.FromBytes(conversation)
            || !TryDecode(label, out var labelText)
            || !TryDecode(name, out var nameText))
        {
            return false;
        }

        length = payload.Length - reader.Rest.Length;
        envelope = new Envelope
        {
            Kind = kind,
            From = NodeAddress.FromBytes(from),
            To = NodeAddress.FromBytes(to),
            Id = MessageId.FromBytes(id),
            Conversation = ConversationId.FromBytes(conversation),
            Sequence = sequence,
            CreatedUnixMillis = (long)created,
            ExpiresUnixMillis = (long)expires,
            Secret = ConversationSecret.FromBytes(secret),
            ContentLength = (long)contentLength,
            ContentHash = hash.ToArray(),
            Label = labelText,
            Name = nameText,
        };
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> utf8, out string text)
    {
        // Checked first: the strict decoder would throw, and a stranger chooses these bytes.
        var valid = System.Text.Unicode.Utf8.IsValid(utf8);
        text = valid ? Encoding.UTF8.GetString(utf8) : "";
        return valid;
    }
}
