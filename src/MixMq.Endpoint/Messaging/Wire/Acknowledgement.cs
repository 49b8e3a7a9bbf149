using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// An acknowledgement frame's body, spec/07 §7:
/// <code>
///   0  acknowledger[32]   32  conversation[16]   48  tag[16]   64  base u64   72  cumulative u64
///  80  n u8 ‖ settled[n]      bit i: sequence cumulative + 1 + i is settled
///      m u8 ‖ tombstones[m]   bit i: sequence base + i was taken by a tombstone
///      partials u8 × { sequence u64 ‖ leading u32 ‖ k u16 ‖ stored[k] }   fragments below leading, and leading + i where bit i, are stored
/// </code>
/// The tag covers everything before and after it.
/// </summary>
internal readonly ref struct Acknowledgement
{
    /// <summary>Bytes of settled, and of tombstones, at most.</summary>
    public const int MaxBitmapBytes = MessagingConstants.SequenceWindow / 8;

    public const int TagOffset = NodeAddress.ByteLength + ConversationId.ByteCount;
    public const int AfterTag = TagOffset + MessagingConstants.TagBytes;

    /// <summary>Bytes without settled, tombstones and partials.</summary>
    public const int FixedBytes = AfterTag + 8 + 8 + 1 + 1 + 1;

    /// <summary>Bytes of a partial without its bitmap.</summary>
    public const int PartialBytes = 8 + 4 + 2;

    private Acknowledgement(NodeAddress acknowledger, ConversationId conversation, ulong lowest, ulong cumulative, ReadOnlySpan<byte> settled, ReadOnlySpan<byte> tombstones, ReadOnlySpan<byte> partials, int partialCount)
    {
        Acknowledger = acknowledger;
        Conversation = conversation;
        Base = lowest;
        Cumulative = cumulative;
        Settled = settled;
        Tombstones = tombstones;
        Partials = partials;
        PartialCount = partialCount;
    }

    public NodeAddress Acknowledger { get; }

    public ConversationId Conversation { get; }

    public ulong Base { get; }

    public ulong Cumulative { get; }

    public ReadOnlySpan<byte> Settled { get; }

    public ReadOnlySpan<byte> Tombstones { get; }

    /// <summary>Well-formed: <see cref="PartialCount"/> of them.</summary>
    public ReadOnlySpan<byte> Partials { get; }

    public int PartialCount { get; }

    public bool IsTombstone(ulong sequence) => sequence >= Base && Bitmap.Get(Tombstones, (long)(sequence - Base));

    public static bool TryRead(ReadOnlySpan<byte> body, out Acknowledgement acknowledgement)
    {
        acknowledgement = default;
        var reader = new WireReader(body);
        var acknowledger = reader.Take(NodeAddress.ByteLength);
        var conversation = reader.Take(ConversationId.ByteCount);
        reader.Take(MessagingConstants.TagBytes);
        var lowest = reader.UInt64();
        var cumulative = reader.UInt64();
        var settled = reader.Take(reader.Byte());
        var tombstones = reader.Take(reader.Byte());
        var partialCount = reader.Byte();
        var partials = reader.Rest;
        for (var i = 0; i < partialCount; i++)
        {
            reader.Take(8 + 4);
            reader.Take(reader.UInt16());
        }

        if (!reader.AtEnd
            || settled.Length > MaxBitmapBytes
            || tombstones.Length > MaxBitmapBytes
            || lowest < MessagingConstants.FirstSequence
            || cumulative > long.MaxValue
            || lowest > cumulative + 1)
        {
            return false;
        }

        acknowledgement = new(
            NodeAddress.FromBytes(acknowledger), ConversationId.FromBytes(conversation), lowest, cumulative, settled, tombstones, partials, partialCount);
        return true;
    }

    /// <summary>Whether a body that <see cref="TryRead"/> took carries the conversation's tag.</summary>
    public static bool HasTag(ReadOnlySpan<byte> body, ConversationSecret secret) => FrameTag.Verify(
        MessagingLabels.Acknowledgement, secret, body[..TagOffset], body[AfterTag..], body.Slice(TagOffset, MessagingConstants.TagBytes));

    /// <summary>Writes the tag of a body that is complete otherwise.</summary>
    public static void SetTag(Span<byte> body, ConversationSecret secret) =>
        FrameTag.Compute(MessagingLabels.Acknowledgement, secret, body[..TagOffset], body[AfterTag..], body[TagOffset..]);
}
