using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// A refusal frame's body, spec/07 §7:
/// <code>
///   0  refuser[32]   32  conversation[16]   48  tag[16]   64  first u64
///  72  n u8 ‖ refused[n]      bit i: sequence first + i isn't taken in for now; bit 0 is set
/// </code>
/// The tag covers everything before and after it.
/// </summary>
internal readonly ref struct Refusal
{
    /// <summary>Bytes of the bitmap, at most.</summary>
    public const int MaxBitmapBytes = MessagingConstants.SequenceWindow / 8;

    public const int TagOffset = NodeAddress.ByteLength + ConversationId.ByteCount;
    public const int AfterTag = TagOffset + MessagingConstants.TagBytes;

    /// <summary>Bytes without the bitmap.</summary>
    public const int FixedBytes = AfterTag + 8 + 1;

    private Refusal(NodeAddress refuser, ConversationId conversation, ulong first, ReadOnlySpan<byte> refused)
    {
        Refuser = refuser;
        Conversation = conversation;
        First = first;
        Refused = refused;
    }

    public NodeAddress Refuser { get; }

    public ConversationId Conversation { get; }

    public ulong First { get; }

    public ReadOnlySpan<byte> Refused { get; }

    public bool Names(ulong sequence) => sequence >= First && Bitmap.Get(Refused, (long)(sequence - First));

    public static bool TryRead(ReadOnlySpan<byte> body, out Refusal refusal)
    {
        refusal = default;
        var reader = new WireReader(body);
        var refuser = reader.Take(NodeAddress.ByteLength);
        var conversation = reader.Take(ConversationId.ByteCount);
        reader.Take(MessagingConstants.TagBytes);
        var first = reader.UInt64();
        var refused = reader.Take(reader.Byte());
        if (!reader.AtEnd
            || refused.IsEmpty
            || refused.Length > MaxBitmapBytes
            || !Bitmap.Get(refused, 0)
            || first < MessagingConstants.FirstSequence
            || first > long.MaxValue)
        {
            return false;
        }

        refusal = new(NodeAddress.FromBytes(refuser), ConversationId.FromBytes(conversation), first, refused);
        return true;
    }

    /// <summary>Whether a body that <see cref="TryRead"/> took carries the conversation's tag.</summary>
    public static bool HasTag(ReadOnlySpan<byte> body, ConversationSecret secret) => FrameTag.Verify(
        MessagingLabels.Refusal, secret, body[..TagOffset], body[AfterTag..], body.Slice(TagOffset, MessagingConstants.TagBytes));

    /// <summary>Writes a frame.</summary>
    /// <param name="frame">Room for <see cref="Frame.HeaderBytes"/>, <see cref="FixedBytes"/> and <see cref="MaxBitmapBytes"/>.</param>
    /// <param name="refuser">Who refuses.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="secret">Its secret.</param>
    /// <param name="sequences">At least one, ascending; those beyond a window from the first are left out.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> frame, NodeAddress refuser, ConversationId conversation, ConversationSecret secret, SortedSet<ulong> sequences)
    {
        Span<byte> bits = stackalloc byte[MaxBitmapBytes];
        bits.Clear();
        var first = sequences.Min;
        foreach (var sequence in sequences.TakeWhile(sequence => sequence - first < MessagingConstants.SequenceWindow))
        {
            Bitmap.Set(bits, (long)(sequence - first));
        }

        var writer = new WireWriter(frame[Frame.HeaderBytes..]);
        writer.Address(refuser);
        writer.Id(conversation);
        writer.Take(MessagingConstants.TagBytes);
        writer.UInt64(first);
        var trimmed = Bitmap.Trim(bits);
        writer.Byte((byte)trimmed.Length);
        writer.Bytes(trimmed);
        var body = writer.Written;
        FrameTag.Compute(MessagingLabels.Refusal, secret, body[..TagOffset], body[AfterTag..], body[TagOffset..]);
        Frame.WriteHeader(frame, FrameType.Refusal, body.Length);
        return Frame.HeaderBytes + body.Length;
    }
}
