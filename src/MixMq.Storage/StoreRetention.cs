namespace MixMq.Storage;

/// <summary>How long a store keeps what isn't needed for delivery any more. Whichever limit is reached first counts.</summary>
public sealed record StoreRetention
{
    /// <summary>
    /// A settled message's row, and an acknowledged one's content, which a recipient needs whose store was lost or put back from a copy: 7 days. A conversation's last row stays.
    /// </summary>
    public long SettledMillis { get; init; } = 7L * 24 * 3600 * 1000;

    /// <summary>Contents of acknowledged messages, together: 1 GiB. Beyond, those acknowledged first go; their rows stay.</summary>
    public long AcknowledgedBytes { get; init; } = 1L << 30;

    /// <summary>Consumed inbox rows (without content), counted from when they were received: 7 days. A conversation's last row and the last position stay, and what the sender may still ask about.</summary>
    public long ConsumedMillis { get; init; } = 7L * 24 * 3600 * 1000;

    /// <summary>Ids of checkpoints, by which a repeated one is known: 30 days.</summary>
    public long CheckpointMillis { get; init; } = 30L * 24 * 3600 * 1000;
}
