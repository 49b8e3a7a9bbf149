using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// A content limit frame's body, spec/07 §7a:
/// <code>
///   0  teller[32]   32  conversation[16]   48  tag[16]   64  limit u64: bytes of content beyond which it takes no message
/// </code>
/// The tag covers everything before and after it.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct ContentLimit
{
    public const int TagOffset = NodeAddress.ByteLength + ConversationId.ByteCount;
    public const int AfterTag = TagOffset + MessagingConstants.TagBytes;

    /// <summary>The whole body.</summary>
    public const int ByteCount = AfterTag + 8;

    private ContentLimit(NodeAddress teller, ConversationId conversation, long bytes)
    {
        Teller = teller;
        Conversation = conversation;
        Bytes = bytes;
    }

    public NodeAddress Teller { get; }

    public ConversationId Conversation { get; }

    /// <summary>The greatest content that is taken: 1 to <see cref="MessagingConstants.MaxContentBytes"/> - 1, for no content is beyond that one.</summary>
    public long Bytes { get; }

    public static bool TryRead(ReadOnlySpan<byte> body, out ContentLimit limit)
    {
        limit = default;
        if (body.Length != ByteCount || BinaryPrimitives.ReadUInt64LittleEndian(body[AfterTag..]) is not (> 0 and < MessagingConstants.MaxContentBytes and var bytes))
        {
            return false;
        }

        limit = new(NodeAddress.FromBytes(body[..NodeAddress.ByteLength]), ConversationId.FromBytes(body[NodeAddress.ByteLength..TagOffset]), (long)bytes);
        return true;
    }

    /// <summary>Whether a body that <see cref="TryRead"/> took carries the conversation's tag.</summary>
    public static bool HasTag(ReadOnlySpan<byte> body, ConversationSecret secret) => FrameTag.Verify(
        MessagingLabels.ContentLimit, secret, body[..TagOffset], body[AfterTag..], body.Slice(TagOffset, MessagingConstants.TagBytes));

    /// <summary>Writes a frame into room for <see cref="Frame.HeaderBytes"/> and <see cref="ByteCount"/>.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> frame, NodeAddress teller, ConversationId conversation, ConversationSecret secret, long bytes)
    {
        var writer = new WireWriter(frame[Frame.HeaderBytes..]);
        writer.Address(teller);
        writer.Id(conversation);
        writer.Take(MessagingConstants.TagBytes);
        writer.UInt64((ulong)bytes);
        var body = writer.Written;
        FrameTag.Compute(MessagingLabels.ContentLimit, secret, body[..TagOffset], body[AfterTag..], body[TagOffset..]);
        Frame.WriteHeader(frame, FrameType.ContentLimit, ByteCount);
        return Frame.HeaderBytes + ByteCount;
    }
}
