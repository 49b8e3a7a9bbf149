namespace MixMq.Endpoint.Pings;

/// <summary>What became of a ping.</summary>
public enum PingResult
{
    /// <summary>The other endpoint answered.</summary>
    Answered = 0,

    /// <summary>No answer came in time: which of absence, loss and refusal it is can't be told from here.</summary>
    NoAnswer,

    /// <summary>No path led to the other endpoint.</summary>
    NoPath,

    /// <summary>The address is this node's own.</summary>
    IsSelf,

    /// <summary>As many pings as may be are under way.</summary>
    TooMany,

    /// <summary>The node is stopping.</summary>
    Stopping,
}
