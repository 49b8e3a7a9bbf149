namespace MixMq.Transport.Tls;

/// <summary>The outcome of a connection that failed before the link handshake.</summary>
/// <param name="Failure">What failed.</param>
/// <param name="Verdict">With <see cref="TlsFailure.CertificateRefused"/>: why.</param>
/// <param name="Peer">Configured name of the peer, where it is known: it was dialled, or its certificate's key is the configured one.</param>
public sealed record TlsRefusal(TlsFailure Failure, TrustVerdict Verdict = TrustVerdict.Trusted, string? Peer = null)
{
    /// <summary>What happened and what the operator can do; no address in it.</summary>
    public string Describe() => Failure switch
    {
        TlsFailure.HostUnknown => "the host name of its dial setting has no address; check the name and this machine's DNS",
        TlsFailure.Unreachable => "nothing answers at its dial address; check that the peer runs and listens there, and the firewalls in between",
        TlsFailure.TimedOut => "no TLS handshake within limits:handshakeSeconds; the way is too slow, or what answers there is no MixMq node",
        TlsFailure.NotTls13 => "the other side does not speak TLS 1.3; what connects is no MixMq node, or something in between terminates TLS",
        TlsFailure.Closed => "the other side closed the connection during the TLS handshake; its operator's log says why",
        TlsFailure.NotMutual => "the other side did not ask for this node's certificate; what answers there is no MixMq node, or something in between terminates TLS",
        TlsFailure.NoCertificate => "the certificate to show outside has not been handed over yet; check that the inside runs, dials this float, and has handOver set for it",
        TlsFailure.TooMuch => "the other side sent more than a peer may before it has proved who it is",
        TlsFailure.CertificateRefused when Peer is null && Verdict is not TrustVerdict.NoCertificate =>
            "the certificate satisfies the trust setting of no configured peer that may connect; if it is a peer of yours, check its trust setting",
        TlsFailure.CertificateRefused => Verdict.Describe(),
        TlsFailure.TooMany => "limits:unauthenticatedConnections was reached; connections that prove nothing are held back",
        TlsFailure.ProxyUnreachable => "the proxy does not answer; check outward:proxy and the firewalls on the way to it",
        TlsFailure.BeyondProxy => "the proxy could not reach the peer; check the peer's dial setting and what the proxy may reach",
        TlsFailure.ProxyCredentials => "the proxy does not take the credentials; check outward:credentialsFile",
        TlsFailure.ProxyRefused => "the proxy refuses to connect to the peer; ask its operator to allow the peer's host and port",
        TlsFailure.ProxyMisbehaved => "what the proxy sent is no answer; check that outward:via is what it speaks",
        _ => Failure.ToString(),
    };
}
