namespace MixMq.Transport.Tls;

/// <summary>What the lists at hand say of one certificate.</summary>
internal enum RevocationAnswer
{
    /// <summary>A valid list of its CA covers it and doesn't name it.</summary>
    NotRevoked,

    /// <summary>A list that its CA signed names it.</summary>
    Revoked,

    /// <summary>There is no list for it, or only outdated ones.</summary>
    Unknown,
}
