namespace MixMq.Transport.Tls;

/// <summary>How near a certificate's end is, in the steps at which the operator is warned.</summary>
public enum ExpiryNotice
{
    /// <summary>More than 30 days are left.</summary>
    None,

    /// <summary>At most 30 days are left.</summary>
    Month,

    /// <summary>At most 7 days are left.</summary>
    Week,

    /// <summary>At most 1 day is left.</summary>
    Day,

    /// <summary>It has passed.</summary>
    Expired,
}
