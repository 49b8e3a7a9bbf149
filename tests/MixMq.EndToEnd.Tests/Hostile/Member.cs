using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.EndToEnd.Tests.Hostile;

/// <summary>A member of the test's network: identity, certificate, port and, for floats, a folder. Files as OpenSSL would write them.</summary>
internal sealed class Member : IDisposable
{
    /// <summary>Packets that a float takes of one link at once.</summary>
    public const int PacketBurst = 500;

    private static readonly byte[] Pkcs8Ed25519 = Convert.FromHexString("302e020100300506032b657004220420");
    private readonly byte[] _seed = RandomNumberGenerator.GetBytes(Ed25519.SeedBytes);

    public Member(string name, int port = 0)
    {
        Name = name;
        Port = port;
        var address = new byte[NodeAddress.ByteLength];
        Ed25519.DerivePublic(_seed, address);
        Address = NodeAddress.FromBytes(address);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        // By way of a file, so that both TLS roles can use the key.
        Certificate = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    public string Name { get; }

    public int Port { get; }

    public NodeAddress Address { get; }

    public X509Certificate2 Certificate { get; }

    public void Dispose() => Certificate.Dispose();

    public byte[] Sign(byte[] message)
    {
        var signature = new byte[Ed25519.SignatureBytes];
        Ed25519.Sign(_seed, message, signature);
        return signature;
    }

    public JsonObject AsPeer(bool dial)
    {
        var pin = Convert.ToHexStringLower(SHA256.HashData(Certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        var peer = new JsonObject { ["name"] = Name, ["address"] = Address.ToString(), ["trust"] = new JsonObject { ["pinnedKey"] = "sha256:" + pin } };
        if (dial)
            peer["dial"] = $"127.0.0.1:{Port}";
        else
            peer["accept"] = true;
        return peer;
    }

    /// <summary>Writes everything that a float needs; the configuration's path.</summary>
    public string Install(string folder, string network, params JsonObject[] peers) => Install(folder, network, _ => { }, peers);

    /// <summary>Writes everything that a float or a node needs, the configuration changed before it is written; its path.</summary>
    public string Install(string folder, string network, Action<JsonObject> change, params JsonObject[] peers)
    {
        Directory.CreateDirectory(folder);
        WriteSecret(Path.Combine(folder, "identity.key"), PemEncoding.WriteString("PRIVATE KEY", [.. Pkcs8Ed25519, .. _seed]) + "\n");
        WriteCertificate(folder);
        var configuration = new JsonObject
        {
            ["network"] = new JsonObject { ["name"] = network },
            ["identity"] = new JsonObject { ["keyFile"] = "identity.key" },
            ["tls"] = new JsonObject { ["certificateFile"] = "tls.crt", ["keyFile"] = "tls.key" },
            ["listen"] = new JsonArray(Port == 0 ? [] : [JsonValue.Create($"127.0.0.1:{Port}")]),
            ["peers"] = new JsonArray([.. peers]),
            ["limits"] = new JsonObject { ["drainSeconds"] = 2, ["handshakeSeconds"] = 4, ["cryptoWorkers"] = 1, ["linkPacketBurst"] = PacketBurst, ["linkPacketsPerSecond"] = 50 },
            ["log"] = new JsonObject { ["level"] = "debug" },
        };
        change(configuration);
        var path = Path.Combine(folder, "float.json");
        File.WriteAllText(path, configuration.ToJsonString());
        return path;
    }

    /// <summary>The certificate and its key alone, where <see cref="Install"/> puts them.</summary>
    public void WriteCertificate(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "tls.crt"), Certificate.ExportCertificatePem() + "\n");
        using var key = Certificate.GetECDsaPrivateKey()!;
        WriteSecret(Path.Combine(folder, "tls.key"), key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static void WriteSecret(string path, string content)
    {
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
