using System.Collections;
using System.Net;
using MixMq.Overlay.Map;
using MixMq.Transport.Configuration;
using MixMq.Transport.Health;
using MixMq.Transport.Survey;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Survey;

/// <summary>What is said of a float's own things, and how it is shown.</summary>
public sealed class RelaySurveyTests : IDisposable
{
    private readonly SurveyedFloat _float = new();

    public void Dispose() => _float.Dispose();

    [Fact]
    public async Task A_stopped_float_is_told_that_it_does_not_run_and_nothing_else_is_a_problem()
    {
        var found = await SurveyAsync(_float.Json);
        Assert.Equal(["program not-running"], Problems(found));
        Assert.Contains(found, finding => finding.Check == "identity" && finding.Text.Contains(_float.Address, StringComparison.Ordinal));
        Assert.Contains(found, finding => finding.Check == "certificate" && finding.Text.Contains("days left", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_fresh_status_text_is_a_running_float_and_a_stale_one_is_not()
    {
        WriteStatus(DateTimeOffset.UtcNow);
        Assert.DoesNotContain("program not-running", Problems(await SurveyAsync(_float.Json)));
        WriteStatus(DateTimeOffset.UtcNow.AddHours(-1));
        Assert.Contains("program not-running", Problems(await SurveyAsync(_float.Json)));
    }

    [Fact]
    public async Task A_float_that_has_ended_is_seen_at_once_however_fresh_its_status_text_is()
    {
        WriteStatus(DateTimeOffset.UtcNow);
        using (var mark = new RunningMark(_float.Folder.File("data/status.txt")))
        {
            mark.TryHold();
            mark.TryHold();
            Assert.DoesNotContain("program not-running", Problems(await SurveyAsync(_float.Json)));
            Assert.True(RunningMark.IsHeld(_float.Folder.File("data/status.txt")));
        }

        var finding = Assert.Single(await SurveyAsync(_float.Json), finding => finding is { Check: "program" });
        Assert.Equal("not-running", finding.Code);
        Assert.Matches("the last one there was written [0-9]+ s ago", finding.Text);
        Assert.False(RunningMark.IsHeld(_float.Folder.File("data/status.txt")));
        Assert.Null(RunningMark.IsHeld(_float.Folder.File("data/elsewhere.txt")));
    }

    [Fact]
    public async Task A_float_that_runs_and_says_nothing_any_more_hangs()
    {
        WriteStatus(DateTimeOffset.UtcNow.AddHours(-1));
        using var mark = new RunningMark(_float.Folder.File("data/status.txt"));
        mark.TryHold();
        Assert.Equal(["program late"], Problems(await SurveyAsync(_float.Json)));
        File.Delete(_float.Folder.File("data/status.txt"));
        Assert.Equal(["program late"], Problems(await SurveyAsync(_float.Json)));
    }

    [Fact]
    public async Task A_mark_that_leads_elsewhere_isnt_followed_and_one_that_another_has_is_not_waited_for()
    {
        WriteStatus(DateTimeOffset.UtcNow);
        var status = _float.Folder.File("data/status.txt");
        File.CreateSymbolicLink(RunningMark.PathOf(status), _float.Folder.Write("other", ""));
        Assert.Null(RunningMark.IsHeld(status));
        Assert.DoesNotContain("program not-running", Problems(await SurveyAsync(_float.Json)));
        File.Delete(RunningMark.PathOf(status));
        using var first = new RunningMark(status);
        using var second = new RunningMark(status);
        first.TryHold();
        second.TryHold();
        first.Dispose();
        Assert.False(RunningMark.IsHeld(status));
        second.TryHold();
        Assert.True(RunningMark.IsHeld(status));
    }

    [Fact]
    public async Task A_host_holds_its_mark_until_it_has_stopped()
    {
        await using var node = new TestNode("node");
        await node.StartAsync();
        node.Host.RequestStatus();
        await node.WhenAsync(_ => RunningMark.IsHeld(node.StatusFile) == true && StatusFile.TryRead(node.StatusFile) is not null);
        await node.Host.StopAsync(TimeSpan.FromSeconds(1));
        Assert.False(RunningMark.IsHeld(node.StatusFile));
        Assert.NotNull(StatusFile.TryRead(node.StatusFile));
    }

    [Fact]
    public async Task What_the_running_float_warns_of_is_said_with_whose_it_is()
    {
        var own = "certificate  sha256:0, valid until 2030-01-01T00:00:00Z\n             WARNING: ";
        WriteStatus(
            DateTimeOffset.UtcNow,
            $"{own}it expires within 7 days\nconfiguration  WARNING: it can't be used\n\nlinks        1 of 1 up\n  bank-b      up         for 5 s, packets\n    certificate sha256:0\n                WARNING: it expired\n");
        var warned = (await SurveyAsync(_float.Json)).Where(finding => finding.Code == "warning").Select(finding => $"{finding.Check}/{finding.Subject}/{finding.Text}");
        Assert.Equal(["configuration//the running program says: it can't be used", "certificate/bank-b/the running program says: it expired"], warned);
        WriteStatus(DateTimeOffset.UtcNow, own + "it expires within 7 days; its files have changed but can't be used\n");
        Assert.Contains(await SurveyAsync(_float.Json), finding => finding is { Check: "certificate", Subject: "", Code: "warning" });
    }

    [Theory]
    [Trait("Spec", "ADM-35")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_own_address_that_was_given_to_another_key_is_a_problem_with_what_to_do(bool isEmergency)
    {
        var warning = $"             WARNING: {ReplacedAddress.Describe(isEmergency)}\n";
        WriteStatus(DateTimeOffset.UtcNow, $"parameters   number 1, open to all\n{warning}");
        Assert.DoesNotContain(await SurveyAsync(_float.Json), finding => finding.Code == "replaced");
        WriteStatus(DateTimeOffset.UtcNow, $"parameters   number 1, open to all\nreplaced     {ReplacedAddress.Word(isEmergency)}\n{warning}");
        Assert.DoesNotContain(await SurveyAsync(_float.Json), finding => finding.Code == "warning");
        var found = Assert.Single(await SurveyAsync(_float.Json), finding => finding is { Check: "admission", Code: "replaced", Level: FindingLevel.Problem });
        Assert.Equal(isEmergency, found.Text.Contains("an emergency one", StringComparison.Ordinal));
        Assert.Contains("call the network's authorities", found.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_running_host_writes_is_understood()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        await left.UpAsync(right);
        left.Host.RequestStatus();
        await left.WhenAsync(_ => StatusFile.TryRead(left.StatusFile) is { } status && status.Links.TryGetValue("right", out var link) && link.State == "up");
    }

    [Fact]
    public async Task Each_configuration_error_is_a_finding_and_nothing_else_is_looked_at()
    {
        var result = ConfigurationLoader.Load(_float.Write(_float.Json.Replace("\"tls.key\"", "\"no.key\"", StringComparison.Ordinal)), new Hashtable(), [], Read);
        var found = RelaySurvey.OfErrors(result.Errors);
        Assert.False(SurveyText.IsHealthy(found));
        Assert.Contains("no.key", Assert.Single(found, finding => finding.Level == FindingLevel.Problem).Text, StringComparison.Ordinal);
        Assert.Equal("not-looked", found[^1].Code);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task An_address_that_no_interface_has_and_a_port_that_another_program_has_are_found()
    {
        using var other = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var found = await SurveyAsync(_float.Json.Replace("\"listen\": []", $"\"listen\": [ \"192.0.2.7:7400\", \"{other.LocalEndpoint}\" ]", StringComparison.Ordinal));
        Assert.Equal(["listener no-such-address", "listener taken", "program not-running"], Problems(found).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(20, "near-end", FindingLevel.Warning)]
    [InlineData(5, "expired", FindingLevel.Problem)]
    public async Task A_certificate_that_ends_soon_or_has_ended_is_said(int toDay, string code, FindingLevel level)
    {
        _float.Issue(toDay);
        var finding = Assert.Single(await SurveyAsync(_float.Json), finding => finding.Check == "certificate");
        Assert.Equal((level, code), (finding.Level, finding.Code));
    }

    [Theory]
    [InlineData("soft", FindingLevel.Warning)]
    [InlineData("hard", FindingLevel.Problem)]
    public async Task Revocation_lists_over_their_next_update_are_said_as_serious_as_they_are(string mode, FindingLevel level)
    {
        var now = DateTimeOffset.UtcNow;
        _float.WriteList(until: now.AddDays(-1));
        var peer = $$"""{ "name": "b", "address": "{{_float.Other}}", "accept": true, "inner": false, "trust": { "caFile": "ca.pem", "revocation": "{{mode}}", "crlFile": "lists.crl" } }""";
        var json = _float.Json.Replace("\"listen\": []", "\"listen\": [ \"127.0.0.1:1\" ]", StringComparison.Ordinal).Replace("\"peers\": []", $"\"peers\": [ {peer} ]", StringComparison.Ordinal);
        var finding = Assert.Single(await SurveyAsync(json), finding => finding.Check == "revocation");
        Assert.Equal((level, "outdated", "b"), (finding.Level, finding.Code, finding.Subject));
        _float.WriteList(until: now.AddDays(1));
        Assert.Equal("ok", Assert.Single(await SurveyAsync(json), finding => finding.Check == "revocation").Code);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void Text_fits_the_terminal_and_needs_no_colour(int width)
    {
        var text = SurveyText.Format(
            [Finding.Ok("certificate", "", string.Join(' ', Enumerable.Repeat("words", 60))), new Finding(FindingLevel.Problem, "link", "bank-b", "down", "is down", "ask its operator")], width);
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, width));
        Assert.Contains("PROBLEM  link bank-b: is down\n         → ask its operator\n", text, StringComparison.Ordinal);
        Assert.EndsWith("Not healthy: 2 findings, of them 1 problem and 0 warnings.\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
    }

    [Fact]
    public void A_strangers_text_moves_no_cursor_and_is_bounded()
    {
        Assert.Equal("a\\u{1b}[2J\\u{202e}b", SurveyText.Foreign("a\u001b[2J\u202eb"));
        Assert.InRange(SurveyText.Foreign(new string('x', 10_000)).Length, 1, 210);
    }

    internal static RelayConfiguration? Read(ConfigurationReader reader) => RelayConfiguration.Read(reader, relays: true);

    private static IEnumerable<string> Problems(IEnumerable<Finding> found) =>
        found.Where(finding => finding.Level == FindingLevel.Problem).Select(finding => $"{finding.Check} {finding.Code}");

    private async Task<IReadOnlyList<Finding>> SurveyAsync(string json)
    {
        var result = ConfigurationLoader.Load(_float.Write(json), new Hashtable(), [], Read);
        Assert.True(result.IsValid, string.Join('\n', result.Errors));
        using var certificate = result.Value.Certificate;
        return await RelaySurvey.RunAsync(result.Value, null, TimeProvider.System, CancellationToken.None);
    }

    private void WriteStatus(DateTimeOffset written, string more = "")
    {
        Directory.CreateDirectory(_float.Folder.File("data"));
        _float.Folder.Write("data/status.txt", $"MixMq float 1\nwritten      {written:yyyy-MM-ddTHH:mm:ss}Z\n{more}");
    }
}
