namespace MixMq.Transport.Tls;

/// <summary>Why no TLS connection came about. Closed: the other side can cause every one of them.</summary>
public enum TlsFailure
{
    /// <summary>The host name has no address.</summary>
    HostUnknown,

    /// <summary>Nothing listens there, or something on the way forbids it.</summary>
    Unreachable,

    /// <summary>It took longer than <c>limits:handshakeSeconds</c>.</summary>
    TimedOut,

    /// <summary>What came was not a TLS 1.3 handshake.</summary>
    NotTls13,

    /// <summary>The connection ended in the middle of the handshake.</summary>
    Closed,

    /// <summary>The other side sent more than it may before it has proved who it is.</summary>
    TooMuch,

    /// <summary>The other side's certificate is not trusted; a <see cref="TrustVerdict"/> says why.</summary>
    CertificateRefused,

    /// <summary>The other side, dialled, did not ask for this node's certificate.</summary>
    NotMutual,

    /// <summary>The certificate to show has not been handed over by the inside.</summary>
    NoCertificate,

    /// <summary>Too many connections were waiting to prove who they are.</summary>
    TooMany,

    /// <summary>The proxy of section <c>outward</c> doesn't answer.</summary>
    ProxyUnreachable,

    /// <summary>The proxy couldn't reach the peer.</summary>
    BeyondProxy,

    /// <summary>The proxy wants other credentials, or some.</summary>
    ProxyCredentials,

    /// <summary>The proxy refuses to connect there.</summary>
    ProxyRefused,

    /// <summary>What the proxy sent was no answer of the configured protocol.</summary>
    ProxyMisbehaved,
}
