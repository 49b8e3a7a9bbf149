using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// The conversation whose secret a view frame uses, and the frame's beginning, spec/07 §11:
/// <code>
///   0  frame's sender[32]   32  whose conversation u8: 0 the frame's sender's, 1 the frame's recipient's   33  conversation[16]   49  tag[16]
/// </code>
/// The tag covers the frame's type, the 49 bytes before it and all bytes after it.
/// </summary>
/// <param name="From">The frame's sender.</param>
/// <param name="IsSenders">The conversation is one in which the frame's sender sends.</param>
/// <param name="Conversation">The conversation.</param>
internal readonly record struct ViewChannel(NodeAddress From, bool IsSenders, ConversationId Conversation)
{
    public const int TagOffset = NodeAddress.ByteLength + 1 + ConversationId.ByteCount;
    public const int AfterTag = TagOffset + MessagingConstants.TagBytes;

    public static bool TryRead(scoped ref WireReader reader, out ViewChannel channel)
    {
        channel = default;
        var from = reader.Take(NodeAddress.ByteLength);
        var whose = reader.Byte();
        var conversation = reader.Take(ConversationId.ByteCount);
        reader.Take(MessagingConstants.TagBytes);
        if (reader.Failed || whose > 1)
        {
            return false;
        }

        channel = new(NodeAddress.FromBytes(from), whose == 0, ConversationId.FromBytes(conversation));
        return true;
    }

    /// <summary>Writes the beginning, with room for the tag.</summary>
    public void Write(scoped ref WireWriter writer)
    {
        writer.Address(From);
        writer.Byte(IsSenders ? (byte)0 : (byte)1);
        writer.Id(Conversation);
        writer.Take(MessagingConstants.TagBytes);
    }

    /// <summary>Whether a body that was read carries the conversation's tag.</summary>
    public static bool HasTag(FrameType type, ReadOnlySpan<byte> body, ConversationSecret secret)
    {
        Span<byte> tagged = stackalloc byte[1 + TagOffset];
        tagged[0] = (byte)type;
        body[..TagOffset].CopyTo(tagged[1..]);
        return FrameTag.Verify(MessagingLabels.View, secret, tagged, body[AfterTag..], body.Slice(TagOffset, MessagingConstants.TagBytes));
    }

    /// <summary>Writes the tag of a body that is complete otherwise.</summary>
    public static void SetTag(FrameType type, Span<byte> body, ConversationSecret secret)
    {
        Span<byte> tagged = stackalloc byte[1 + TagOffset];
        tagged[0] = (byte)type;
        body[..TagOffset].CopyTo(tagged[1..]);
        FrameTag.Compute(MessagingLabels.View, secret, tagged, body[AfterTag..], body[TagOffset..]);
    }
}
