using System.Net;
using System.Security.Cryptography.X509Certificates;
using MixMq.Overlay.Links;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests;

/// <summary>Another's TLS, openssl's own client and server, against a real listener and a real dialler: what spec/04, section 2, says of TLS.</summary>
public sealed class ForeignTlsTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly TestNode _peer = new("peer");
    private readonly TestNode _node = new("node");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _peer.DisposeAsync();
        _folder.Dispose();
    }

    [OpenSslFact]
    [Trait("Spec", "LNK-1")]
    public async Task A_client_with_a_peers_certificate_gets_through_tls_without_alpn_or_early_data_whatever_name_it_asks_for()
    {
        await _node.Knows(_peer, accept: true).StartAsync();
        await using var client = Client(CertificateOf(_peer.Ca), "-alpn", "h2", "-servername", "elsewhere.example", "-CAfile", _folder.Write("node-ca.pem", _node.Ca.Pem));
        await client.SaysAsync("Verify return code: 0 (ok)");
        await _node.UntilAsync(snapshot => snapshot.Handshakes == 1);
        var said = await client.EndAsync();
        Assert.Contains("New, TLSv1.3", said, StringComparison.Ordinal);
        Assert.Contains("No ALPN negotiated", said, StringComparison.Ordinal);
        Assert.Contains("Secure Renegotiation IS NOT supported", said, StringComparison.Ordinal);
        Assert.Contains("Early data was not sent", said, StringComparison.Ordinal);
        await _node.UntilAsync(snapshot => snapshot.RefusalsOf(LinkRefusalReason.ClosedByPeer) == 1);
    }

    [OpenSslFact]
    [Trait("Spec", "LNK-1")]
    public async Task A_session_is_never_resumed()
    {
        await _node.Knows(_peer, accept: true).StartAsync();
        var session = _folder.File("session.pem");
        var certificate = CertificateOf(_peer.Ca);
        for (var i = 1; i <= 2; i++)
        {
            await using var client = Client(certificate, i == 1 ? ["-sess_out", session] : File.Exists(session) ? ["-sess_in", session] : []);
            await client.SaysAsync("Verify return code");
            await _node.UntilAsync(snapshot => snapshot.Handshakes == 1);
            var said = await client.EndAsync();
            Assert.Contains("New, TLSv1.3", said, StringComparison.Ordinal);
            Assert.DoesNotContain("Reused", said, StringComparison.Ordinal);
            await _node.UntilAsync(snapshot => snapshot.RefusalsOf(LinkRefusalReason.ClosedByPeer) == i);
        }
    }

    [OpenSslFact]
    public async Task A_client_is_shown_the_renewed_certificate()
    {
        using var first = _node.Ca.Issue();
        using var renewed = _node.Ca.Issue();
        using var files = new CertificateFolder(first);
        await using var node = new TestNode("renewing") { Certificate = files.Files.Load(), CertificateFiles = files.Files };
        await node.Knows(_peer, accept: true).StartAsync();
        var certificate = CertificateOf(_peer.Ca);
        Assert.Equal(first.ExportCertificatePem(), await ShownAsync(node, certificate));
        files.Put(renewed, renewed);
        await node.Log.WaitForAsync("The node's certificate: read again, and in use");
        Assert.Equal(renewed.ExportCertificatePem(), await ShownAsync(node, certificate));
    }

    [OpenSslFact]
    [Trait("Spec", "LNK-1")]
    public async Task A_client_of_an_older_version_is_turned_away()
    {
        await _node.Knows(_peer, accept: true).StartAsync();
        await using var client = Client(CertificateOf(_peer.Ca), "-tls1_2");
        Assert.Contains("New, (NONE), Cipher is (NONE)", await client.EndedAsync(), StringComparison.Ordinal);
        await _node.Log.WaitForAsync("the other side does not speak TLS 1.3");
    }

    [OpenSslFact]
    [Trait("Spec", "LNK-1")]
    public async Task A_client_without_certificate_is_turned_away_with_the_reason()
    {
        await _node.Knows(_peer, accept: true).StartAsync();
        await using var client = Client([]);
        await _node.Log.WaitForAsync("A connection was turned away: the peer showed no certificate");
        Assert.DoesNotContain("application data", await client.EndAsync(), StringComparison.Ordinal);
    }

    [OpenSslFact]
    public async Task A_client_with_a_wrong_certificate_is_turned_away_with_the_reason()
    {
        using var other = new TestCa("other CA");
        await _node.Knows(_peer, accept: true).StartAsync();
        await using (Client(CertificateOf(other)))
        {
            await _node.Log.WaitForAsync("the certificate satisfies the trust setting of no configured peer");
        }

        await using (Client(CertificateOf(_peer.Ca, toDay: 5)))
        {
            Assert.Contains("has expired", await _node.Log.WaitForAsync("Connection from peer was turned away"), StringComparison.Ordinal);
        }
    }

    [OpenSslFact]
    [Trait("Spec", "LNK-1")]
    public async Task A_server_sees_the_fixed_name_and_the_nodes_certificate_and_no_alpn_resumption_or_early_data()
    {
        // Any purpose: the node's certificate is for servers alone, which openssl wouldn't take from a client of its own accord.
        await using var server = Server(
            CertificateOf(_peer.Ca), "-tls1_3", "-Verify", "1", "-purpose", "any", "-CAfile", _folder.Write("node-ca.pem", _node.Ca.Pem), "-verify_return_error");
        await DialAsync(server);
        await server.SaysAsync("Client certificate");
        await server.SaysAsync("subject=");
        await server.SaysAsync("CIPHER is");
        var said = server.Said;
        Assert.Contains("TLS client extension \"server name\" (id=0), len=10\n0000 - 00 08 00 00 05 6d 69 78-6d 71 ", said, StringComparison.Ordinal);
        foreach (var id in (int[])[16, 41, 42])
        {
            // Application protocols, a session to resume, early data.
            Assert.DoesNotContain($"(id={id})", said, StringComparison.Ordinal);
        }
    }

    [OpenSslFact]
    [Trait("Spec", "LNK-1")]
    public async Task A_server_of_an_older_version_is_left()
    {
        await using var server = Server(CertificateOf(_peer.Ca), "-tls1_2", "-Verify", "1");
        await DialAsync(server);
        Assert.Contains("does not speak TLS 1.3", await _node.Log.WaitForAsync("Dialling peer failed"), StringComparison.Ordinal);
    }

    [OpenSslFact]
    public async Task A_server_with_a_wrong_certificate_is_left_with_the_reason()
    {
        using var other = new TestCa("other CA");
        await using var server = Server(CertificateOf(other), "-tls1_3", "-Verify", "1");
        await DialAsync(server);
        Assert.Contains("was not issued by the CA of its trust:caFile", await _node.Log.WaitForAsync("Dialling peer failed"), StringComparison.Ordinal);
    }

    [OpenSslFact]
    [Trait("Spec", "LNK-1")]
    public async Task A_server_that_asks_for_no_certificate_is_left_with_the_reason()
    {
        await using var server = Server(CertificateOf(_peer.Ca), "-tls1_3");
        await DialAsync(server);
        Assert.Contains("did not ask for this node's certificate", await _node.Log.WaitForAsync("Dialling peer failed"), StringComparison.Ordinal);
    }

    private static OpenSslProcess Server(string[] certificate, params string[] more) =>
        new(["s_server", "-accept", "127.0.0.1:0", "-tlsextdebug", .. certificate, .. more]);

    private static async Task<string> ShownAsync(TestNode node, string[] certificate)
    {
        const string End = "-----END CERTIFICATE-----";
        await using var client = new OpenSslProcess(["s_client", "-connect", node.Endpoint.ToString(), .. certificate]);
        await client.SaysAsync(End);
        var said = await client.EndAsync();
        return said[said.IndexOf("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal)..(said.IndexOf(End, StringComparison.Ordinal) + End.Length)];
    }

    private OpenSslProcess Client(string[] certificate, params string[] more) => new(["s_client", "-connect", _node.Endpoint.ToString(), .. certificate, .. more]);

    private async Task DialAsync(OpenSslProcess server)
    {
        var port = await server.PortAsync();
        await _node.Knows(_peer, dial: true, at: new IPEndPoint(IPAddress.Loopback, port)).StartAsync();
    }

    /// <summary>The options by which openssl shows a certificate of the CA.</summary>
    private string[] CertificateOf(TestCa ca, int toDay = 400)
    {
        using var certificate = ca.Issue(toDay: toDay);
        using var key = certificate.GetECDsaPrivateKey()!;
        return
        [
            "-cert", _folder.Write($"{certificate.SerialNumber}.pem", certificate.ExportCertificatePem() + "\n"),
            "-key", _folder.Write($"{certificate.SerialNumber}.key", key.ExportPkcs8PrivateKeyPem() + "\n"),
        ];
    }
}
