namespace MixMq.Cli.Tests.Commands;

public sealed class PeerTests : IDisposable
{
    private static readonly string Pin = "sha256:" + new string('a', 64);
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_peer_is_added_listed_and_removed_and_the_rest_of_the_file_stays_byte_for_byte()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        var text = "{\n  // the operator's comment\n  \"network\": {\"name\":  \"demo\"},\n  \"peers\": [],\n}\n";
        File.WriteAllText(_folder.File("float.json"), text);

        var added = await RunAsync(executable, "peer", "add", "bank-b", address, "--dial", "b.example:7400", "--pin", Pin);
        Assert.True(added.ExitCode == 0, added.Error);
        Assert.Contains("reads the file by itself", added.Output, StringComparison.Ordinal);
        Assert.Equal("--check-config", executable.Arguments[2]);
        var after = File.ReadAllText(_folder.File("float.json"));
        Assert.StartsWith("{\n  // the operator's comment\n  \"network\": {\"name\":  \"demo\"},\n  \"peers\": [", after, StringComparison.Ordinal);

        var listed = await RunAsync(executable, "peer", "list", "--json");
        var peer = Assert.Single(listed.Json.GetProperty("peers").EnumerateArray());
        Assert.Equal("bank-b", peer.GetProperty("name").GetString());
        Assert.Equal(Pin, peer.GetProperty("trust").GetProperty("pinnedKey").GetString());

