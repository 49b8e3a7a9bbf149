namespace MixMq.Overlay.Links;

/// <summary>Why a connection was turned away before it became a link. Closed set; each has one counter and one sentence for the operator.</summary>
public enum LinkRefusalReason
{
    /// <summary>The address that dialled in is not a configured peer, or not one that may dial in.</summary>
    NotPermitted,

    /// <summary>The certificate does not satisfy the trust setting of the peer that it is shown for.</summary>
    NotTrusted,

    /// <summary>No protocol version in common.</summary>
    VersionMismatch,

    /// <summary>The peer is in another network: its name or geometry differs.</summary>
    NetworkMismatch,

    /// <summary>The peer takes the role that this end has.</summary>
    WrongRole,

    /// <summary>The peer shows this node's own address, or sends back what this node sent.</summary>
    Reflected,

    /// <summary>The peer that answered is not the one that was dialled.</summary>
    WrongAddress,

    /// <summary>The two ends are not on the same TLS connection: something between them terminates TLS.</summary>
    ChannelBindingMismatch,

    /// <summary>The certificates that the peer saw are not those that were shown.</summary>
    CertificateMismatch,

    /// <summary>The signature is not by the address that the peer claims.</summary>
    BadSignature,

    /// <summary>The handshake was not complete in time.</summary>
    HandshakeTimeout,

    /// <summary>A cell other than the one that the handshake waits for.</summary>
    CellOutOfOrder,

    /// <summary>A handshake message that can't be parsed.</summary>
    Malformed,

    /// <summary>The peer closed the connection before the handshake was complete.</summary>
    ClosedByPeer,

    /// <summary>The peer was authenticated but never answered a HELLO.</summary>
    NeverAnswered,

    /// <summary>Too many handshakes were under way at once.</summary>
    TooManyHandshakes,

    /// <summary>The network's authorities have revoked the peer's admission.</summary>
    NotAdmitted,
}
