namespace MixMq.Overlay;

/// <summary>Why a connection ends.</summary>
public enum LinkCloseReason
{
    /// <summary>It was turned away in the handshake; the <see cref="LinkEvent"/> beside it says why.</summary>
    Refused,

    /// <summary>A newer connection of the same peer is up.</summary>
    Replaced,

    /// <summary>The peer has missed four HELLOs.</summary>
    PeerSilent,

    /// <summary>The peer said goodbye.</summary>
    Goodbye,

    /// <summary>The peer sent what an authenticated peer may not send.</summary>
    ProtocolViolation,

    /// <summary>This node stops.</summary>
    Stopping,

    /// <summary>The connection broke or the peer closed it.</summary>
    Disconnected,

    /// <summary>The operator removed the peer.</summary>
    PeerRemoved,

    /// <summary>The operator changed how the peer is trusted, and no connection judged by the new setting has taken over in time.</summary>
    TrustChanged,

    /// <summary>The peer isn't admitted to the network, or not any more.</summary>
    NotAdmitted,
}
