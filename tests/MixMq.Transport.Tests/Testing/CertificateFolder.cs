using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Testing;

/// <summary>A node's certificate as PEM files, renewed as operators' tools do: written beside and renamed over.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private readonly TestFolder _folder = new();

    internal CertificateFolder(X509Certificate2 first) => Put(first, first);

    internal CertificateFiles Files => CertificateFiles.Pem(_folder.File("tls.crt"), _folder.File("tls.key"));

    public void Dispose() => _folder.Dispose();

    internal void Put(X509Certificate2 leaf, X509Certificate2 keyOf, params X509Certificate2[] further)
    {
        using var key = keyOf.GetECDsaPrivateKey()!;
        Replace("tls.crt", string.Join('\n', further.Prepend(leaf).Select(certificate => certificate.ExportCertificatePem())));
        Replace("tls.key", key.ExportPkcs8PrivateKeyPem());
    }

    internal void Replace(string name, string content) => File.Move(_folder.Write(name + ".new", content), _folder.File(name), overwrite: true);

    /// <summary>Makes the files links into another folder, as secret stores mount them; their renewal is no event in this one.</summary>
    internal void LinkInto(TestFolder store)
    {
        foreach (var name in (string[])["tls.crt", "tls.key"])
        {
            File.Move(_folder.File(name), store.File(name));
            File.CreateSymbolicLink(_folder.File(name), store.File(name));
        }
    }
}
