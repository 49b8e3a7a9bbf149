using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Overlay.Links;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests;

/// <summary>Certificates and CA files change under running hosts; what is served afterwards is asked by a handshake.</summary>
public sealed class RenewalTests : IAsyncLifetime
{
    private const string InUse = "The node's certificate: read again, and in use";
    private const string OldStays = "The node's certificate: read again, but can't be used";
    private readonly TestCa _ca = new();
    private readonly TestNode _left = new("left");
    private readonly CertificateFolder _files;
    private readonly X509Certificate2 _first;
    private readonly TestNode _right;

    public RenewalTests()
    {
        _first = _ca.Issue();
        _files = new CertificateFolder(_first);
        _right = new TestNode("right") { Certificate = _files.Files.Load(), CertificateFiles = _files.Files };
    }

    public async Task InitializeAsync()
    {
        await _right.Knows(_left, accept: true).StartAsync();
        await _left.Knows(_right, dial: true, trust: _ca.Trust).StartAsync();
        await Task.WhenAll(_left.UpAsync(_right), _right.UpAsync(_left));
    }

    public async Task DisposeAsync()
    {
        await _left.DisposeAsync();
        await _right.DisposeAsync();
        _files.Dispose();
        _first.Dispose();
        _ca.Dispose();
    }

