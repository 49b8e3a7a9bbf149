namespace MixMq.Transport.Invites;

/// <summary>How the certificate of an invite's sender is trusted; the number is the one in the invite.</summary>
public enum InviteTrustKind
{
    /// <summary>By its key.</summary>
    Pin = 1,

    /// <summary>By the sender's CA, which is in the invite.</summary>
    Authority = 2,

    /// <summary>By the CAs of the receiver's system, and a name.</summary>
    System = 3,
}
