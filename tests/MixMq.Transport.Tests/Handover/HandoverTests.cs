using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Handover;

/// <summary>A float that gets what it needs from its inside, over real sockets: the certificate that it shows outside, and revocation lists.</summary>
public sealed class HandoverTests : IAsyncLifetime
{
    private const string Taken = "The certificate for peers outside was handed over by inside and is in use";
    private readonly TestFolder _folder = new();
    private readonly TestCa _publicCa = new("public CA");
    private readonly X509Certificate2 _first;
    private readonly CertificateFolder _files;
    private readonly TestNode _inside = new("inside", relays: false);
    private readonly TestNode _float = new("float") { HasInnerListener = true, Adjust = configuration => configuration with { PublicHandedOver = true } };
    private readonly TestNode _outside = new("outside");

    public HandoverTests()
    {
        _first = _publicCa.Issue();
        _files = new CertificateFolder(_first);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _inside.DisposeAsync();
        await _float.DisposeAsync();
        _files.Dispose();
        _first.Dispose();
        _publicCa.Dispose();
        _folder.Dispose();
    }

    [Fact]
    [Trait("Spec", "LNK-33")]
    [Trait("Spec", "LNK-34")]
    public async Task A_float_shows_outside_what_its_inside_handed_over_and_nothing_of_it_is_on_its_disk()
    {
        await StartAsync();
        await _outside.Knows(_float, dial: true, trust: _publicCa.Trust).StartAsync();
        await Task.WhenAll(_outside.UpAsync(_float), _float.UpAsync(_outside));
        Assert.Equal(CertificatePin.Of(_first), _outside.Host.Certificates[1].Pin);
        Assert.Equal(_float.Certificate.Pin, _inside.Host.Certificates[1].Pin);
        _float.Host.RequestStatus();
        await _float.StopAsync();
        Assert.Contains("outside      no certificate", File.ReadAllText(_float.StatusFile), StringComparison.Ordinal);

        using var key = _first.GetECDsaPrivateKey()!;
        var secret = key.ExportParameters(includePrivateParameters: true).D!;
        byte[][] forms = [secret, Encoding.ASCII.GetBytes(Convert.ToBase64String(secret)[..20]), Encoding.ASCII.GetBytes(Convert.ToHexString(secret)[..20]), _first.RawData];
        var files = Directory.GetFiles(_float.Folder, "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.All(forms, form => Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(form) < 0, file)));
    }

    [Fact]
    [Trait("Spec", "LNK-25")]
    [Trait("Spec", "LNK-33")]
    public async Task Without_its_inside_a_float_has_no_certificate_and_no_open_port()
    {
        await _float.Knows(_inside, accept: true, inner: true, activates: true, handsOver: true).StartAsync();
        Assert.False(_float.Host.IsListening);
        await _inside.Knows(_float, dial: true, at: _float.InnerEndpoint, handOver: new HandoverConfiguration(_files.Files, null)).StartAsync();
        await _float.WhenAsync(host => host.IsListening);

        await _inside.StopAsync();
        await _float.Log.WaitForAsync("The certificate for peers outside is forgotten");
        await _float.WhenAsync(host => !host.IsListening);

        var lines = _float.Log.Lines.Length;
        await _inside.StartAsync();
        await _float.Log.WaitForAsync(Taken, lines);
        await _float.WhenAsync(host => host.IsListening);
        Assert.Equal(HashOf(_first), await ServedAsync());
    }

    [Fact]
    [Trait("Spec", "LNK-32")]
    public async Task A_certificate_renewed_inside_is_served_outside_and_links_stay()
    {
        await StartAsync();
        Assert.Equal(HashOf(_first), await ServedAsync());
        using var renewed = _publicCa.Issue();
        var lines = _float.Log.Lines.Length;
        _files.Put(renewed, renewed);
        await _float.Log.WaitForAsync(Taken, lines);
        Assert.Equal(HashOf(renewed), await ServedAsync());

        using var expired = _publicCa.Issue(toDay: 5);
        _files.Put(expired, expired);

        // Where the test is slow between the certificate and its key, a first look finds that they don't belong together.
        Assert.Contains("The certificate for float: read again, but can't be used", await _inside.Log.WaitForAsync("has expired"), StringComparison.Ordinal);
        Assert.Equal(HashOf(renewed), await ServedAsync());
        Assert.True(_float.Host.IsListening);
        Assert.DoesNotContain(_float.Log.Lines.Concat(_inside.Log.Lines), line => line.Contains("is down", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Spec", "LNK-33")]
    public async Task A_float_that_dials_outside_does_so_once_it_has_the_certificate()
    {
        await _outside.Knows(_float, accept: true, trust: _publicCa.Trust).StartAsync();
        await _float.Knows(_inside, accept: true, inner: true, activates: true, handsOver: true).Knows(_outside, dial: true).StartAsync();
        Assert.Contains("has not been handed over yet", await _float.Log.WaitForAsync("Dialling outside failed"), StringComparison.Ordinal);
        await _inside.Knows(_float, dial: true, at: _float.InnerEndpoint, handOver: new HandoverConfiguration(_files.Files, null)).StartAsync();
        await _outside.UpAsync(_float);
        Assert.Equal(CertificatePin.Of(_first), _outside.Host.Certificates[1].Pin);
    }

    [Fact]
    [Trait("Spec", "LNK-34")]
    public async Task Lists_handed_over_decide_about_the_next_handshake()
    {
        using var certificate = _publicCa.Issue();
        await using var outside = new TestNode("outside") { Certificate = new LocalCertificate(certificate, []) };
        var handed = new RevocationSet();
        var trust = new CaFileTrust([X509CertificateLoader.LoadCertificate(_publicCa.Certificate.RawData)], null, Revocation.HandedOver(handed, RevocationMode.Hard));
        await using var relay = new TestNode("float") { HasInnerListener = true, Adjust = configuration => configuration with { HandedLists = handed } };
        await relay.Knows(_inside, accept: true, inner: true, handsOver: true).Knows(outside, accept: true, trust: trust).StartAsync();
        await outside.Knows(relay, dial: true).StartAsync();
        Assert.Contains("no valid revocation list", await relay.Log.WaitForAsync("Connection from outside was turned away"), StringComparison.Ordinal);

        var file = _folder.WriteBytes("list.crl", _publicCa.RevocationList([]));
        await _inside.Knows(relay, dial: true, at: relay.InnerEndpoint, handOver: new HandoverConfiguration(null, file)).StartAsync();
        await relay.Log.WaitForAsync("inside handed over 1 revocation lists");
        await relay.UpAsync(outside);

        var lines = relay.Log.Lines.Length;
        File.Move(_folder.WriteBytes("new", _publicCa.RevocationList([certificate])), file, overwrite: true);
        await relay.Log.WaitForAsync("inside handed over 1 revocation lists", lines);
        await outside.StopAsync();
        await outside.StartAsync();
        Assert.Contains("has been revoked by its CA", await relay.Log.WaitForAsync("Connection from outside was turned away", lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_float_that_expects_no_certificate_takes_none()
    {
        await using var relay = new TestNode("float") { HasInnerListener = true };
        await relay.Knows(_inside, accept: true, inner: true, activates: true, handsOver: true).StartAsync();
        await _inside.Knows(relay, dial: true, at: relay.InnerEndpoint, handOver: new HandoverConfiguration(_files.Files, null)).StartAsync();
        await relay.Log.WaitForAsync("inside handed over a certificate, which this float doesn't expect");
        await relay.UpAsync(_inside);
        Assert.Equal(relay.Certificate.Pin, relay.Host.Certificates[0].Pin);
    }

    private static byte[] HashOf(X509Certificate2 certificate) => SHA256.HashData(certificate.RawData);

    private async Task StartAsync()
    {
        await _float.Knows(_inside, accept: true, inner: true, activates: true, handsOver: true).Knows(_outside, accept: true).StartAsync();
        await _inside.Knows(_float, dial: true, at: _float.InnerEndpoint, handOver: new HandoverConfiguration(_files.Files, null)).StartAsync();
        await _float.Log.WaitForAsync(Taken);
        await _float.WhenAsync(host => host.IsListening);
    }

    /// <summary>SHA-256 of the certificate that a connection to the float from outside is shown now.</summary>
    private async Task<byte[]> ServedAsync()
    {
        using var patience = new CancellationTokenSource(TestLog.Patience);
        var peer = new PeerConfiguration { Name = "float", Address = _float.Identity.Address, Trust = _publicCa.Trust };
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_float.Endpoint, patience.Token);
        var (channel, refusal) = await new TlsGate(new ServedCertificate(_outside.Certificate), [peer], TimeProvider.System).DialAsync(socket, peer, patience.Token);
        Assert.True(channel is not null, refusal?.Describe());
        await channel.Stream.DisposeAsync();
        return channel.Info.RemoteCertificateHash.ToArray();
    }
}
