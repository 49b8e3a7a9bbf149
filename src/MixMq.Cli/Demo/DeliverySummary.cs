namespace MixMq.Cli.Demo;

/// <summary>The count of a demo's deliveries; messages alone, the file apart. Latencies are in milliseconds.</summary>
internal sealed record DeliverySummary
{
    public int Sent { get; init; }

    public int Delivered { get; init; }

    public int Acknowledged { get; init; }

    public int Duplicates { get; init; }

    public int Corrupted { get; init; }

    public int Disordered { get; init; }

    public int Tombstones { get; init; }

    public double LatencyP50 { get; init; }

    public double LatencyP99 { get; init; }

    public bool FileDelivered { get; init; }

    public bool FileAcknowledged { get; init; }

    /// <summary>Everything of so many was delivered exactly once, in order, unchanged, and acknowledged.</summary>
    public bool IsPerfect(int messages) => Sent == messages && Delivered == messages && Acknowledged == messages
        && Duplicates == 0 && Corrupted == 0 && Disordered == 0 && Tombstones == 0 && FileDelivered && FileAcknowledged;
}
