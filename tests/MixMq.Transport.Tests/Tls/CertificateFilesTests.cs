using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Keys;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Tls;

/// <summary>The node's own certificate from files, and what of it reaches the other side.</summary>
public sealed class CertificateFilesTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly TestCa _root = new();
    private readonly TestCa _intermediate;

    public CertificateFilesTests() => _intermediate = _root.IssueIntermediate();

    public void Dispose()
    {
        _intermediate.Dispose();
        _root.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Pem_files_are_served_with_their_intermediates()
    {
        using var leaf = _intermediate.Issue(toDay: 300);
        using var loaded = Pem(leaf, leaf, _intermediate.Certificate).Load();
        await AssertServedAsync(loaded, leaf);
    }

    [Fact]
    public async Task A_pkcs12_file_is_served_with_its_intermediates()
    {
        using var leaf = _intermediate.Issue(toDay: 300);
        using var loaded = Pkcs12([leaf, Public(_intermediate), Public(_root)], "passwörd", "passwörd\r\n").Load();
        await AssertServedAsync(loaded, leaf);
    }

    [OpenSslFact]
    public async Task A_pkcs12_file_that_openssl_made_is_served_with_its_intermediates()
    {
        using var leaf = _intermediate.Issue(toDay: 300);
        using var key = leaf.GetECDsaPrivateKey()!;
        var keyFile = _folder.Write("leaf.key", key.ExportPkcs8PrivateKeyPem());
        var certificateFile = _folder.Write("leaf.crt", leaf.ExportCertificatePem() + "\n" + _intermediate.Pem);
        var password = _folder.Write("tls.pass", "from openssl\n");
        var file = _folder.File("tls.p12");
        await OpenSsl.RunAsync("pkcs12", "-export", "-in", certificateFile, "-inkey", keyFile, "-out", file, "-passout", $"file:{password}");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var loaded = CertificateFiles.Pkcs12(file, password).Load();
        await AssertServedAsync(loaded, leaf);
    }

    [Fact]
    public void A_pkcs12_file_or_password_that_others_can_read_is_refused()
    {
        using var leaf = _root.Issue();
        foreach (var name in (string[])["tls.p12", "tls.pass"])
        {
            var files = Pkcs12([leaf], "secret", "secret");
            File.SetUnixFileMode(_folder.File(name), (UnixFileMode)Convert.ToInt32("640", 8));
            Assert.Contains("chmod 600", Assert.Throws<KeyFileException>(files.Load).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_wrong_password_is_said_and_not_shown()
    {
        using var leaf = _root.Issue();
        var message = Assert.Throws<KeyFileException>(Pkcs12([leaf], "right", "wrong-one").Load).Message;
        Assert.Contains("as password", message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-one", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pkcs12_file_with_no_key_or_with_two_is_refused()
    {
        using var one = _root.Issue();
        using var two = _root.Issue();
        Assert.Contains("0 with a key", Assert.Throws<KeyFileException>(Pkcs12([Public(_root)], "p", "p").Load).Message, StringComparison.Ordinal);
        Assert.Contains("2 with a key", Assert.Throws<KeyFileException>(Pkcs12([one, two], "p", "p").Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Intermediates_that_did_not_issue_the_certificate_are_refused()
    {
        using var leaf = _intermediate.Issue(toDay: 300);
        using var impostor = _root.IssueIntermediate();
        Assert.Contains("none of the further certificates", Assert.Throws<KeyFileException>(Pem(leaf, leaf, _root.Certificate).Load).Message, StringComparison.Ordinal);
        Assert.Contains("none of the further certificates", Assert.Throws<KeyFileException>(Pem(leaf, leaf, impostor.Certificate).Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_rsa_certificate_serves_as_well()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var leaf = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        using var loaded = Pkcs12([leaf], "p", "p").Load();
        Assert.Equal(CertificatePin.Of(leaf), loaded.Pin);
    }

    private static X509Certificate2 Public(TestCa ca) => X509CertificateLoader.LoadCertificate(ca.Certificate.RawData);

    private CertificateFiles Pem(X509Certificate2 leaf, X509Certificate2 keyOf, params X509Certificate2[] further)
    {
        using var key = keyOf.GetECDsaPrivateKey()!;
        return CertificateFiles.Pem(
            _folder.Write("tls.crt", string.Join('\n', further.Prepend(leaf).Select(certificate => certificate.ExportCertificatePem()))),
            _folder.Write("tls.key", key.ExportPkcs8PrivateKeyPem()));
    }

    private CertificateFiles Pkcs12(X509Certificate2Collection certificates, string password, string passwordText) => CertificateFiles.Pkcs12(
        _folder.WriteBytes("tls.p12", certificates.Export(X509ContentType.Pkcs12, password)!), _folder.Write("tls.pass", passwordText));

    private async Task AssertServedAsync(LocalCertificate loaded, X509Certificate2 leaf)
    {
        using var other = _root.IssueLocal();
        await Handshakes.AssertServedAsync(loaded, leaf, other, _root.Trust);
    }
}