        Assert.Equal(2, (await RunAsync(executable, "peer", "remove", "bank-x")).ExitCode);
        Assert.Equal(0, (await RunAsync(executable, "peer", "remove", "bank-b")).ExitCode);
        Assert.Equal(text, File.ReadAllText(_folder.File("float.json")));
    }

    [Fact]
    public async Task What_the_executable_refuses_is_not_written_and_its_findings_are_shown()
    {
        var executable = new FakeExecutable(_folder, "echo 'peers:0:dial: wrong'; exit 2");
        var address = await InitAsync("other");
        File.WriteAllText(_folder.File("float.json"), "{}");
        var result = await RunAsync(executable, "peer", "add", "b", address, "--accept", "--pin", Pin);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("peers:0:dial: wrong", result.Error, StringComparison.Ordinal);
        Assert.Equal("{}", File.ReadAllText(_folder.File("float.json")));
        Assert.Empty(Directory.GetFiles(_folder.Path, ".float.json*"));
    }

    [Fact]
    public async Task A_mistyped_address_is_a_clear_error()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        File.WriteAllText(_folder.File("node.json"), """{"contacts": []}""");
        var mistyped = address[..20] + (address[20] == 'q' ? 'p' : 'q') + address[21..];
        var result = await RunAsync(executable, "contact", "add", "bob", mistyped);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("mistyped", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_contact_is_added_once_and_only_to_a_node()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        File.WriteAllText(_folder.File("node.json"), """{"control": {}}""");
        Assert.Equal(0, (await RunAsync(executable, "contact", "add", "bob", address)).ExitCode);
        var again = await RunAsync(executable, "contact", "add", "Bob", address);
        Assert.Equal(2, again.ExitCode);
        var list = await RunAsync(executable, "contact", "list", "--json");
        Assert.Equal(address, Assert.Single(list.Json.GetProperty("contacts").EnumerateArray()).GetProperty("address").GetString());
        Assert.Equal(0, (await RunAsync(executable, "contact", "remove", "bob")).ExitCode);
        Assert.Equal(0, (await RunAsync(executable, "contact", "add", "archive", address, "--send-only")).ExitCode);
        Assert.False(Assert.Single((await RunAsync(executable, "contact", "list", "--json")).Json.GetProperty("contacts").EnumerateArray()).GetProperty("mayWrite").GetBoolean());
        Assert.Matches("archive.*no", (await RunAsync(executable, "contact", "list")).Output);
        var wrong = await CliResult.RunAsync(_folder.Path, ["contact", "list", "--config", "other/float.json"]);
        Assert.Equal(2, wrong.ExitCode);
    }

    [Fact]
    public async Task A_peer_needs_a_way_to_link_and_exactly_one_trust()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        File.WriteAllText(_folder.File("float.json"), "{}");
        Assert.Equal(2, (await RunAsync(executable, "peer", "add", "b", address, "--pin", Pin)).ExitCode);
        Assert.Equal(2, (await RunAsync(executable, "peer", "add", "b", address, "--accept")).ExitCode);
        Assert.Equal(2, (await RunAsync(executable, "peer", "add", "b", address, "--accept", "--system", "--pin", Pin, "--dns-name", "b.example")).ExitCode);
    }

    [Fact]
    public async Task A_peer_trusted_by_the_systems_CAs_has_a_name()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        File.WriteAllText(_folder.File("float.json"), "{}");
        Assert.Equal(2, (await RunAsync(executable, "peer", "add", "b", address, "--accept", "--system")).ExitCode);
        Assert.Equal(2, (await RunAsync(executable, "peer", "add", "b", address, "--accept", "--system", "--dns-name", "b.example", "--subject", "CN=b")).ExitCode);
        Assert.Equal(2, (await RunAsync(executable, "peer", "add", "b", address, "--accept", "--pin", Pin, "--dns-name", "b.example")).ExitCode);
        Assert.Equal(0, (await RunAsync(executable, "peer", "add", "b", address, "--accept", "--system", "--dns-name", "b.example")).ExitCode);
        Assert.Equal(0, (await RunAsync(executable, "peer", "add", "c", address, "--accept", "--ca-file", "ca.pem", "--subject", "CN=c,O=C")).ExitCode);
        var peers = (await RunAsync(executable, "peer", "list", "--json")).Json.GetProperty("peers").EnumerateArray().Select(peer => peer.GetProperty("trust")).ToList();
        Assert.Equal("""{"system":true,"dnsName":"b.example"}""", Compact(peers[0]));
        Assert.Equal("""{"caFile":"ca.pem","subject":"CN=c,O=C"}""", Compact(peers[1]));
        var listed = await RunAsync(executable, "peer", "list");
        Assert.Contains("system CAs", listed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_shows_what_goes_and_what_comes_and_leaves_the_rest_of_the_file()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        var text = $$"""
            {
              "peers": [
                { "name": "a", "address": "{{address}}", "accept": true, "trust": { "system": true, "dnsName": "a.example", "revocation": "soft" } }, // kept
                { "Name": "b", "address": "{{address}}", "Dial": "b.example:7400", "trust": { "pinnedKey": "{{Pin}}" } }
              ],
            }
            """;
        File.WriteAllText(_folder.File("float.json"), text);
        var other = Pin.Replace('a', 'b');
        var dry = await CliResult.RunAsync(_folder.Path, ["peer", "change", "B", "--pin", other, "--no-dial", "--accept", "--dry-run"], variables: executable.Variables);
        Assert.True(dry.ExitCode == 0, dry.Error);
        Assert.Contains("change peer b", dry.Output, StringComparison.Ordinal);
        Assert.Contains("  - Dial             b.example:7400", dry.Output, StringComparison.Ordinal);
        Assert.Contains($"  - trust:pinnedKey  {Pin}\n  + trust:pinnedKey  {other}", dry.Output, StringComparison.Ordinal);
        Assert.Contains("  + accept           true", dry.Output, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(_folder.File("float.json")));

        Assert.Equal(0, (await RunAsync(executable, "peer", "change", "b", "--pin", other, "--no-dial", "--accept")).ExitCode);
        Assert.Equal(0, (await RunAsync(executable, "peer", "change", "a", "--ca-file", "a.pem", "--name", "a2")).ExitCode);
        var after = File.ReadAllText(_folder.File("float.json"));
        Assert.Contains("}, // kept", after, StringComparison.Ordinal);
        var shown = await RunAsync(executable, "peer", "show", "a2", "--json");
        Assert.Equal("""{"caFile":"a.pem","revocation":"soft"}""", Compact(shown.Json.GetProperty("trust")));
        Assert.False((await RunAsync(executable, "peer", "show", "b", "--json")).Json.TryGetProperty("Dial", out _));
        Assert.Contains("trust:pinnedKey  " + other, (await RunAsync(executable, "peer", "show", "b")).Output, StringComparison.Ordinal);
        Assert.Contains("Nothing changes", (await RunAsync(executable, "peer", "change", "b", "--accept")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_can_agree_nothing_is_changed_without_yes()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        File.WriteAllText(_folder.File("float.json"), "{}");
        var result = await CliResult.RunAsync(_folder.Path, ["peer", "add", "b", address, "--accept", "--pin", Pin], variables: executable.Variables);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--yes", result.Error, StringComparison.Ordinal);
        Assert.Equal("{}", File.ReadAllText(_folder.File("float.json")));
    }

    [Theory]
    [InlineData("y", 0)]
    [InlineData("n", 1)]
    [InlineData(null, 1)]
    public async Task A_person_at_a_terminal_is_asked(string? answer, int exitCode)
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        File.WriteAllText(_folder.File("float.json"), "{}");
        var environment = new CliEnvironment
        {
            Variable = executable.Variables.GetValueOrDefault,
            StandardInput = () => null,
            CurrentFolder = _folder.Path,
            Interactive = true,
            Answer = () => answer,
        };
        var error = new StringWriter();
        Assert.Equal(exitCode, await CommandLine.RunAsync(["peer", "add", "b", address, "--accept", "--pin", Pin], environment, new StringWriter(), error));
        Assert.Contains("Take this change? [y/N]", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(exitCode == 0, File.ReadAllText(_folder.File("float.json")).Contains(address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_that_runs_takes_it_at_once_and_says_what_waits_for_the_next_start()
    {
        await using var node = await FakeNode.StartAsync();
        node.Reloaded = new() { Added = { "b" }, NextStart = { "listen:0" } };
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        File.WriteAllText(_folder.File("node.json"), $$"""{ "control": { "socket": "{{node.SocketPath}}" } }""");
        var added = await RunAsync(executable, "peer", "add", "b", address, "--accept", "--pin", Pin);
        Assert.True(added.ExitCode == 0, added.Error);
        Assert.Contains("in use", added.Output, StringComparison.Ordinal);
        Assert.Contains("listen:0", added.Output, StringComparison.Ordinal);

        node.Reloaded = new() { Errors = { "peers: no" } };
        var refused = await RunAsync(executable, "peer", "remove", "b");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("goes on with what was there before:\npeers: no", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_does_not_run_takes_it_at_the_next_start()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        File.WriteAllText(_folder.File("node.json"), """{ "control": { } }""");
        var added = await RunAsync(executable, "contact", "add", "b", address, "--json");
        Assert.True(added.ExitCode == 0, added.Error);
        Assert.Equal("next start", added.Json.GetProperty("takes_effect").GetString());
    }

    [Fact]
    public async Task An_inner_peer_is_added_and_changed_by_options()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        File.WriteAllText(_folder.File("float.json"), """{ "innerListen": [ "10.9.0.7:7401" ] }""");
        var added = await RunAsync(executable, "peer", "add", "node", address, "--accept", "--inner", "--activates", "--hands-over", "--pin", Pin);
        Assert.True(added.ExitCode == 0, added.Error);
        var shown = (await RunAsync(executable, "peer", "show", "node", "--json")).Json;
        Assert.All(["accept", "inner", "activates", "handsOver"], key => Assert.True(shown.GetProperty(key).GetBoolean(), key));

        Assert.Equal(2, (await RunAsync(executable, "peer", "change", "node", "--inner", "--no-inner")).ExitCode);
        Assert.Equal(0, (await RunAsync(executable, "peer", "change", "node", "--no-activates", "--no-hands-over", "--direct")).ExitCode);
        shown = (await RunAsync(executable, "peer", "show", "node", "--json")).Json;
        Assert.True(shown.GetProperty("inner").GetBoolean() && shown.GetProperty("direct").GetBoolean());
        Assert.False(shown.TryGetProperty("activates", out _) || shown.TryGetProperty("handsOver", out _));
    }

    [Fact]
    public async Task Revocation_is_set_with_lists_from_one_place_and_off_takes_them_away()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        File.WriteAllText(_folder.File("float.json"), "{}");
        Assert.Equal(2, (await RunAsync(executable, "peer", "add", "b", address, "--accept", "--pin", Pin, "--revocation", "hard")).ExitCode);
        Assert.Equal(2, (await RunAsync(executable, "peer", "add", "b", address, "--accept", "--ca-file", "ca.pem", "--revocation", "none")).ExitCode);
        Assert.Equal(2, (await RunAsync(executable, "peer", "add", "b", address, "--accept", "--ca-file", "ca.pem", "--crl-file", "ca.crl", "--crl-handed-over")).ExitCode);
        var added = await RunAsync(executable, "peer", "add", "b", address, "--accept", "--ca-file", "ca.pem", "--revocation", "hard", "--crl-file", "ca.crl");
        Assert.True(added.ExitCode == 0, added.Error);
        Assert.Equal("""{"caFile":"ca.pem","revocation":"hard","crlFile":"ca.crl"}""", await TrustAsync());
        Assert.Equal(0, (await RunAsync(executable, "peer", "change", "b", "--crl-handed-over")).ExitCode);
        Assert.Equal("""{"caFile":"ca.pem","revocation":"hard","crlHandedOver":true}""", await TrustAsync());
        Assert.Equal(0, (await RunAsync(executable, "peer", "change", "b", "--revocation", "off")).ExitCode);
        Assert.Equal("""{"caFile":"ca.pem","revocation":"off"}""", await TrustAsync());

        async Task<string> TrustAsync() => Compact((await RunAsync(executable, "peer", "show", "b", "--json")).Json.GetProperty("trust"));
    }

    [Fact]
    public async Task A_file_outside_the_folder_is_written_with_its_whole_path_and_that_is_said()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        var address = await InitAsync("other");
        Directory.CreateDirectory(_folder.File("float"));
        File.WriteAllText(_folder.File("float/float.json"), "{}");
        string[] add = ["peer", "add", "b", address, "--config", "float", "--accept", "--ca-file", "ca.pem"];
        var said = await RunAsync(executable, [.. add, "--dry-run"]);
        Assert.True(said.ExitCode == 0, said.Error);
        Assert.Contains($"Warning: {_folder.File("ca.pem")} is outside the configuration's folder", said.Output, StringComparison.Ordinal);
        var json = (await RunAsync(executable, [.. add, "--json"])).Json;
        Assert.Contains("copy the file into the folder", Assert.Single(json.GetProperty("warnings").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.Equal(_folder.File("ca.pem"), json.GetProperty("added").GetProperty("trust").GetProperty("caFile").GetString());
        var within = await RunAsync(executable, "peer", "change", "b", "--config", "float", "--ca-file", "float/ca.pem");
        Assert.DoesNotContain("Warning", within.Output, StringComparison.Ordinal);
    }

    private static string Compact(System.Text.Json.JsonElement element) => System.Text.Json.JsonSerializer.Serialize(element);

    private async Task<string> InitAsync(string name) =>
        (await CliResult.RunAsync(_folder.Path, ["float", "init", name, "--json"])).Json.GetProperty("address").GetString()!;

    private Task<CliResult> RunAsync(FakeExecutable executable, params string[] args) => CliResult.RunAsync(
        _folder.Path, args[1] is "add" or "change" or "remove" ? [.. args, "--yes"] : args, variables: executable.Variables);
}
