namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>A message's content as far as it is in memory.</summary>
internal sealed class ContentSlot
{
    /// <summary>The content; null: it would have to be read.</summary>
    public ReadOnlyMemory<byte>? Bytes { get; set; }

    /// <summary>Bytes that the cache counts for it: in memory, or reserved for a read.</summary>
    public int Reserved { get; set; }

    /// <summary>It is being read.</summary>
    public bool Reading { get; set; }

    /// <summary>The store doesn't have it, or it is damaged: a tombstone takes the message's place at once.</summary>
    public bool Missing { get; set; }

    /// <summary>When a fragment was last cut from it, microseconds.</summary>
    public long UsedMicros { get; set; }

    /// <summary>Its place in the order of use.</summary>
    public LinkedListNode<OutboundMessage>? Use { get; set; }
}
