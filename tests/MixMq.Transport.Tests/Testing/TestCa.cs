using System.Formats.Asn1;
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
    private readonly ECDsa _key;

    internal TestCa(string name = "test CA")
    {
        _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        Certificate = request.CreateSelfSigned(Begin, Begin.AddDays(3650));
    }

    private TestCa(ECDsa key, X509Certificate2 certificate) => (_key, Certificate) = (key, certificate);

    internal X509Certificate2 Certificate { get; }

    internal string KeyPem => _key.ExportPkcs8PrivateKeyPem();

    internal string Pem => Certificate.ExportCertificatePem();

    /// <summary>A system store that holds this CA alone.</summary>
    internal SystemStore AsSystemStore => new(() => [X509CertificateLoader.LoadCertificate(Certificate.RawData)]);

    internal TrustPolicy Trust => new CaFileTrust([X509CertificateLoader.LoadCertificate(Certificate.RawData)]);

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    /// <summary>A certificate with key; the usage is for servers alone unless said otherwise.</summary>
    internal X509Certificate2 Issue(
        string name = "node", string? usage = ServerUsage, int fromDay = 0, int toDay = 400, string[]? dnsNames = null, X500DistinguishedName? subject = null, string? crlPoint = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject ?? new X500DistinguishedName($"CN={name}"), key, HashAlgorithmName.SHA256);
        if (usage is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        }

        if (dnsNames is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            Array.ForEach(dnsNames, names.AddDnsName);
            request.CertificateExtensions.Add(names.Build());
        }

        if (crlPoint is not null)
        {
            request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([crlPoint]));
        }

        using var certificate = request.Create(Certificate, Begin.AddDays(fromDay), Begin.AddDays(toDay), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>A revocation list of this CA, in DER; with a point, one that holds this distribution point's certificates alone.</summary>
    internal byte[] RevocationList(X509Certificate2[] revoked, DateTimeOffset? until = null, DateTimeOffset? from = null, string? point = null)
    {
        var builder = new CertificateRevocationListBuilder();
        Array.ForEach(revoked, certificate => builder.AddEntry(certificate));
        var end = until ?? DateTimeOffset.UtcNow.AddDays(7);
        var list = builder.Build(Certificate, 1, end, HashAlgorithmName.SHA256, rsaSignaturePadding: null, from ?? end.AddDays(-8));
        return point is null ? list : WithPoint(list, point);
    }

    /// <summary>.NET makes no lists with a distribution point: the extension is put in and the list signed anew.</summary>
    private byte[] WithPoint(byte[] list, string point)
    {
        var outer = new AsnReader(list, AsnEncodingRules.DER).ReadSequence();
        var signed = outer.ReadSequence();
        var algorithm = outer.ReadEncodedValue();
        var extensions = new Asn1Tag(TagClass.ContextSpecific, 0);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            while (!signed.PeekTag().HasSameClassAndValue(extensions))
            {
                writer.WriteEncodedValue(signed.ReadEncodedValue().Span);
            }

            using (writer.PushSequence(extensions))
            using (writer.PushSequence())
            {
                for (var old = signed.ReadSequence(extensions).ReadSequence(); old.HasData;)
                {
                    writer.WriteEncodedValue(old.ReadEncodedValue().Span);
                }

                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier("2.5.29.28");
                    writer.WriteBoolean(true);
                    using (writer.PushOctetString())
                    using (writer.PushSequence())
                    using (writer.PushSequence(extensions))
                    using (writer.PushSequence(extensions))
                    {
                        writer.WriteCharacterString(UniversalTagNumber.IA5String, point, new Asn1Tag(TagClass.ContextSpecific, 6));
                    }
                }
            }
        }

        var body = writer.Encode();
        writer.Reset();
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(body);
            writer.WriteEncodedValue(algorithm.Span);
            writer.WriteBitString(_key.SignData(body, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }

        return writer.Encode();
    }

    /// <summary>A certificate that outlives the CA, which .NET's own way of issuing forbids and others do.</summary>
    internal X509Certificate2 IssueBeyond(int toDay)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=beyond", key, HashAlgorithmName.SHA256);
        using var certificate = request.Create(
            Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), Begin, Begin.AddDays(toDay), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }

    internal LocalCertificate IssueLocal(string? usage = ServerUsage, int toDay = 400, string[]? dnsNames = null) =>
        new(Issue(usage: usage, toDay: toDay, dnsNames: dnsNames), []);

    /// <summary>A CA under this one, with the usage that public ones give their intermediates.</summary>
    internal TestCa IssueIntermediate(string name = "intermediate", int toDay = 400)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerUsage)], critical: false));
        using var issued = request.Create(Certificate, Begin, Begin.AddDays(toDay), RandomNumberGenerator.GetBytes(8));
        return new TestCa(key, issued.CopyWithPrivateKey(key));
    }
}
