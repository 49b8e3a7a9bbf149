using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MixMq.Transport.Keys;

namespace MixMq.Fuzz.Worlds;

/// <summary>The files that a configuration names, in a temporary folder of their own: identity, certificate, its key, a CA.</summary>
internal sealed class NodeFiles : IDisposable
{
    public NodeFiles()
    {
        Folder = Directory.CreateTempSubdirectory("mixmq-fuzz-").FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=fuzz", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        WriteSecret("identity.pem", Encoding.ASCII.GetString(Ed25519PrivateKeyPem.Format(SmallNetwork.Seed(1))));
        WriteSecret("tls.key", key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(Folder, "tls.crt"), certificate.ExportCertificatePem());
    }

    public string Folder { get; }

    public string Configuration => Path.Combine(Folder, "node.json");

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void WriteSecret(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
