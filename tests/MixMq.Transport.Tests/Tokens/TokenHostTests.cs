using System.Net;
using System.Security.Cryptography.X509Certificates;
using MixMq.Overlay.Links;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Tokens;

/// <summary>Running hosts whose key is in a token: openssl's own client and server meet it, it changes, and the token goes.</summary>
[Collection(nameof(SoftTokens))]
public sealed class TokenHostTests : IAsyncLifetime
{
    private const string OldStays = "The node's certificate: read again, but can't be used";
    private readonly TestFolder _folder = new();
    private readonly TestNode _peer = new("peer");
    private readonly TestCa _ca = new("token CA");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _peer.DisposeAsync();
        _ca.Dispose();
        _folder.Dispose();
    }

    [TokenFact]
    public async Task Openssl_as_client_and_as_server_meets_a_key_in_a_token_and_links_come_up()
    {
        using var leaf = _ca.Issue();
        await using var node = Node("foreign", "links", leaf);
        await node.Knows(_peer, accept: true).StartAsync();
        await using (var client = new OpenSslProcess(["s_client", "-connect", node.Endpoint.ToString(), .. PeerCertificate(), "-CAfile", _folder.Write("ca.pem", _ca.Pem)]))
        {
            await client.SaysAsync("Verify return code: 0 (ok)");
            var said = await client.EndAsync();
            Assert.Contains("New, TLSv1.3", said, StringComparison.Ordinal);
            Assert.Contains("Peer signature type: ECDSA", said, StringComparison.Ordinal);
        }

        await using var dialling = Node("dialling", "links", leaf, "again");
        await using (var server = new OpenSslProcess(
            ["s_server", "-accept", "127.0.0.1:0", "-tls1_3", "-Verify", "1", "-purpose", "any", "-CAfile", _folder.File("ca.pem"), "-verify_return_error", .. PeerCertificate()]))
        {
            await dialling.Knows(_peer, dial: true, at: new IPEndPoint(IPAddress.Loopback, await server.PortAsync())).StartAsync();
            await server.SaysAsync("Client certificate");
            await server.SaysAsync("CIPHER is");
        }

        await _peer.Knows(node, dial: true, trust: _ca.Trust).StartAsync();
        await Task.WhenAll(node.UpAsync(_peer), _peer.UpAsync(node));
    }

    [TokenFact]
    public async Task A_renewed_certificate_of_the_same_key_is_taken_and_one_of_another_key_is_not()
    {
        using var leaf = _ca.Issue();
        await using var node = Node("renewing", "links", leaf);
        await node.Knows(_peer, accept: true).StartAsync();
        using var other = _ca.Issue();
        Replace("renewing", other);
        Assert.Contains(OldStays, await node.Log.WaitForAsync("is not that of the first certificate"), StringComparison.Ordinal);
        Assert.Equal(CertificatePin.Of(leaf), node.Host.Certificates[0].Pin);

        using var key = leaf.GetECDsaPrivateKey()!;
        using var renewed = new CertificateRequest("CN=renewed", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        Replace("renewing", renewed);
        await node.Log.WaitForAsync("The node's certificate: read again, and in use");
        Assert.Equal(CertificatePin.Of(renewed), node.Host.Certificates[0].Pin);
    }

    [TokenFact]
    public async Task When_the_token_is_gone_the_old_certificate_stays_links_stay_up_and_the_reason_is_said()
    {
        using var leaf = _ca.Issue();
        await using var node = Node("left", "gone", leaf);
        await node.Knows(_peer, accept: true).StartAsync();
        await _peer.Knows(node, dial: true, trust: _ca.Trust).StartAsync();
        await Task.WhenAll(node.UpAsync(_peer), _peer.UpAsync(node));
        var token = SoftToken.Get("gone");
        Directory.Move(token.Folder, _folder.File("taken-away"));
        using var renewed = _ca.Issue();
        Replace("left", renewed);
        var said = await node.Log.WaitForAsync(OldStays);
        Assert.Contains("token=gone", said, StringComparison.Ordinal);
        Assert.Equal(CertificatePin.Of(leaf), node.Host.Certificates[0].Pin);
        Assert.Contains("token=gone", node.Host.Certificates[0].Warning, StringComparison.Ordinal);
        foreach (var side in (TestNode[])[node, _peer])
        {
            Assert.Equal(LinkStatus.Up, Assert.Single((await side.Host.SnapshotAsync()).Links).Status);
        }
    }

    private TestNode Node(string name, string token, X509Certificate2 leaf, string? label = null)
    {
        using var key = leaf.GetECDsaPrivateKey()!;
        label ??= name;
        var uri = SoftToken.Get(token).Put(key, label, Convert.ToHexString(System.Text.Encoding.ASCII.GetBytes(label)), _folder).Uri(label, _folder);
        var files = CertificateFiles.Token(_folder.Write(name + ".crt", leaf.ExportCertificatePem()), uri);
        return new TestNode(name) { Certificate = files.Load(), CertificateFiles = files };
    }

    private void Replace(string name, X509Certificate2 leaf) =>
        File.Move(_folder.Write("new", leaf.ExportCertificatePem()), _folder.File(name + ".crt"), overwrite: true);

    private string[] PeerCertificate()
    {
        using var certificate = _peer.Ca.Issue();
        using var key = certificate.GetECDsaPrivateKey()!;
        return ["-cert", _folder.Write("peer.crt", certificate.ExportCertificatePem() + "\n"), "-key", _folder.Write("peer.key", key.ExportPkcs8PrivateKeyPem() + "\n")];
    }
}
