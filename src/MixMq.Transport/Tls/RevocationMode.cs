namespace MixMq.Transport.Tls;

/// <summary>What is made of revocation lists for a peer that is trusted by CA.</summary>
public enum RevocationMode
{
    /// <summary>Revocation is not looked at.</summary>
    Off,

    /// <summary>A certificate that a list names is refused; one of whose CA there is no valid list is taken.</summary>
    Soft,

    /// <summary>As soft, and a certificate is refused too while a valid list of any CA of its chain is missing.</summary>
    Hard,
}
