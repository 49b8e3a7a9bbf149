using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MixMq.Cli.Setup;

/// <summary>TLS certificates and keys: made (ECDSA P-256) or an institution's own, and the pin that peers trust one by.</summary>
internal static class TlsFiles
{
    private static readonly TimeSpan ClockSlack = TimeSpan.FromDays(1);

    /// <summary>Makes a key and a certificate that it signs itself; peers trust it by its pin.</summary>
    /// <returns>The pin.</returns>
    public static string CreateSelfSigned(string certificateFile, string keyFile, string name, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = LeafRequest(name, key).CreateSelfSigned(now - ClockSlack, now + lifetime);
        Write(certificateFile, keyFile, certificate.ExportCertificatePem(), key);
        return Pin(certificate);
    }

    /// <summary>Makes a certification authority that lives in memory alone: its key is never written.</summary>
    public static X509Certificate2 CreateAuthority(string name, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - ClockSlack, now + lifetime);
    }

    /// <summary>Makes a key and has the authority sign its certificate.</summary>
    /// <returns>The pin.</returns>
    public static string CreateIssued(X509Certificate2 authority, string certificateFile, string keyFile, string name, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = LeafRequest(name, key);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] &= 0x7f; // positive
        serial[0] |= 0x01; // no leading zero
        var end = new DateTimeOffset(authority.NotAfter);
        var last = now + lifetime < end ? now + lifetime : end;
        using var certificate = request.Create(authority, now - ClockSlack, last, serial);
        Write(certificateFile, keyFile, certificate.ExportCertificatePem(), key);
        return Pin(certificate);
    }

    /// <summary>Copies an institution's own certificate (intermediates may follow it) and key, after checking that they belong together.</summary>
    /// <returns>The pin.</returns>
    /// <exception cref="CommandException">They can't be read or don't fit.</exception>
    public static string Copy(string fromCertificate, string fromKey, string certificateFile, string keyFile)
    {
        byte[] key = [];
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(fromCertificate, fromKey);
            key = File.ReadAllBytes(fromKey);
            SecretFile.CreateReadable(certificateFile, File.ReadAllBytes(fromCertificate));
            SecretFile.Create(keyFile, key);
            return Pin(certificate);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            throw CommandException.Usage(
                $"{fromCertificate} and {fromKey} are no PEM certificate and its unencrypted private key; check that they belong together.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary><c>sha256:</c> and the hash of the certificate's public key (SubjectPublicKeyInfo) in hexadecimal.</summary>
    public static string Pin(X509Certificate2 certificate) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    private static CertificateRequest LeafRequest(string name, ECDsa key)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        // Every node is a TLS server on some links and a client on others.
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static void Write(string certificateFile, string keyFile, string certificatePem, ECDsa key)
    {
        SecretFile.CreateReadable(certificateFile, Encoding.ASCII.GetBytes(certificatePem + "\n"));
        var der = key.ExportPkcs8PrivateKey();
        var pem = PemEncoding.Write("PRIVATE KEY", der);
        var bytes = Encoding.ASCII.GetBytes(pem);
        try
        {
            SecretFile.Create(keyFile, bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
            CryptographicOperations.ZeroMemory(bytes);
            Array.Clear(pem);
        }
    }
}
