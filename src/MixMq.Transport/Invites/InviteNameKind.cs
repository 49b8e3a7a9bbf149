namespace MixMq.Transport.Invites;

/// <summary>Which name the certificate of an invite's sender must carry; the number is the one in the invite.</summary>
public enum InviteNameKind
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A DNS name among its subject alternative names.</summary>
    Dns = 1,

    /// <summary>The whole subject, as RFC 4514 writes it.</summary>
    Subject = 2,
}
