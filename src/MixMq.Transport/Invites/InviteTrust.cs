using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Invites;

/// <summary>How the certificate of an invite's sender is trusted. Immutable.</summary>
public sealed record InviteTrust
{
    /// <summary>Bytes of a CA's certificate, at most.</summary>
    public const int MaxAuthorityBytes = 4_096;

    /// <summary>Bytes of a name, at most.</summary>
    public const int MaxNameBytes = 512;

    private InviteTrust()
    {
    }

    /// <summary>Which of the three.</summary>
    public InviteTrustKind Kind { get; private init; }

    /// <summary>The key's pin; of <see cref="InviteTrustKind.Pin"/> alone.</summary>
    public CertificatePin Pin { get; private init; }

    /// <summary>The CA's certificate in DER; of <see cref="InviteTrustKind.Authority"/> alone, otherwise empty.</summary>
    public ReadOnlyMemory<byte> Authority { get; private init; }

    /// <summary>Which name is required.</summary>
    public InviteNameKind NameKind { get; private init; }

    /// <summary>The name; empty where none is required.</summary>
    public string Name { get; private init; } = "";

    /// <summary>By the key alone.</summary>
    public static InviteTrust ByPin(CertificatePin pin) => new() { Kind = InviteTrustKind.Pin, Pin = pin };

    /// <summary>By a CA's certificate, and a name if one is required; null where one of the two isn't what it should be.</summary>
    /// <param name="authority">One certificate in DER.</param>
    /// <param name="nameKind">Which name.</param>
    /// <param name="name">The name.</param>
    public static InviteTrust? ByAuthority(ReadOnlySpan<byte> authority, InviteNameKind nameKind, string name) =>
        IsName(nameKind, name) && IsCertificate(authority)
            ? new InviteTrust { Kind = InviteTrustKind.Authority, Authority = authority.ToArray(), NameKind = nameKind, Name = name }
            : null;

    /// <summary>By the system's CAs and a name; null where there is none or it isn't what it should be.</summary>
    /// <param name="nameKind">Which name.</param>
    /// <param name="name">The name.</param>
    public static InviteTrust? BySystem(InviteNameKind nameKind, string name) =>
        nameKind != InviteNameKind.None && IsName(nameKind, name) ? new InviteTrust { Kind = InviteTrustKind.System, NameKind = nameKind, Name = name } : null;

    private static bool IsName(InviteNameKind kind, string name) => kind switch
    {
        InviteNameKind.None => name.Length == 0,
        InviteNameKind.Dns => RequiredDnsName.TryParse(name, out _),
        InviteNameKind.Subject => Encoding.UTF8.GetByteCount(name) <= MaxNameBytes && RequiredSubject.TryParse(name, out _),
        _ => false,
    };

    // The loader takes PEM, too, and bytes after the end; what is written to a file has to be the one thing that was shown.
    private static bool IsCertificate(ReadOnlySpan<byte> der)
    {
        if (der.Length is 0 or > MaxAuthorityBytes || der[0] != 0x30)
        {
            return false;
        }

        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            return certificate.RawDataMemory.Span.SequenceEqual(der);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
