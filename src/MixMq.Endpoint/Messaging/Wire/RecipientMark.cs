using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// A recipient mark's body, spec/07 §17: which start of its node a recipient is in, and what its store holds of a conversation.
/// <code>
///   0  recipient[32]   32  conversation[16]   48  tag[16]   64  sender's incarnation as the recipient has it stored[24]
///  88  recipient's incarnation[24]   112  highest u64   120  watermark u64   128  foreign u64   136  flags u8: bit 0 a sender mark is wanted
/// </code>
/// The tag covers everything before and after it.
/// </summary>
/// <param name="Recipient">Who says it.</param>
/// <param name="Conversation">The conversation.</param>
/// <param name="SenderIncarnation">The sender's, as stored.</param>
/// <param name="Own">The recipient's.</param>
/// <param name="Highest">The greatest sequence in whose place it has anything; 0: none.</param>
/// <param name="Watermark">Every place up to this one is settled, durably.</param>
/// <param name="Foreign">Up to this place nothing was taken under this secret of the conversation, but under another one, or passed over by the sender's base; 0: there are no such places.</param>
/// <param name="MarkWanted">The recipient wants to hear which incarnation of it the sender knows.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RecipientMark(
    NodeAddress Recipient,
    ConversationId Conversation,
    Incarnation SenderIncarnation,
    Incarnation Own,
    ulong Highest,
    ulong Watermark,
    ulong Foreign,
    bool MarkWanted)
{
    public const int TagOffset = NodeAddress.ByteLength + ConversationId.ByteCount;
    public const int AfterTag = TagOffset + MessagingConstants.TagBytes;
    public const int ByteCount = AfterTag + (2 * Incarnation.ByteCount) + 8 + 8 + 8 + 1;

    /// <summary>
    /// Sequences beyond can't be reached by counting; who claims one gets nobody to follow it. Far below what stores hold (2^62), so that neither what is
    /// counted on from here nor a gap up to here passes their bounds.
    /// </summary>
    public const ulong GreatestSequence = (1UL << 60) - 1;

    public static bool TryRead(ReadOnlySpan<byte> body, out RecipientMark mark)
    {
        mark = default;
        if (body.Length != ByteCount)
        {
            return false;
        }

        var reader = new WireReader(body);
        var recipient = NodeAddress.FromBytes(reader.Take(NodeAddress.ByteLength));
        var conversation = ConversationId.FromBytes(reader.Take(ConversationId.ByteCount));
        reader.Take(MessagingConstants.TagBytes);
        var sender = Incarnation.FromBytes(reader.Take(Incarnation.ByteCount));
        var own = Incarnation.FromBytes(reader.Take(Incarnation.ByteCount));
        var highest = reader.UInt64();
        var watermark = reader.UInt64();
        var foreign = reader.UInt64();
        var flags = reader.Byte();
        if (flags > 1
            || sender.Number > Incarnation.GreatestNumber
            || own.Number is 0 or > Incarnation.GreatestNumber
            || highest > GreatestSequence
            || watermark > highest
            || foreign > highest)
        {
            return false;
        }

        mark = new(recipient, conversation, sender, own, highest, watermark, foreign, flags == 1);
        return true;
    }

    /// <summary>Writes the body with its tag.</summary>
    public void Write(Span<byte> body, ConversationSecret secret)
    {
        var writer = new WireWriter(body[..ByteCount]);
        writer.Address(Recipient);
        writer.Id(Conversation);
        writer.Take(MessagingConstants.TagBytes);
        SenderIncarnation.CopyTo(writer.Take(Incarnation.ByteCount));
        Own.CopyTo(writer.Take(Incarnation.ByteCount));
        writer.UInt64(Highest);
        writer.UInt64(Watermark);
        writer.UInt64(Foreign);
        writer.Byte(MarkWanted ? (byte)1 : (byte)0);
        FrameTag.Compute(MessagingLabels.RecipientMark, secret, writer.Written[..TagOffset], writer.Written[AfterTag..], writer.Written[TagOffset..]);
    }

    public static bool HasTag(ReadOnlySpan<byte> body, ConversationSecret secret) =>
        FrameTag.Verify(MessagingLabels.RecipientMark, secret, body[..TagOffset], body[AfterTag..], body.Slice(TagOffset, MessagingConstants.TagBytes));
}
