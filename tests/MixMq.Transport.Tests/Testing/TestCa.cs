using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Testing;

/// <summary>A certificate authority of one test.</summary>
internal sealed class TestCa : IDisposable
{
    internal const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    internal const string ClientUsage = "1.3.6.1.5.5.7.3.2";
    internal const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    private static readonly DateTimeOffset Begin = DateTimeOffset.UtcNow.AddDays(-10);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    internal TestCa(string name = "test CA")
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        Certificate = request.CreateSelfSigned(Begin, Begin.AddDays(3650));
    }

    internal X509Certificate2 Certificate { get; }

    internal string Pem => Certificate.ExportCertificatePem();

    internal TrustPolicy Trust => new CaFileTrust([X509CertificateLoader.LoadCertificate(Certificate.RawData)]);

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    /// <summary>A certificate with key; the usage is for servers alone unless said otherwise.</summary>
    internal X509Certificate2 Issue(string name = "node", string? usage = ServerUsage, int fromDay = 0, int toDay = 400)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        if (usage is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        }

        using var certificate = request.Create(Certificate, Begin.AddDays(fromDay), Begin.AddDays(toDay), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    internal LocalCertificate IssueLocal(string? usage = ServerUsage, int toDay = 400) => new(Issue(usage: usage, toDay: toDay), []);
}
