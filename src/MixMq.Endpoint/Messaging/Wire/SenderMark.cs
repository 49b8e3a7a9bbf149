using System.Text;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// A sender mark's body, spec/07 §17: which start of its node a sender is in, and how far it has come in a conversation.
/// <code>
///   0  sender[32]   32  conversation[16]   48  tag[16]   64  incarnation[24]   88  secret[32]
/// 120  next u64    128  base u64          136  recipient's incarnation as the sender knows it[24]   160  flags u8: bit 0 an answer is wanted
/// 161  signature[64]   225  n u8 ‖ conversation name[n]
/// </code>
/// The tag covers everything before and after it; what is signed is in <see cref="Signed"/>.
/// </summary>
internal sealed class SenderMark
{
    public const int TagOffset = NodeAddress.ByteLength + ConversationId.ByteCount;
    public const int AfterTag = TagOffset + MessagingConstants.TagBytes;

    /// <summary>Bytes without the name.</summary>
    public const int FixedBytes = AfterTag + (2 * Messaging.Incarnation.ByteCount) + ConversationSecret.ByteCount + 8 + 8 + 1 + Ed25519.SignatureBytes + 1;

    public const int MaxBytes = FixedBytes + MessagingConstants.MaxConversationNameBytes;

    private const byte AnswerWantedFlag = 1;

    public required NodeAddress Sender { get; init; }

    public required ConversationId Conversation { get; init; }

    public required Incarnation Incarnation { get; init; }

    public required ConversationSecret Secret { get; init; }

    /// <summary>The lowest sequence of which this start doesn't know for sure what it was given to.</summary>
    public required ulong Next { get; init; }

    public required ulong Base { get; init; }

    /// <summary>The recipient's incarnation, as far as the sender knows it.</summary>
    public required Incarnation Recipient { get; init; }

    public required bool AnswerWanted { get; init; }

    public required byte[] Signature { get; init; }

    public required string Name { get; init; }

    public int ByteCount => FixedBytes + Encoding.UTF8.GetByteCount(Name);

    /// <summary>What a sender signs once for each start and conversation.</summary>
    public static byte[] Signed(
        NodeAddress sender, NodeAddress recipient, ConversationId conversation, in Incarnation incarnation, ConversationSecret secret, string name, NetworkDefinition network)
    {
        var bytes = new byte[(2 * NodeAddress.ByteLength) + ConversationId.ByteCount + Messaging.Incarnation.ByteCount + ConversationSecret.ByteCount];
        var writer = new WireWriter(bytes);
        writer.Address(sender);
        writer.Address(recipient);
        writer.Id(conversation);
        incarnation.CopyTo(writer.Take(Messaging.Incarnation.ByteCount));
        secret.CopyTo(writer.Take(ConversationSecret.ByteCount));
        return [.. MessagingLabels.SenderMark, .. network.Id, .. bytes, .. Encoding.UTF8.GetBytes(name)];
    }

    /// <summary>Writes the body.</summary>
    /// <returns>Its bytes.</returns>
    public int Write(Span<byte> body)
    {
        var name = Encoding.UTF8.GetBytes(Name);
        var writer = new WireWriter(body);
        writer.Address(Sender);
        writer.Id(Conversation);
        writer.Take(MessagingConstants.TagBytes);
        Incarnation.CopyTo(writer.Take(Messaging.Incarnation.ByteCount));
        Secret.CopyTo(writer.Take(ConversationSecret.ByteCount));
        writer.UInt64(Next);
        writer.UInt64(Base);
        Recipient.CopyTo(writer.Take(Messaging.Incarnation.ByteCount));
        writer.Byte(AnswerWanted ? AnswerWantedFlag : (byte)0);
        writer.Bytes(Signature);
        writer.Byte(checked((byte)name.Length));
        writer.Bytes(name);
        FrameTag.Compute(MessagingLabels.SenderMarkTag, Secret, writer.Written[..TagOffset], writer.Written[AfterTag..], writer.Written[TagOffset..]);
        return writer.Length;
    }

    /// <summary>Reads a body, its tag under the secret that stands in it included. Whether its signature is right is not known here.</summary>
    /// <returns>False: not a sender mark.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SenderMark? mark)
    {
        mark = null;
        var reader = new WireReader(body);
        var sender = reader.Take(NodeAddress.ByteLength);
        var conversation = reader.Take(ConversationId.ByteCount);
        reader.Take(MessagingConstants.TagBytes);
        var incarnation = reader.Take(Messaging.Incarnation.ByteCount);
        var secret = reader.Take(ConversationSecret.ByteCount);
        var next = reader.UInt64();
        var lowest = reader.UInt64();
        var recipient = reader.Take(Messaging.Incarnation.ByteCount);
        var flags = reader.Byte();
        var signature = reader.Take(Ed25519.SignatureBytes);
        var name = reader.Take(reader.Byte());
        if (!reader.AtEnd
            || flags > AnswerWantedFlag
            || lowest is < MessagingConstants.FirstSequence or > RecipientMark.GreatestSequence
            || next is < MessagingConstants.FirstSequence or > RecipientMark.GreatestSequence
            || !System.Text.Unicode.Utf8.IsValid(name)
            || ConversationId.OfName(name) != ConversationId.FromBytes(conversation))
        {
            return false;
        }

        var own = Messaging.Incarnation.FromBytes(incarnation);
        var other = Messaging.Incarnation.FromBytes(recipient);
        if (own == Messaging.Incarnation.None || own.Number > Messaging.Incarnation.GreatestNumber || other.Number > Messaging.Incarnation.GreatestNumber)
        {
            return false;
        }

        mark = new SenderMark
        {
            Sender = NodeAddress.FromBytes(sender),
            Conversation = ConversationId.FromBytes(conversation),
            Incarnation = own,
            Secret = ConversationSecret.FromBytes(secret),
            Next = next,
            Base = lowest,
            Recipient = other,
            AnswerWanted = flags == AnswerWantedFlag,
            Signature = signature.ToArray(),
            Name = Encoding.UTF8.GetString(name),
        };
        return true;
    }

    /// <summary>Whether a body that <see cref="TryRead"/> took carries the tag of its own secret.</summary>
    public bool HasTag(ReadOnlySpan<byte> body) =>
        FrameTag.Verify(MessagingLabels.SenderMarkTag, Secret, body[..TagOffset], body[AfterTag..], body.Slice(TagOffset, MessagingConstants.TagBytes));
}
