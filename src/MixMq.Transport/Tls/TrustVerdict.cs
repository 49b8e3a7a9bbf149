namespace MixMq.Transport.Tls;

/// <summary>What a trust policy says of a certificate. Closed: peers can cause every one of them.</summary>
public enum TrustVerdict
{
    /// <summary>The certificate satisfies the policy.</summary>
    Trusted,

    /// <summary>The peer showed no certificate.</summary>
    NoCertificate,

    /// <summary>The certificate's notAfter has passed.</summary>
    Expired,

    /// <summary>The certificate's notBefore has not come.</summary>
    NotYetValid,

    /// <summary>No chain leads from the certificate to the configured CA.</summary>
    NotIssuedByCa,

    /// <summary>No chain leads from the certificate to a CA of the system store.</summary>
    NotIssuedBySystem,

    /// <summary>The certificate doesn't carry the name that is required of it.</summary>
    OtherName,

    /// <summary>The certificate's public key is not the pinned one.</summary>
    OtherKey,

    /// <summary>A revocation list of its CA names the certificate or an intermediate.</summary>
    Revoked,

    /// <summary>Revocation is hard, and no valid list says that the certificate isn't revoked.</summary>
    RevocationUnknown,

    /// <summary>The certificate has key usages, and neither TLS server nor TLS client is among them.</summary>
    WrongUsage,
}
