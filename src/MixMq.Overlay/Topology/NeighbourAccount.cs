namespace MixMq.Overlay.Topology;

/// <summary>
/// What is kept of a neighbour when its link is gone, one for each configured peer. Numbers go on, so that what answers a question of an
/// earlier link is known as late; allowances go on, or a neighbour had a full one each time it says goodbye and comes back.
/// </summary>
internal sealed class NeighbourAccount(long nowMicros)
{
#pragma warning disable MA0069, CA1051 // A mutable struct must be a field.
    /// <summary>Pulls of the neighbour's that are answered.</summary>
    public IntervalBucket Pulls = new(TopologyLimits.PullBurst, TopologyLimits.PullIntervalMicros, nowMicros);

    /// <summary>Questions of the neighbour's that are answered.</summary>
    public IntervalBucket Questions = new(TopologyLimits.QuestionBurst, TopologyLimits.QuestionIntervalMicros, nowMicros);

    /// <summary>Records that the neighbour is asked for.</summary>
    public IntervalBucket Records = new(TopologyLimits.RecordBurst, TopologyLimits.RecordIntervalMicros, nowMicros);

    /// <summary>Pages that the neighbour is asked for.</summary>
    public IntervalBucket Pages = new(TopologyLimits.QuestionBurst, TopologyLimits.QuestionIntervalMicros, nowMicros);
#pragma warning restore MA0069, CA1051

    public uint LastPullId { get; set; }

    public uint LastQuestionId { get; set; }
}
