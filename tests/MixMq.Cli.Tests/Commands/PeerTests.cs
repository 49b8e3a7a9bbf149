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
        Assert.Contains("next start", added.Output, StringComparison.Ordinal);
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

    private static string Compact(System.Text.Json.JsonElement element) => System.Text.Json.JsonSerializer.Serialize(element);

    private async Task<string> InitAsync(string name) =>
        (await CliResult.RunAsync(_folder.Path, ["float", "init", name, "--json"])).Json.GetProperty("address").GetString()!;

    private Task<CliResult> RunAsync(FakeExecutable executable, params string[] args) => CliResult.RunAsync(_folder.Path, args, variables: executable.Variables);
}
