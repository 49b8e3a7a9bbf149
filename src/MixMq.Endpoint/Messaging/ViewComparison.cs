namespace MixMq.Endpoint.Messaging;

/// <summary>How this node's view of the network compares with those of its correspondents (spec/07 §11). Plain numbers, nobody's address.</summary>
public sealed record ViewComparison
{
    /// <summary>Nothing compared.</summary>
    public static ViewComparison None { get; } = new();

    /// <summary>What the differences give reason to think.</summary>
    public ViewSuspicion Suspicion { get; init; }

    /// <summary>Since when there has been a suspicion, Unix milliseconds; 0: there is none.</summary>
    public long SinceUnixMillis { get; init; }

    /// <summary>Correspondents with whom views were compared in the last hour.</summary>
    public int Compared { get; init; }

    /// <summary>Of these, those without lasting differences.</summary>
    public int Agreeing { get; init; }

    /// <summary>Of these, those with lasting differences.</summary>
    public int Differing { get; init; }

    /// <summary>Correspondents that were asked and whose last answer didn't come.</summary>
    public int Unanswered { get; init; }

    /// <summary>Correspondents whose clock is so far from this node's that views can't be compared.</summary>
    public int ClockDiffers { get; init; }

    /// <summary>Records of which a differing correspondent knows and this node doesn't; each counted once, however many have it.</summary>
    public int Missing { get; init; }

    /// <summary>Records of which a differing correspondent has a newer version.</summary>
    public int Older { get; init; }

    /// <summary>Records that this node has and a differing correspondent doesn't.</summary>
    public int OnlyHere { get; init; }

    /// <summary>Records of which a differing correspondent has another version of the same sequence.</summary>
    public int Contradictory { get; init; }

    /// <summary>
    /// Mean share of records, 0 to 1, on which this node and its correspondents agreed when they last compared, records on their way counted as
    /// differing; 1 where nothing was compared.
    /// </summary>
    public double Agreement { get; init; } = 1;

    /// <summary>Comparisons finished since the start.</summary>
    public long Rounds { get; init; }

    /// <summary>How many times since the start a suspicion arose or became stronger.</summary>
    public long Findings { get; init; }
}