    [Fact]
    public async Task A_renewed_certificate_is_served_and_links_that_are_up_stay()
    {
        Assert.Equal(HashOf(_first), await ServedAsync());
        using var renewed = _ca.Issue();
        _files.Put(renewed, renewed);
        await _right.Log.WaitForAsync(InUse);
        Assert.Equal(HashOf(renewed), await ServedAsync());
        Assert.Equal(CertificatePin.Of(renewed), _right.Host.Certificates[0].Pin);
        foreach (var node in (TestNode[])[_left, _right])
        {
            var link = Assert.Single((await node.Host.SnapshotAsync()).Links);
            Assert.Equal((LinkStatus.Up, 0), (link.Status, link.Flaps));
            Assert.DoesNotContain(node.Log.Lines, line => line.Contains("is down", StringComparison.Ordinal) || line.Contains("moved", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("garbage", "is not a PEM file of certificates")]
    [InlineData("another key", "is not the unencrypted PEM private key")]
    [InlineData("expired", "has expired")]
    [InlineData("not yet valid", "is not valid yet")]
    [InlineData("foreign intermediate", "none of the further certificates")]
    [InlineData("expired intermediate", "an intermediate that is sent with it, has expired")]
    public async Task What_can_not_be_used_is_not_taken_and_what_mends_it_is(string fault, string reason)
    {
        using var good = _ca.Issue();
        using var other = _ca.Issue();
        using var expired = _ca.Issue(toDay: 5);
        using var early = _ca.Issue(fromDay: 20);
        using var stale = _ca.IssueIntermediate(toDay: 9);
        using var underStale = stale.Issue(toDay: 8);
        switch (fault)
        {
            case "garbage":
                _files.Replace("tls.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
                break;
            case "another key":
                _files.Put(good, other);
                break;
            case "expired":
                _files.Put(expired, expired);
                break;
            case "not yet valid":
                _files.Put(early, early);
                break;
            case "foreign intermediate":
                _files.Put(good, good, stale.Certificate);
                break;
            default:
                _files.Put(underStale, underStale, stale.Certificate);
                break;
        }

        Assert.Contains(OldStays, await _right.Log.WaitForAsync(reason), StringComparison.Ordinal);
        Assert.Equal(HashOf(_first), await ServedAsync());
        Assert.Contains(reason, _right.Host.Certificates[0].Warning, StringComparison.Ordinal);

        _files.Put(good, good);
        await _right.Log.WaitForAsync(InUse);
        Assert.Equal(HashOf(good), await ServedAsync());
        Assert.Equal("", _right.Host.Certificates[0].Warning);
    }

    [Fact]
    public async Task What_is_behind_a_link_is_found_by_looking_and_by_asking()
    {
        using var store = new TestFolder();
        _files.LinkInto(store);
        _right.Host.ReloadFiles();
        await _right.Log.WaitForAsync(InUse);

        using var second = _ca.Issue();
        Write(store, second);
        var lines = _right.Log.Lines.Length;
        _right.Host.ReloadFiles();
        await _right.Log.WaitForAsync(InUse, lines);
        Assert.Equal(HashOf(second), await ServedAsync());

        using var third = _ca.Issue();
        await using var looking = new TestNode("looking") { Certificate = _files.Files.Load(), CertificateFiles = _files.Files, PollSeconds = 1 };
        await looking.StartAsync();
        Write(store, third);
        await looking.Log.WaitForAsync(InUse);
        Assert.Equal(CertificatePin.Of(third), looking.Host.Certificates[0].Pin);
    }

    [Fact]
    public async Task A_peer_sees_the_renewed_certificate_when_the_node_dials_it()
    {
        await using var dialling = new TestNode("dialling") { Certificate = _files.Files.Load(), CertificateFiles = _files.Files };
        await using var accepting = new TestNode("accepting");
        await accepting.Knows(dialling, accept: true, trust: _ca.Trust).StartAsync();
        await dialling.Knows(accepting, dial: true).StartAsync();
        await accepting.UpAsync(dialling);
        Assert.Equal(("dialling", CertificatePin.Of(_first)), (accepting.Host.Certificates[1].Peer, accepting.Host.Certificates[1].Pin));

        using var renewed = _ca.Issue();
        _files.Put(renewed, renewed);
        await dialling.Log.WaitForAsync(InUse);
        await accepting.StopAsync();
        var lines = accepting.Log.Lines.Length;
        await accepting.StartAsync();
        await accepting.UpAsync(dialling, lines);
        Assert.Equal(CertificatePin.Of(renewed), accepting.Host.Certificates[1].Pin);
    }

    [Fact]
    public async Task A_changed_ca_file_decides_about_the_next_handshake()
    {
        using var folder = new TestFolder();
        using var newCa = new TestCa("new CA");
        var file = folder.Write("ca.pem", newCa.Pem);
        Assert.True(CaFileTrust.TryLoad(file, name: null, revocation: null, out var trust, out _));
        await using var accepting = new TestNode("accepting");
        await using var dialling = new TestNode("dialling");
        await accepting.Knows(dialling, accept: true, trust: trust).StartAsync();
        await dialling.Knows(accepting, dial: true).StartAsync();
        await accepting.Log.WaitForAsync("was turned away");

        folder.Write("ca.pem", "nothing");
        await accepting.Log.WaitForAsync("The CA file of dialling: read again, but can't be used");
        folder.Write("ca.pem", newCa.Pem + "\n" + dialling.Ca.Pem);
        await accepting.Log.WaitForAsync("The CA file of dialling: read again, and in use");
        await accepting.UpAsync(dialling);
    }

    private static byte[] HashOf(X509Certificate2 certificate) => SHA256.HashData(certificate.RawData);

    private static void Write(TestFolder store, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        store.Write("tls.crt", certificate.ExportCertificatePem());
        store.Write("tls.key", key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>SHA-256 of the certificate that a connection to the right node is shown now.</summary>
    private async Task<byte[]> ServedAsync()
    {
        using var patience = new CancellationTokenSource(TestLog.Patience);
        var peer = new PeerConfiguration { Name = "right", Address = _right.Identity.Address, Trust = _ca.Trust };
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_right.Endpoint, patience.Token);
        var (channel, refusal) = await new TlsGate(new ServedCertificate(_left.Certificate), [peer], TimeProvider.System).DialAsync(socket, peer, patience.Token);
        Assert.True(channel is not null, refusal?.Describe());
        await channel.Stream.DisposeAsync();
        return channel.Info.RemoteCertificateHash.ToArray();
    }
}
