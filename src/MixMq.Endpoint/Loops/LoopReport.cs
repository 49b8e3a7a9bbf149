namespace MixMq.Endpoint.Loops;

/// <summary>What a node's loops say about whether its packets come through.</summary>
public sealed record LoopReport
{
    /// <summary>No loop was sent.</summary>
    public static LoopReport None { get; } = new();

    /// <summary>Loops as packets that are delivered.</summary>
    public LoopFigures Forward { get; init; } = LoopFigures.None;

    /// <summary>Loops as replies by SURB.</summary>
    public LoopFigures Surb { get; init; } = LoopFigures.None;

    /// <summary>Times at which a loop was due and none was sent: there was no loop path, or as many were under way as may be.</summary>
    public long NotSent { get; init; }

    /// <summary>The last loops of both kinds that ended, at most <see cref="LoopLimits.Judged"/>.</summary>
    public int Judged { get; init; }

    /// <summary>Of these, the lost ones.</summary>
    public int JudgedLost { get; init; }

    /// <summary>Whether so many of them were lost that the operator is warned.</summary>
    public bool IsLosing { get; init; }
}
