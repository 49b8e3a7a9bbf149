using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// What stands before a fragment's (or tombstone's) bytes, spec/07 §5:
/// <code>
///   0  sender[32]   32  conversation[16]   48  sequence u64   56  message id[16]   72  base u64   80  index u32   84  count u32   88  tag[16]
/// </code>
/// The tag covers the frame's type, the 88 bytes before it and all bytes after it.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FragmentHeader(Place Place, MessageId Id, ulong Base, uint Index, uint Count)
{
    /// <summary>Bytes of the header, tag included.</summary>
    public const int ByteCount = TaggedBytes + MessagingConstants.TagBytes;

    private const int TaggedBytes = 88;

    /// <summary>Content bytes of a frame that fills a message of this capacity: the size of every piece but the last.</summary>
    public static int PieceBytes(int messageCapacity) => messageCapacity - Frame.HeaderBytes - ByteCount;

    /// <summary>How many pieces a payload is cut into; an empty one makes one.</summary>
    public static int PieceCount(long payloadBytes, int pieceBytes) => (int)Math.Max(1, ((payloadBytes - 1) / pieceBytes) + 1);

    /// <summary>Reads a header and checks what can be checked without knowing the conversation.</summary>
    /// <returns>False: not a header.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out FragmentHeader header, out ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(body);
        var sender = reader.Take(NodeAddress.ByteLength);
        var conversation = reader.Take(ConversationId.ByteCount);
        var sequence = reader.UInt64();
        var id = reader.Take(MessageId.ByteCount);
        var lowest = reader.UInt64();
        var index = reader.UInt32();
        var count = reader.UInt32();
        reader.Take(MessagingConstants.TagBytes);
        bytes = reader.Rest;
        if (reader.Failed
            || lowest < MessagingConstants.FirstSequence
            || sequence < lowest
            || sequence - lowest >= MessagingConstants.SequenceWindow
            || sequence > long.MaxValue
            || index >= count)
        {
            header = default;
            return false;
        }

        var place = new Place(NodeAddress.FromBytes(sender), ConversationId.FromBytes(conversation), sequence);
        header = new(place, MessageId.FromBytes(id), lowest, index, count);
        return true;
    }

    /// <summary>Writes a frame body: the bytes are already at their place after the header.</summary>
    public void Write(FrameType type, ConversationSecret secret, Span<byte> body)
    {
        var writer = new WireWriter(body);
        writer.Address(Place.Sender);
        writer.Id(Place.Conversation);
        writer.UInt64(Place.Sequence);
        writer.Id(Id);
        writer.UInt64(Base);
        writer.UInt32(Index);
        writer.UInt32(Count);
        Span<byte> tagged = stackalloc byte[1 + TaggedBytes];
        tagged[0] = (byte)type;
        writer.Written.CopyTo(tagged[1..]);
        FrameTag.Compute(MessagingLabels.Fragment, secret, tagged, body[ByteCount..], body[TaggedBytes..]);
    }

    /// <summary>Whether a body that <see cref="TryRead"/> took carries the conversation's tag.</summary>
    public static bool HasTag(FrameType type, ConversationSecret secret, ReadOnlySpan<byte> body)
    {
        Span<byte> tagged = stackalloc byte[1 + TaggedBytes];
        tagged[0] = (byte)type;
        body[..TaggedBytes].CopyTo(tagged[1..]);
        return FrameTag.Verify(MessagingLabels.Fragment, secret, tagged, body[ByteCount..], body.Slice(TaggedBytes, MessagingConstants.TagBytes));
    }
}
