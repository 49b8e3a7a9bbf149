using System.Collections;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MixMq.Overlay.Links;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests;

/// <summary>A running float's file changes: over real sockets, with its neighbours looking on.</summary>
public sealed class PeerReloadTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly TestCa _ca = new("hub CA");
    private readonly TestNode _left = new("left");
    private readonly TestNode _right = new("right");
    private readonly TestLog _log = new();
    private readonly NodeIdentity _identity;
    private readonly JsonObject _json;
    private RelayConfiguration? _configuration;
    private OverlayHost? _host;

    public PeerReloadTests()
    {
        _identity = NodeIdentity.Create(_folder.File("identity.key"));
        using var certificate = _ca.Issue();
        using var key = certificate.GetECDsaPrivateKey()!;
        _folder.Write("tls.crt", certificate.ExportCertificatePem());
        _folder.Write("tls.key", key.ExportPkcs8PrivateKeyPem());
        _json = new JsonObject
        {
            ["network"] = new JsonObject { ["name"] = "test" },
            ["identity"] = new JsonObject { ["keyFile"] = "identity.key" },
            ["tls"] = new JsonObject { ["certificateFile"] = "tls.crt", ["keyFile"] = "tls.key", ["pollSeconds"] = 3600 },
            ["listen"] = new JsonArray("127.0.0.1:0"),
            ["peers"] = new JsonArray(),
            ["limits"] = new JsonObject { ["cryptoWorkers"] = 1 },
        };
    }

    private JsonArray Peers => (JsonArray)_json["peers"]!;

    private OverlayHost Host => _host!;

    public async Task InitializeAsync()
    {
        Peers.Add((JsonNode)Entry(_left));
        WriteBehindLink();
        File.CreateSymbolicLink(_folder.File("float.json"), _folder.File("mounted.json"));
        var (value, live) = ConfigurationLoader.LoadLive(
            _folder.File("float.json"), new Hashtable(), [], reader => RelayConfiguration.Read(reader, relays: true), out var errors);
        Assert.True(errors.IsEmpty, string.Join('\n', errors));
        _configuration = value!;
        _host = new OverlayHost(value!, _identity, consumer: null, _log, TimeProvider.System) { Live = live };
        await _host.StartAsync(CancellationToken.None);
        foreach (var node in (TestNode[])[_left, _right])
        {
            await node.Knows(new PeerConfiguration
            {
                Name = "hub",
                Address = _identity.Address,
                Dial = new DialTarget(IPAddress.Loopback.ToString(), Assert.Single(_host.ListenEndpoints).Port),
                Trust = _ca.Trust,
            }).StartAsync();
        }

        await Task.WhenAll(_log.WaitForAsync("Link to left is up"), _left.Log.WaitForAsync("Link to hub is up"));
    }

    public async Task DisposeAsync()
    {
        await _left.DisposeAsync();
        await _right.DisposeAsync();
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _configuration?.Certificate.Dispose();
        _identity.Dispose();
        _ca.Dispose();
        _folder.Dispose();
    }

    [Fact]
    [Trait("Spec", "LNK-44")]
    public async Task A_peer_that_is_written_into_the_file_has_a_link_and_one_that_is_taken_out_has_none()
    {
        Peers.Add((JsonNode)Entry(_right));
        Write();
        await _log.WaitForAsync("Peer right is added");
        await _right.Log.WaitForAsync("Link to hub is up");
        Assert.Equal(["left", "right"], Host.Peers.Select(peer => peer.Name));

        var at = _right.Log.Lines.Length;
        Peers.RemoveAt(1);
        Write();
        await _log.WaitForAsync("Peer right is removed");
        await _right.Log.WaitForAsync("Link to hub is down: Goodbye", at);
        await _log.WaitForAsync("A connection was turned away");
        await LeftSawNothingAsync();
        var trail = await TrailAsync("peer-removed");
        Assert.Contains("peer-added peer=right", trail, StringComparison.Ordinal);
        Assert.Contains("peer-removed peer=right", trail, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Spec", "LNK-46")]
    public async Task Another_trust_setting_moves_the_link_and_a_wrong_one_leaves_it_for_a_while()
    {
        Peers[0] = Entry(_left, new JsonObject { ["pinnedKey"] = _left.Certificate.Pin.ToString() });
        var outcome = await ReloadAsync();
        Assert.Equal<string>(["left"], outcome.Changed);
        await _log.WaitForAsync("Link to left moved to a newer connection");
        await _left.Log.WaitForAsync("Link to hub moved to a newer connection");

        var at = _log.Lines.Length;
        Peers[0] = Entry(_left, new JsonObject { ["pinnedKey"] = _right.Certificate.Pin.ToString() });
        Assert.Equal<string>(["left"], (await ReloadAsync()).Changed);
        await _log.WaitForAsync("was turned away", at);
        Assert.DoesNotContain(_log.Lines, line => line.Contains("is down", StringComparison.Ordinal));
        Assert.Equal((LinkStatus.Up, 0), await LinkAsync());
    }

    [Fact]
    [Trait("Spec", "LNK-49")]
    public async Task A_file_with_anything_wrong_changes_nothing_and_what_mends_it_is_taken()
    {
        Peers.Add((JsonNode)Entry(_right));
        Peers.Add((JsonNode)Entry(_right));
        var outcome = await ReloadAsync();
        Assert.Contains(outcome.Errors, error => error.Message.Contains("'right' stands twice", StringComparison.Ordinal));
        Assert.Equal("left", Assert.Single(Host.Peers).Name);
        await _log.WaitForAsync("The configuration: read again, but can't be used, so what was there before stays in use: peers:");

        Peers.RemoveAt(2);
        Assert.Equal<string>(["right"], (await ReloadAsync()).Added);
        await _right.Log.WaitForAsync("Link to hub is up");
        await LeftSawNothingAsync();
    }

    [Fact]
    [Trait("Spec", "LNK-49")]
    public async Task What_needs_a_restart_is_named_and_peers_are_taken_all_the_same()
    {
        _json["limits"]!["cryptoWorkers"] = 2;
        Peers.Add((JsonNode)Entry(_right));
        var outcome = await ReloadAsync();
        Assert.Equal<string>(["limits:cryptoWorkers"], outcome.NextStart);
        Assert.Equal<string>(["right"], outcome.Added);
        await _log.WaitForAsync("take effect at the next start alone: limits:cryptoWorkers");

        // The same again changes nothing, and is still said.
        outcome = await ReloadAsync();
        Assert.Empty(outcome.Added);
        Assert.Equal<string>(["limits:cryptoWorkers"], outcome.NextStart);
    }

    [Fact]
    [Trait("Spec", "LNK-49")]
    public async Task A_peer_that_needs_what_a_restart_brings_is_not_taken_before_it()
    {
        _json["innerListen"] = new JsonArray("127.0.0.1:0");
        var inner = Entry(_right);
        inner["inner"] = true;
        inner["activates"] = true;
        Peers.Add((JsonNode)inner);
        var outcome = await ReloadAsync();
        Assert.Contains(outcome.Errors, error => error.Message.Contains("before a restart", StringComparison.Ordinal) && error.Message.Contains("innerListen", StringComparison.Ordinal));
        Assert.Single(Host.Peers);
        Assert.True(Host.IsListening);
        await LeftSawNothingAsync();
    }

    [Fact]
    [Trait("Spec", "LNK-46")]
    public async Task A_renamed_peer_keeps_its_connection_and_goes_by_its_new_name()
    {
        Peers[0]!["name"] = "gauche";
        Assert.Equal<string>(["gauche"], (await ReloadAsync()).Changed);
        Assert.Equal("gauche", Assert.Single((await Host.SnapshotAsync()).Links).Peer);
        await LeftSawNothingAsync();
        Assert.Contains("peer-changed peer=gauche before=left", await TrailAsync("peer-changed"), StringComparison.Ordinal);
    }

    private JsonObject Entry(TestNode node, JsonObject? trust = null)
    {
        if (trust is null)
        {
            trust = new JsonObject { ["caFile"] = _folder.Write(node.Name + ".pem", node.Ca.Pem) };
        }

        return new JsonObject { ["name"] = node.Name, ["address"] = node.Identity.Address.ToString(), ["accept"] = true, ["trust"] = trust };
    }

    /// <summary>In the file's, or the link's, own place: the system tells the host of it.</summary>
    private void Write() => File.Move(_folder.Write("float.json.new", _json.ToJsonString()), _folder.File("float.json"), overwrite: true);

    /// <summary>Where a link leads: nobody tells the host, so that nothing is taken before it is asked to.</summary>
    private void WriteBehindLink() => File.Move(_folder.Write("mounted.json.new", _json.ToJsonString()), _folder.File("mounted.json"), overwrite: true);

    private async Task<ReloadOutcome> ReloadAsync()
    {
        WriteBehindLink();
        return await Host.ReloadConfigurationAsync();
    }

    private async Task<(LinkStatus Status, int Flaps)> LinkAsync()
    {
        var link = (await Host.SnapshotAsync()).Links[0];
        return (link.Status, link.Flaps);
    }

    private async Task LeftSawNothingAsync()
    {
        Assert.Equal((LinkStatus.Up, 0), await LinkAsync());
        Assert.DoesNotContain(_left.Log.Lines, line => line.Contains("is down", StringComparison.Ordinal) || line.Contains("moved", StringComparison.Ordinal));
    }

    /// <summary>The trail is written by a task of its own.</summary>
    private async Task<string> TrailAsync(string until)
    {
        using var patience = new CancellationTokenSource(TestLog.Patience);
        while (true)
        {
            var trail = await File.ReadAllTextAsync(_folder.File("data/audit.log"), patience.Token);
            if (trail.Contains(until, StringComparison.Ordinal))
            {
                return trail;
            }

            await Task.Yield();
        }
    }
}
