namespace MixMq.Overlay.Links;

/// <summary>State of the link to a configured peer.</summary>
public enum LinkStatus
{
    /// <summary>No connection; it waits for the peer to dial, or for its own next attempt.</summary>
    Down,

    /// <summary>A connection is being made.</summary>
    Dialling,

    /// <summary>A connection is there and its handshake or first HELLOs are under way.</summary>
    Connecting,

    /// <summary>Up.</summary>
    Up,

    /// <summary>Up, but two HELLOs were missed.</summary>
    Suspect,
}
