namespace MixMq.Transport.Audit;

/// <summary>What an audit trail holds: events of links, and of the node that has them. Closed; the name in a line is the member's in lower case with hyphens.</summary>
internal enum AuditEventKind
{
    /// <summary>A file begins; it carries the last hash of the one before.</summary>
    Began,

    /// <summary>The node started.</summary>
    Started,

    /// <summary>The node stopped as it was told to. A start without a stop before it follows a crash.</summary>
    Stopped,

    /// <summary>A listener took up its address.</summary>
    ListenerOpened,

    /// <summary>A listener gave its address up.</summary>
    ListenerClosed,

    /// <summary>TLS is up with someone whose certificate a peer's trust setting allows.</summary>
    Connected,

    /// <summary>A connection was turned away.</summary>
    Refused,

    /// <summary>A peer could not be reached.</summary>
    DialFailed,

    /// <summary>A link is up.</summary>
    Up,

    /// <summary>Its peer missed two HELLOs.</summary>
    Suspect,

    /// <summary>A suspect link's peer answers again.</summary>
    Recovered,

    /// <summary>A link is down.</summary>
    Down,

    /// <summary>A newer connection of the same peer carries the link.</summary>
    Replaced,

    /// <summary>The operator configured a peer that the node hadn't, while it ran.</summary>
    PeerAdded,

    /// <summary>The operator changed a peer's settings.</summary>
    PeerChanged,

    /// <summary>The operator removed a peer.</summary>
    PeerRemoved,

    /// <summary>Lines that were not written, because there were too many of their kind or because the disk refused them.</summary>
    Suppressed,
}
