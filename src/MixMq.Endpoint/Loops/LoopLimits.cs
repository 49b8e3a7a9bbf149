namespace MixMq.Endpoint.Loops;

/// <summary>Tuning of loops, which no other node need know (spec/09 §5).</summary>
public static class LoopLimits
{
    /// <summary>Loops a minute of a node whose operator says nothing.</summary>
    public const int DefaultPerMinute = 6;

    /// <summary>Most loops a minute.</summary>
    public const int MaxPerMinute = 600;

    /// <summary>Of a node's loops, those that are replies, where its operator says nothing, percent.</summary>
    public const int DefaultSurbPercent = 50;

    /// <summary>Loops under way at once; beyond, none is sent.</summary>
    public const int MaxUnderWay = 4096;

    /// <summary>A loop is lost when it isn't back so long after the sum of the delays that were drawn for it, milliseconds.</summary>
    public const int SlackMs = 10_000;

    /// <summary>Lost loops of which it is still known that they were this node's.</summary>
    public const int MaxRemembered = 1024;

    /// <summary>The last loops of a kind whose round trips are looked at.</summary>
    public const int Samples = 256;

    /// <summary>The last loops of both kinds by which losses are judged.</summary>
    public const int Judged = 64;

    /// <summary>Fewer of them say nothing.</summary>
    public const int LeastJudged = 16;

    /// <summary>So many of a hundred lost: a warning.</summary>
    public const int WarnPercent = 25;

    /// <summary>So many of a hundred lost at most: the warning ends.</summary>
    public const int EndPercent = 10;
}
