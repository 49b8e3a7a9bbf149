using System.Security.Cryptography.X509Certificates;
using MixMq.Crypto;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Survey;

/// <summary>The files of a float that is surveyed.</summary>
internal sealed class SurveyedFloat : IDisposable
{
    private readonly TestCa _ca = new();

    internal SurveyedFloat()
    {
        using var identity = NodeIdentity.Create(Folder.File("identity.key"));
        using var other = NodeIdentity.Generate(SystemRandomSource.Instance);
        Address = identity.Address.ToString();
        Other = other.Address.ToString();
        Folder.Write("ca.pem", _ca.Pem);
        Issue(400);
    }

    internal TestFolder Folder { get; } = new();

    internal string Address { get; }

    /// <summary>The address of some other node.</summary>
    internal string Other { get; }

    /// <summary>A valid configuration.</summary>
    internal string Json => """
        {
          "network": { "name": "test" }, "identity": { "keyFile": "identity.key" }, "tls": { "certificateFile": "tls.crt", "keyFile": "tls.key" },
          "listen": [], "peers": [], "dataDirectory": "data"
        }
        """;

    public void Dispose()
    {
        _ca.Dispose();
        Folder.Dispose();
    }

    internal string Write(string json) => Folder.Write("float.json", json);

    /// <summary>A certificate that ends so many days after the CA began, which was 10 days ago.</summary>
    internal void Issue(int toDay)
    {
        using var certificate = _ca.Issue(toDay: toDay);
        using var key = certificate.GetECDsaPrivateKey()!;
        Folder.Write("tls.crt", certificate.ExportCertificatePem());
        Folder.Write("tls.key", key.ExportPkcs8PrivateKeyPem());
    }

    internal void WriteList(DateTimeOffset until) => Folder.WriteBytes("lists.crl", _ca.RevocationList([], until));
}
