using System.Collections.Immutable;
using MixMq.Transport.Keys;
using MixMq.Transport.Tokens;

namespace MixMq.Transport.Tls;

/// <summary>The files that a node's own certificate is in: PEM with a key file or a key in a token, or PKCS#12 with a password file.</summary>
public sealed record CertificateFiles
{
    private readonly string _certificate;
    private readonly string _secret;
    private readonly bool _isPkcs12;
    private readonly TokenUri? _token;

    private CertificateFiles(string certificate, string secret, bool isPkcs12, TokenUri? token = null) =>
        (_certificate, _secret, _isPkcs12, _token) = (certificate, secret, isPkcs12, token);

    /// <summary>The files' paths.</summary>
    public ImmutableArray<string> Paths => [_certificate, _secret];

    /// <summary>Where in a token the key is; null: it is in a file.</summary>
    internal TokenUri? TokenKey => _token;

    /// <summary>PEM certificates, the node's own first, and its key in another file of mode 0600 or stricter.</summary>
    public static CertificateFiles Pem(string certificateFile, string keyFile) => new(certificateFile, keyFile, isPkcs12: false);

    /// <summary>A PKCS#12 file, and its password in another; both of mode 0600 or stricter.</summary>
    public static CertificateFiles Pkcs12(string file, string passwordFile) => new(file, passwordFile, isPkcs12: true);

    /// <summary>PEM certificates, the node's own first, and where in a PKCS#11 token its key is.</summary>
    public static CertificateFiles Token(string certificateFile, TokenUri key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(certificateFile, key.PinFile, isPkcs12: false, key);
    }

    /// <summary>Reads the files as they are now.</summary>
    /// <exception cref="KeyFileException">One of the files can't be used; the message says which and why.</exception>
    public LocalCertificate Load() =>
        _token is not null ? LocalCertificate.LoadWithToken(_certificate, _token)
        : _isPkcs12 ? LocalCertificate.LoadPkcs12(_certificate, _secret)
        : LocalCertificate.Load(_certificate, _secret);
}
