namespace MixMq.Overlay;

/// <summary>What happened to a link.</summary>
public enum LinkEventKind
{
    /// <summary>It is up: the peer is authenticated and answers.</summary>
    Up,

    /// <summary>The peer has missed two HELLOs.</summary>
    Suspect,

    /// <summary>A suspect link's peer answers again.</summary>
    Recovered,

    /// <summary>It is down.</summary>
    Down,

    /// <summary>A newer connection of the same peer carries the link now.</summary>
    Replaced,

    /// <summary>A connection was turned away before it became a link.</summary>
    TurnedAway,
}
