namespace MixMq.Transport.Tls;

/// <summary>Sentences for the operator.</summary>
public static class TrustVerdictExtensions
{
    /// <summary>What the verdict means and what to do.</summary>
    public static string Describe(this TrustVerdict verdict) => verdict switch
    {
        TrustVerdict.Trusted => "the certificate is trusted",
        TrustVerdict.NoCertificate => "the peer showed no certificate; it must be configured with one (section tls)",
        TrustVerdict.Expired => "the peer's certificate has expired; the peer's operator must renew it (or this machine's clock is wrong)",
        TrustVerdict.NotYetValid => "the peer's certificate is not valid yet; compare both machines' clocks",
        TrustVerdict.NotIssuedByCa => "the peer's certificate was not issued by the CA of its trust:caFile; ask the peer's operator for the right CA file",
        TrustVerdict.NotIssuedBySystem => "the peer's certificate was not issued by a CA of this machine's system store, or the peer doesn't send its intermediates; its operator must mend that, or trust it by trust:caFile or trust:pinnedKey",
        TrustVerdict.OtherName => "the peer's certificate doesn't carry the name of its trust:dnsName or trust:subject; ask the peer's operator which name it has",
        TrustVerdict.OtherKey => "the peer's certificate has another key than its trust:pinnedKey; ask the peer's operator for the new pin over a trusted way",
        TrustVerdict.Revoked => "the peer's certificate, or an intermediate, has been revoked by its CA; the peer's operator must get another one, and say why",
        TrustVerdict.RevocationUnknown => "no valid revocation list says that the peer's certificate isn't revoked, and revocation is hard; put newer lists of all its CAs into its trust:crlFile",
        TrustVerdict.WrongUsage => "the peer's certificate is for neither TLS servers nor TLS clients; the peer needs another certificate",
        _ => "the certificate is not trusted",
    };
}
