using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>SHA-256 of a certificate's SubjectPublicKeyInfo, written <c>sha256:</c> and 64 hex digits. Survives renewal with the same key.</summary>
public readonly record struct CertificatePin
{
    private const string Prefix = "sha256:";
    private readonly string? _hex;

    private CertificatePin(string hex) => _hex = hex;

    /// <summary>The pin of a certificate's public key.</summary>
    public static CertificatePin Of(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new CertificatePin(Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())));
    }

    /// <summary>Parses the written form; hex digits may be in either case and separated by colons.</summary>
    public static bool TryParse(string text, out CertificatePin pin)
    {
        ArgumentNullException.ThrowIfNull(text);
        pin = default;
        if (!text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var hex = text[Prefix.Length..].Replace(":", "", StringComparison.Ordinal);
        if (hex.Length != 2 * SHA256.HashSizeInBytes || !hex.All(char.IsAsciiHexDigit))
        {
            return false;
        }

        pin = new CertificatePin(hex.ToLowerInvariant());
        return true;
    }

    /// <summary>The written form.</summary>
    public override string ToString() => Prefix + _hex;
}
