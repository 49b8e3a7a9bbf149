using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Tests.Commands;

public sealed class StatusTests : IAsyncLifetime
{
    private FakeNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await FakeNode.StartAsync();
        _node.Status = new NodeStatus
        {
            Address = "mix1own",
            Links = { new LinkStatus { Name = "float\u001b", Address = "mix1float", State = LinkState.Refused, Reason = "other network" } },
            Messaging = new MessagingCounters { Retransmissions = 3 },
            Drops = { new DropCount { Reason = "replay", Count = 2 } },
        };
        _node.Topology = new NetworkTopology
        {
            Nodes = { new NetworkNode { Address = "mix1a", Own = true }, new NetworkNode { Address = "mix1b", Name = "evil\"]\n", Relays = true } },
            Links = { new NetworkLink { AddressA = "mix1a", AddressB = "mix1b", TwoSided = true }, new NetworkLink { AddressA = "mix1b", AddressB = "mix1c" } },
        };
    }

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task Status_shows_links_with_their_reasons_and_what_was_dropped()
    {
        var text = (await _node.RunAsync("status")).Output;
        Assert.Contains("other network", text, StringComparison.Ordinal);
        Assert.Contains("2 replay", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        var json = (await _node.RunAsync("status", "--json")).Json;
        Assert.Equal("refused", json.GetProperty("links")[0].GetProperty("state").GetString());
        Assert.Equal(3, json.GetProperty("messaging").GetProperty("retransmissions").GetInt32());
        Assert.Equal(2, json.GetProperty("drops")[0].GetProperty("count").GetInt32());
    }

    [Fact]
    [Trait("Spec", "ADM-35")]
    public async Task Status_warns_of_an_own_address_that_was_given_to_another_key()
    {
        _node.Status.Admission = new AdmissionStatus { ReplacedBy = "mix1other", ReplacedByEmergency = true };
        var text = (await _node.RunAsync("status")).Output;
        Assert.Contains("Replaced  by mix1other", text, StringComparison.Ordinal);
        Assert.Contains("Warning   This node's own address was given to another key by a successor statement, an emergency one", text, StringComparison.Ordinal);
        Assert.Contains("call the network's authorities", text, StringComparison.Ordinal);
        var admission = (await _node.RunAsync("status", "--json")).Json.GetProperty("admission");
        Assert.Equal("mix1other", admission.GetProperty("replaced_by").GetString());
        Assert.True(admission.GetProperty("replaced_by_emergency").GetBoolean());
        Assert.Contains("emergency", Assert.Single(admission.GetProperty("warnings").EnumerateArray()).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Spec", "MSG-136")]
    public async Task Status_says_which_conversations_wait_to_become_one_with_another_and_which_cannot()
    {
        Assert.DoesNotContain("Held", (await _node.RunAsync("status")).Output, StringComparison.Ordinal);
        (_node.Status.Messaging.JoiningConversations, _node.Status.Messaging.ApartConversations) = (4, 1);
        var text = (await _node.RunAsync("status")).Output;
        Assert.Contains("Held      4 own conversations", text, StringComparison.Ordinal);
        Assert.Contains("Apart     1 own conversations", text, StringComparison.Ordinal);
        var messaging = (await _node.RunAsync("status", "--json")).Json.GetProperty("messaging");
        Assert.Equal((4, 1), (messaging.GetProperty("joining_conversations").GetInt32(), messaging.GetProperty("apart_conversations").GetInt32()));
    }

    [Fact]
    public async Task Status_shows_until_when_certificates_are_good_and_what_to_do_about_them()
    {
        _node.Status.Certificates.Add(new CertificateStatus { Pin = "sha256:aa", NotAfterUnixMs = 1_800_000_000_000, Warning = "it expires within 7 days, on 2027-01-15" });
        _node.Status.Certificates.Add(new CertificateStatus { Peer = "bank-b", Pin = "sha256:bb", NotAfterUnixMs = 1_900_000_000_000 });
        _node.Status.Certificates.Add(new CertificateStatus { Peer = "bank\u001b-c", Pin = "sha256:cc", NotAfterUnixMs = 1_700_000_000_000, Warning = "it expired on 2023-11-14" });
        var text = (await _node.RunAsync("status")).Output;
        Assert.Contains("certificate valid until 2027-01-15 08:00:00Z", text, StringComparison.Ordinal);
        Assert.Contains("the node's own certificate: it expires within 7 days", text, StringComparison.Ordinal);
        Assert.Contains("-c: it expired on 2023-11-14", text, StringComparison.Ordinal);
        Assert.DoesNotContain("bank-b", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        var certificates = (await _node.RunAsync("status", "--json")).Json.GetProperty("certificates");
        Assert.Equal("bank-b", certificates[1].GetProperty("peer").GetString());
        Assert.Equal("sha256:bb", certificates[1].GetProperty("pin").GetString());
        Assert.Equal(1_900_000_000_000, certificates[1].GetProperty("not_after_unix_ms").GetInt64());
    }

    [Theory]
    [InlineData(ViewSuspicion.Warning, "link to another institution's float")]
    [InlineData(ViewSuspicion.Note, "They may be wrong")]
    public async Task Status_says_in_plain_words_that_correspondents_see_another_network(ViewSuspicion suspicion, string words)
    {
        _node.Status.Views = new ViewComparison
        {
            Suspicion = suspicion, SinceUnixMs = 1_800_000_000_000, Compared = 3, Agreeing = 1, Differing = 2, Unanswered = 4, ClockDiffers = 5, Missing = 6, Older = 7,
            OnlyHere = 8, Contradictory = 9, Agreement = 0.99999, Rounds = 10, Findings = 11,
        };
        var text = (await _node.RunAsync("status")).Output;
        Assert.Contains(words, text, StringComparison.Ordinal);
        Assert.Contains("compared with 3 correspondents: 1 agree, 2 differ; 99.9% of records the same; 4 didn't answer; 5 have a clock", text, StringComparison.Ordinal);
        Assert.Contains("Since 2027-01-15 08:00:00Z, at least: 6 records", text, StringComparison.Ordinal);
        var views = (await _node.RunAsync("status", "--json")).Json.GetProperty("views");
        Assert.Equal(suspicion == ViewSuspicion.Note ? "note" : "warning", views.GetProperty("suspicion").GetString());
        var names = new[] { "compared", "agreeing", "differing", "unanswered", "clock_differs", "missing", "older", "only_here", "contradictory", "rounds", "findings" };
        Assert.Equal([3, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11], names.Select(name => views.GetProperty(name).GetInt32()));
    }

    [Fact]
    public async Task Status_shows_whether_loops_come_back_and_warns_where_they_do_not()
    {
        var forward = new LoopFigures { Sent = 40, Returned = 30, Lost = 9, Late = 2, UnderWay = 1, Measured = 30, MeanMs = 301, MedianMs = 280.4, P99Ms = 900, ExcessMs = 12 };
        _node.Status.Loops = new LoopStatus { PerMinute = 6, Forward = forward, Surb = new LoopFigures { Sent = 5, Lost = 5 }, NotSent = 3, Judged = 44, JudgedLost = 14, Warning = true };
        var text = (await _node.RunAsync("status")).Output;
        Assert.Contains("Loops     45 sent, 30 returned, 14 lost, 1 under way; 6 a minute; 3 not sent", text, StringComparison.Ordinal);
        Assert.Contains("as packets: 30 of 40 back, round trip 280 ms (mean 301, 99% 900), 12 ms", text, StringComparison.Ordinal);
        Assert.DoesNotContain("as replies", text, StringComparison.Ordinal);
        Assert.Contains("WARNING   14 of the last 44 loops didn't come back", text, StringComparison.Ordinal);
        var loops = (await _node.RunAsync("status", "--json")).Json.GetProperty("loops");
        Assert.True(loops.GetProperty("warning").GetBoolean());
        Assert.Equal([6, 3, 44, 14], new[] { "per_minute", "not_sent", "judged", "judged_lost" }.Select(name => loops.GetProperty(name).GetInt32()));
        var names = new[] { "sent", "returned", "lost", "late", "under_way", "measured", "mean_ms", "median_ms", "p99_ms", "excess_ms" };
        Assert.Equal([40, 30, 9, 2, 1, 30, 301, 280.4, 900, 12], names.Select(name => loops.GetProperty("forward").GetProperty(name).GetDouble()));
        Assert.Equal(5, loops.GetProperty("surb").GetProperty("lost").GetInt32());
    }

    [Fact]
    public async Task Status_of_a_node_that_sends_no_loops_says_so() =>
        Assert.Contains("Loops     none are sent (traffic:loopsPerMinute)", (await _node.RunAsync("status")).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Status_of_a_node_that_compared_nothing_raises_no_suspicion()
    {
        Assert.Contains("View      not compared with anyone yet", (await _node.RunAsync("status")).Output, StringComparison.Ordinal);
        _node.Status.Views = new ViewComparison { Suspicion = ViewSuspicion.None, Compared = 1, Agreeing = 1, Agreement = 1 };
        var text = (await _node.RunAsync("status")).Output;
        Assert.Contains("compared with 1 correspondent: 1 agree, 0 differ; 100% of records the same", text, StringComparison.Ordinal);
        Assert.DoesNotContain("false view", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("topology")]
    public async Task An_origin_that_contradicts_itself_is_shown_with_both_records(string command)
    {
        var origin = new QuarantinedOrigin { Address = "mix1liar\u001b", Sequence = 7, Hashes = { "aa11", "bb22" }, UntilUnixMs = 1_800_000_000_000 };
        _node.Status.Quarantined.Add(origin);
        _node.Topology.Quarantined.Add(origin);
        var text = (await _node.RunAsync(command)).Output;
        Assert.Contains("Contradicts itself  mix1liar\\u{1b}, sequence 7, not used until 2027-01-15 08:00:00Z", text, StringComparison.Ordinal);
        Assert.Contains("record aa11", text, StringComparison.Ordinal);
        Assert.Contains("record bb22", text, StringComparison.Ordinal);
        var shown = (await _node.RunAsync(command, "--json")).Json.GetProperty("quarantined")[0];
        Assert.Equal(7, shown.GetProperty("sequence").GetInt32());
        Assert.Equal(["aa11", "bb22"], shown.GetProperty("hashes").EnumerateArray().Select(hash => hash.GetString()!));
    }

    [Fact]
    public async Task Topology_shows_two_sided_links_as_such_and_its_dot_cannot_be_broken_out_of()
    {
        Assert.Contains("2 nodes, 1 links", (await _node.RunAsync("topology")).Output, StringComparison.Ordinal);
        var dot = (await _node.RunAsync("topology", "--dot")).Output;
        Assert.Contains("\"mix1a\" -- \"mix1b\";", dot, StringComparison.Ordinal);
        Assert.Contains("\"mix1b\" -- \"mix1c\" [style=dashed];", dot, StringComparison.Ordinal);
        Assert.Contains("label=\"evil\\\"]\\\\u{a}\"", dot, StringComparison.Ordinal);
        Assert.True((await _node.RunAsync("topology", "--json")).Json.GetProperty("links")[0].GetProperty("two_sided").GetBoolean());
    }
}
