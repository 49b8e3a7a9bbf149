namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>An unconsumed message in memory.</summary>
internal sealed class Head(InboxQueue queue, in InboxHead head)
{
    public InboxQueue Queue { get; } = queue;

    public ulong Position { get; } = head.Position;

    public ulong Sequence { get; } = head.Place.Sequence;

    public long ContentLength { get; } = head.ContentLength;

    /// <summary>How often it was given in vain.</summary>
    public int Deliveries { get; set; } = head.Deliveries;

    /// <summary>A checkpoint under way consumes it: nothing else happens to it any more.</summary>
    public bool IsBeingConsumed { get; set; }
}
