using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MixMq.Crypto;
using MixMq.Testing;
using MixMq.Transport.Configuration;
using MixMq.Transport.Survey;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Survey;

/// <summary>What is said of peers, over real connections on loopback.</summary>
public sealed class PeerSurveyTests : IDisposable
{
    private readonly NodeIdentity _self = NodeIdentity.Generate(SystemRandomSource.Instance);
    private readonly NodeIdentity _someone = NodeIdentity.Generate(SystemRandomSource.Instance);
    private readonly TestCa _ca = new("own CA");
    private readonly LocalCertificate _own;
    private readonly TestFolder _folder = new();

    public PeerSurveyTests() => _own = _ca.IssueLocal();

    public void Dispose()
    {
        _self.Dispose();
        _someone.Dispose();
        _own.Dispose();
        _ca.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_peer_that_is_as_configured_is_reached_and_trusted_and_takes_this_node()
    {
        await using var peer = await StartAsync(_ca.Trust);
        var found = await SurveyAsync(Peer("bank-b", peer.Endpoint, peer.Ca.Trust));
        Assert.Equal(["reach ok", "trust ok", "tls ok"], found.Select(finding => $"{finding.Check} {finding.Code}"));
        Assert.All(found, finding => Assert.Equal("bank-b", finding.Subject));
    }

    [Fact]
    public async Task A_survey_leaves_a_link_that_is_up_alone()
    {
        await using var peer = new TestNode("peer");
        await using var node = new TestNode("node");
        await peer.Knows(node, accept: true).StartAsync();
        await node.Knows(peer, dial: true).StartAsync();
        await Task.WhenAll(node.UpAsync(peer), peer.UpAsync(node));
        var setting = new PeerConfiguration { Name = "peer", Address = peer.Identity.Address, Dial = new DialTarget("127.0.0.1", peer.Endpoint.Port), Trust = peer.Ca.Trust };
        var found = await SurveyAsync(node.Certificate, status: null, "peer", setting);
        Assert.True(SurveyText.IsHealthy(found), SurveyText.Format(found, 100));
        Assert.Contains(found, finding => finding is { Check: "tls", Code: "ok" });
        await peer.UntilAsync(snapshot => snapshot.Connections == 1);
        foreach (var each in (TestNode[])[node, peer])
        {
            var link = Assert.Single((await each.Host.SnapshotAsync()).Links);
            Assert.Equal((Overlay.Links.LinkStatus.Up, 0), (link.Status, link.Flaps));
        }
    }

    [Fact]
    public async Task Another_pin_is_shown_beside_the_one_that_is_expected_and_the_peer_whose_it_is_named()
    {
        await using var peer = await StartAsync(_ca.Trust);
        using var other = _ca.IssueLocal();
        var found = await SurveyAsync(
            Peer("bank-b", peer.Endpoint, new PinnedKeyTrust(other.Pin), ("trust:pinnedkey", other.Pin.ToString())), Peer("bank-c", null, new PinnedKeyTrust(peer.Certificate.Pin)));
        var finding = Assert.Single(found, finding => finding.Check == "trust");
        Assert.Equal((FindingLevel.Problem, "OtherKey"), (finding.Level, finding.Code));
        Assert.Contains($"it shows {peer.Certificate.Pin} (of CN=", finding.Text, StringComparison.Ordinal);
        Assert.Contains($"and {other.Pin} is expected", finding.Text, StringComparison.Ordinal);
        Assert.Contains("peer bank-c may show: are the two mixed up?", finding.Text, StringComparison.Ordinal);
        Assert.NotEmpty(finding.Advice);
    }

    [Theory]
    [InlineData("float-bank-b.example", "float.bank-b.example is like it")]
    [InlineData("bank-b.example", "float.bank-b.example is like it")]
    [InlineData("something.else.example", "")]
    public async Task A_name_that_looks_like_the_expected_one_is_pointed_at(string asked, string hint)
    {
        using var ca = new TestCa("peer CA");
        using var certificate = new LocalCertificate(ca.Issue(dnsNames: ["float.bank-b.example", "x\u202e.example"]), []);
        await using var peer = new TestNode("peer") { Certificate = certificate };
        await peer.Knows(Peer("node", null, _ca.Trust) with { Accept = true }).StartAsync();
        Assert.True(RequiredDnsName.TryParse(asked, out var name));
        var trust = new CaFileTrust([X509CertificateLoader.LoadCertificate(ca.Certificate.RawData)], name);
        var finding = Assert.Single(await SurveyAsync(Peer("bank-b", peer.Endpoint, trust, ("trust:dnsname", asked))), finding => finding.Check == "trust");
        Assert.Equal("OtherName", finding.Code);
        Assert.Contains($"and {asked} is expected", finding.Text, StringComparison.Ordinal);
        Assert.Equal(hint.Length > 0, finding.Text.Contains("is like it", StringComparison.Ordinal));
        Assert.Contains(hint, finding.Text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', finding.Text);
    }

    [Fact]
    public async Task A_revoked_certificate_is_found_by_the_peers_own_lists()
    {
        await using var peer = await StartAsync(_ca.Trust);
        var leaf = X509CertificateLoader.LoadCertificate(peer.Certificate.Sent[0].RawData);
        var file = _folder.WriteBytes("lists.crl", peer.Ca.RevocationList([leaf]));
        Assert.True(Revocation.TryLoad(file, RevocationMode.Soft, out var revocation, out _));
        var trust = new CaFileTrust([X509CertificateLoader.LoadCertificate(peer.Ca.Certificate.RawData)], revocation: revocation);
        var finding = Assert.Single(await SurveyAsync(Peer("bank-b", peer.Endpoint, trust)), finding => finding.Check == "trust");
        Assert.Equal("Revoked", finding.Code);
        Assert.Contains(leaf.SerialNumber, finding.Text, StringComparison.Ordinal);
        leaf.Dispose();
    }

    [Fact]
    public async Task A_peer_that_refuses_this_nodes_certificate_is_told_from_one_that_is_refused()
    {
        using var stranger = new TestCa("stranger");
        await using var peer = await StartAsync(stranger.Trust);

        // However long the refusal takes, it is waited for.
        var survey = new PeerSurvey(Configuration(_own, Peer("bank-b", peer.Endpoint, peer.Ca.Trust)), null, new NoTimers());
        var finding = Assert.Single(await survey.RunAsync(null, CancellationToken.None).WaitAsync(TestLog.Patience), finding => finding.Check == "tls");
        Assert.Equal((FindingLevel.Problem, "refuses-own"), (finding.Level, finding.Code));
        Assert.Contains(_own.Pin.ToString(), finding.Text, StringComparison.Ordinal);
        Assert.StartsWith("this node accepts the peer's certificate, and the peer ends the connection", finding.Text, StringComparison.Ordinal);
    }

    [OpenSslFact]
    public async Task A_peer_that_refuses_by_an_alert_is_said_to_say_so()
    {
        using var stranger = new TestCa("stranger");
        using var theirs = _ca.Issue();
        using var key = theirs.GetECDsaPrivateKey()!;
        await using var server = new OpenSslProcess(
            "s_server", "-accept", "127.0.0.1:0", "-cert", _folder.Write("their.crt", theirs.ExportCertificatePem()), "-key", _folder.Write("their.key", key.ExportPkcs8PrivateKeyPem()),
            "-Verify", "1", "-verify_return_error", "-CAfile", _folder.Write("stranger.pem", stranger.Pem));
        var survey = new PeerSurvey(Configuration(_own, Peer("bank-b", new IPEndPoint(IPAddress.Loopback, await server.PortAsync()), _ca.Trust)), null, new NoTimers());
        var finding = Assert.Single(await survey.RunAsync(null, CancellationToken.None).WaitAsync(TestLog.Patience), finding => finding.Check == "tls");
        Assert.Equal((FindingLevel.Problem, "refuses-own"), (finding.Level, finding.Code));
        Assert.Contains("the peer refuses this node's", finding.Text, StringComparison.Ordinal);
        Assert.Contains("TLS alert", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_whose_look_fails_leaves_the_others()
    {
        await using var peer = await StartAsync(_ca.Trust);
        var broken = Peer("broken", peer.Endpoint, peer.Ca.Trust) with { Trust = null! };
        var found = await SurveyAsync(broken, Peer("bank-b", peer.Endpoint, peer.Ca.Trust));
        Assert.Contains(found, finding => finding.Subject == "broken" && finding.Level == FindingLevel.Problem);
        Assert.Contains(found, finding => finding is { Subject: "bank-b", Check: "tls", Code: "ok" });
    }

    [Fact]
    public void A_namesake_is_looked_for_among_all_pins_and_as_many_chains_as_are_allowed()
    {
        using var stranger = new TestCa("stranger");
        using var leaf = stranger.Issue();
        ImmutableArray<X509Certificate2> shown = [leaf];
        var first = Peer("first", null, _ca.Trust);
        ImmutableArray<PeerConfiguration> chains = [.. Enumerable.Range(0, 2 * NamesakeSearch.MostChains).Select(i => Peer($"c{i}", null, _ca.Trust))];
        var pinned = Peer("pinned", null, new PinnedKeyTrust(CertificatePin.Of(leaf)));
        Assert.Equal("", new NamesakeSearch([first, .. chains[..10]], TimeProvider.System).Find(first, shown));
        Assert.Contains("wasn't looked at for all", new NamesakeSearch([first, .. chains], new SteadyTime()).Find(first, shown), StringComparison.Ordinal);
        Assert.Contains("peer pinned may show", new NamesakeSearch([first, .. chains, pinned], new SteadyTime()).Find(first, shown), StringComparison.Ordinal);

        // The bound is the survey's, not the search's.
        var search = new NamesakeSearch([first, .. chains[..NamesakeSearch.MostChains]], new SteadyTime());
        Assert.Equal("", search.Find(first, shown));
        Assert.Contains("wasn't looked at for all", search.Find(first, shown), StringComparison.Ordinal);

        // Slow ones end it before.
        Assert.Contains("wasn't looked at for all", new NamesakeSearch([first, .. chains[..10]], new SlowTime()).Find(first, shown), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_port_and_one_that_talks_too_much_are_told_apart()
    {
        using var talker = Listen();
        var free = new IPEndPoint(IPAddress.Loopback, FreePorts.One());
        using var ended = new CancellationTokenSource();
        var talking = TalkAsync(talker, ended.Token);
        var found = await SurveyAsync(
            Peer("closed", free, _ca.Trust), Peer("talker", (IPEndPoint)talker.LocalEndpoint, _ca.Trust)).WaitAsync(TestLog.Patience);
        await ended.CancelAsync();
        await talking;
        Assert.Equal(
            ["closed reach Unreachable", "talker tls NotTls13"],
            found.Where(finding => finding.Level == FindingLevel.Problem).Select(finding => $"{finding.Subject} {finding.Check} {finding.Code}"));
        Assert.Contains("the connection is refused", found[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_says_nothing_is_given_up_in_time()
    {
        using var mute = Listen();
        var time = new HandTimers();
        var survey = new PeerSurvey(Configuration(_own, Peer("mute", (IPEndPoint)mute.LocalEndpoint, _ca.Trust)), null, time).RunAsync(null, CancellationToken.None);

        // Its time is over when it has come as far as TLS, however long that took.
        using var socket = await mute.AcceptSocketAsync();
        Assert.NotEqual(0, await socket.ReceiveAsync(new byte[1]));
        time.Fire();
        var found = await survey.WaitAsync(TestLog.Patience);
        Assert.Equal("mute tls TimedOut", Assert.Single(found, finding => finding.Level == FindingLevel.Problem) is var finding ? $"{finding.Subject} {finding.Check} {finding.Code}" : "");
    }

    [Fact]
    public async Task The_inner_certificate_is_not_shown_outside()
    {
        using var port = Listen();
        var accepted = port.AcceptSocketAsync();
        var configuration = Configuration(_own, Peer("bank-b", (IPEndPoint)port.LocalEndpoint, _ca.Trust)) with { PublicHandedOver = true };
        var found = await new PeerSurvey(configuration, null, TimeProvider.System).RunAsync(null, CancellationToken.None);
        Assert.Equal(["reach ok", "tls not-tried"], found.Select(finding => $"{finding.Check} {finding.Code}"));
        using var socket = await accepted;
        Assert.Equal(0, await socket.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task A_link_that_is_down_has_a_next_step_whoever_dials_and_whatever_certificate_is_shown()
    {
        using var port = Listen();
        var status = StatusFile.Parse(["written      2026-01-01T00:00:00Z", "links        0 of 1 up", "  r2                       down       for 7 s, packets 0 in 0 out, flaps 2"]);
        var peer = Peer("r2", (IPEndPoint)port.LocalEndpoint, _ca.Trust);
        var handed = await new PeerSurvey(Configuration(_own, peer) with { PublicHandedOver = true }, status, TimeProvider.System).RunAsync(null, CancellationToken.None);
        Assert.Contains("is the inside linked", Assert.Single(handed, finding => finding.Code == "down").Advice, StringComparison.Ordinal);
        var accepted = await SurveyAsync(_own, status, null, Peer("r2", null, _ca.Trust));
        Assert.Contains("the peer dials", Assert.Single(accepted, finding => finding.Code == "down").Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_running_program_says_of_links_comes_first()
    {
        var status = StatusFile.Parse(
        [
            "written      2026-01-01T00:00:00Z", "links        1 of 2 up",
            "  up                       up         for 5 s, packets 0 in 0 out, flaps 0", "    certificate sha256:00, valid until 2030-01-01T00:00:00Z", "                WARNING: soon",
            "  down                     down       for 7 s, packets 0 in 0 out, flaps 2", "    last refusal: it said no", "", "dropped", "  Replay                   3",
        ]);
        Assert.NotNull(status);
        Assert.Equal([("certificate", "up", "soon")], status.Warnings);
        Assert.Equal([("Replay", 3L)], status.Counts);
        var found = await SurveyAsync(_own, status, null, Peer("up", null, _ca.Trust), Peer("down", null, _ca.Trust), Peer("new", null, _ca.Trust));
        Assert.Equal(["up ok", "down down", "new unknown"], found.Select(finding => $"{finding.Subject} {finding.Code}"));
        Assert.Contains("it said no", found[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_no_peer_has_is_a_problem() =>
        Assert.Equal("unknown", Assert.Single(await SurveyAsync(_own, null, "bank-x", Peer("bank-b", null, _ca.Trust))).Code);

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static async Task TalkAsync(TcpListener listener, CancellationToken end)
    {
        try
        {
            using var socket = await listener.AcceptSocketAsync(end);
            for (var noise = new byte[65_536]; ;)
            {
                await socket.SendAsync(noise, end);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The survey has heard enough.
        }
    }

    /// <summary>A peer that accepts whoever satisfies the trust setting.</summary>
    private async Task<TestNode> StartAsync(TrustPolicy trust) => await new TestNode("peer").Knows(Peer("node", null, trust) with { Accept = true, Address = _self.Address }).StartAsync();

    private PeerConfiguration Peer(string name, IPEndPoint? dial, TrustPolicy trust, params (string Key, string Value)[] settings) => new()
    {
        Name = name,
        Address = _someone.Address,
        Dial = dial is null ? null : new DialTarget("127.0.0.1", dial.Port),
        Trust = trust,
        Settings = settings.ToImmutableSortedDictionary(setting => setting.Key, setting => setting.Value, StringComparer.Ordinal),
    };

    private Task<ImmutableArray<Finding>> SurveyAsync(params PeerConfiguration[] peers) => SurveyAsync(_own, null, null, peers);

    private Task<ImmutableArray<Finding>> SurveyAsync(LocalCertificate own, StatusFile? status, string? only, params PeerConfiguration[] peers) =>
        new PeerSurvey(Configuration(own, peers), status, TimeProvider.System).RunAsync(only, CancellationToken.None);

    private RelayConfiguration Configuration(LocalCertificate own, params PeerConfiguration[] peers) => new()
    {
        Network = TestNode.Network,
        Relays = true,
        Certificate = own,
        Peers = [.. peers],
        DataDirectory = _folder.Path,
        StatusFile = _folder.File("status.txt"),
        Limits = new LimitsConfiguration { HandshakeSeconds = 15 },
    };

    /// <summary>No time passes.</summary>
    private sealed class SteadyTime : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    /// <summary>Each look at it takes a second.</summary>
    private sealed class SlowTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _now++;
    }

    /// <summary>All time there is runs out when the test says so.</summary>
    private sealed class HandTimers : TimeProvider
    {
        private readonly ConcurrentQueue<(TimerCallback Callback, object? State)> _timers = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Enqueue((callback, state));
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        internal void Fire()
        {
            foreach (var (callback, state) in _timers)
            {
                callback(state);
            }
        }
    }

    /// <summary>Time goes on, and nothing ends by it.</summary>
    private sealed class NoTimers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
