namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>A part of a message's content that is in memory or being read; of a content that is stored whole, all of it.</summary>
internal sealed class ContentPart(OutboundMessage message, int index, int length)
{
    public OutboundMessage Message { get; } = message;

    /// <summary>Which part, from 0.</summary>
    public int Index { get; } = index;

    /// <summary>Bytes that the cache counts for it: in memory, or reserved for a read.</summary>
    public int Length { get; } = length;

    /// <summary>The bytes; null: it is being read.</summary>
    public ReadOnlyMemory<byte>? Bytes { get; set; }

    /// <summary>When a fragment was last cut from it, microseconds.</summary>
    public long UsedMicros { get; set; }

    /// <summary>Its place in the order of use; null: it is being read, or released.</summary>
    public LinkedListNode<ContentPart>? Use { get; set; }
}
