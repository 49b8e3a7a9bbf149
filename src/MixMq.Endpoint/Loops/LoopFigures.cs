namespace MixMq.Endpoint.Loops;

/// <summary>What became of a node's loops of one kind since its start. Sent = returned + lost + dropped + under way.</summary>
public sealed record LoopFigures
{
    /// <summary>No loop was sent.</summary>
    public static LoopFigures None { get; } = new();

    /// <summary>Handed to the shell to be sent.</summary>
    public long Sent { get; init; }

    /// <summary>Back in time.</summary>
    public long Returned { get; init; }

    /// <summary>Not back in time.</summary>
    public long Lost { get; init; }

    /// <summary>Of the lost, those that came later.</summary>
    public long Late { get; init; }

    /// <summary>Dropped by this node itself before they left: they say nothing of the network.</summary>
    public long Dropped { get; init; }

    /// <summary>Neither back nor lost yet.</summary>
    public int UnderWay { get; init; }

    /// <summary>Round trips that the figures below are about: the last ones, at most <see cref="LoopLimits.Samples"/>; 0: the figures are 0.</summary>
    public int Measured { get; init; }

    /// <summary>Mean round trip, milliseconds.</summary>
    public double MeanMs { get; init; }

    /// <summary>Median round trip, milliseconds.</summary>
    public double MedianMs { get; init; }

    /// <summary>The round trip below which 99 of 100 are, milliseconds.</summary>
    public double Percentile99Ms { get; init; }

    /// <summary>Mean of what round trips took beyond the delays that were drawn for them, milliseconds: lines, queues, and whoever holds packets.</summary>
    public double ExcessMs { get; init; }
}
