using System.Text.Json;
using System.Text.Json.Nodes;

namespace MixMq.Cli.Tests.Commands;

/// <summary>Two operators make their floats peers by texts.</summary>
public sealed class InviteTests : IAsyncLifetime, IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly FakeExecutable _executable;
    private string _addressA = "";
    private string _addressB = "";

    public InviteTests() => _executable = new FakeExecutable(_folder, "exit 0");

    public void Dispose() => _folder.Dispose();

    public async Task InitializeAsync()
    {
        _addressA = (await RunAsync("float", "init", "a", "--json")).Json.GetProperty("address").GetString()!;
        _addressB = (await RunAsync("float", "init", "b", "--json")).Json.GetProperty("address").GetString()!;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    [Trait("Spec", "LNK-53")]
    public async Task Two_texts_make_two_floats_peers_of_each_other()
    {
        var invite = await RunAsync("peer", "invite", "--config", "a", "--as", "bank-a", "--endpoint", "float.a.example:7400");
        Assert.True(invite.ExitCode == 0, invite.Error);
        Assert.Contains("-----BEGIN MIXMQ INVITE-----", invite.Output, StringComparison.Ordinal);
        File.WriteAllText(_folder.File("invite.txt"), invite.Output);

        // Shown first, with the fingerprint that its maker was shown.
        var dry = await RunAsync("peer", "accept", "invite.txt", "--config", "b", "--as", "bank-b", "--dry-run");
        Assert.True(dry.ExitCode == 0, dry.Error);
        Assert.Contains(_addressA, dry.Output, StringComparison.Ordinal);
        Assert.Contains(FingerprintIn(invite.Output), dry.Output, StringComparison.Ordinal);
        Assert.Contains("  + dial             float.a.example:7400", dry.Output, StringComparison.Ordinal);
        Assert.Empty((await PeersAsync("b")));
        Assert.DoesNotContain("Send this back", dry.Output, StringComparison.Ordinal);

        var accepted = await RunAsync("peer", "accept", "invite.txt", "--config", "b", "--as", "bank-b", "--yes");
        Assert.True(accepted.ExitCode == 0, accepted.Error);
        var atB = Assert.Single(await PeersAsync("b"));
        Assert.Equal(("bank-a", _addressA, "float.a.example:7400"), (Text(atB, "name"), Text(atB, "address"), Text(atB, "dial")));
        Assert.False(atB.TryGetProperty("accept", out _));

        File.WriteAllText(_folder.File("answer.txt"), accepted.Output);
        var closed = await RunAsync("peer", "accept", "answer.txt", "--config", "a", "--yes");
        Assert.True(closed.ExitCode == 0, closed.Error);
        Assert.Contains("answers        your invite with the fingerprint " + FingerprintIn(invite.Output), closed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN", closed.Output, StringComparison.Ordinal);
        var atA = Assert.Single(await PeersAsync("a"));
        Assert.Equal(("bank-b", _addressB), (Text(atA, "name"), Text(atA, "address")));
        Assert.True(atA.GetProperty("accept").GetBoolean());
        Assert.False(atA.TryGetProperty("dial", out _));
        Assert.StartsWith("sha256:", Text(atA.GetProperty("trust"), "pinnedKey"), StringComparison.Ordinal);

        // Again, with another endpoint: the peer that is there changes.
        var moved = await RunAsync("peer", "invite", "--config", "a", "--as", "bank-a", "--endpoint", "float2.a.example:7400", "--json");
        File.WriteAllText(_folder.File("moved.txt"), moved.Json.GetProperty("invite").GetString());
        var change = await RunAsync("peer", "accept", "moved.txt", "--config", "b", "--no-answer", "--yes", "--json");
        Assert.True(change.ExitCode == 0, change.Error);
        Assert.Equal("float2.a.example:7400", Text(Assert.Single(await PeersAsync("b")), "dial"));
    }

    [Fact]
    [Trait("Spec", "LNK-53")]
    public async Task An_invite_brings_its_CA_and_a_nodes_contact()
    {
        await RunAsync("node", "init", "n", "--json");
        var invite = await RunAsync(
            "peer", "invite", "--config", "a", "--as", "bank-a", "--endpoint", "a.example:7400", "--ca-file", "a/tls.crt", "--subject", "CN=a", "--contact", _addressB, "--json");
        Assert.True(invite.ExitCode == 0, invite.Error);
        File.WriteAllText(_folder.File("invite.txt"), invite.Json.GetProperty("invite").GetString());
        Assert.Equal(0, (await RunAsync("peer", "accept", "invite.txt", "--config", "n", "--no-answer", "--dry-run")).ExitCode);
        Assert.False(File.Exists(_folder.File("n/bank-a.ca.pem")));

        var accepted = await RunAsync("peer", "accept", "invite.txt", "--config", "n", "--no-answer", "--yes");
        Assert.True(accepted.ExitCode == 0, accepted.Error);
        Assert.Equal(File.ReadAllText(_folder.File("a/tls.crt")).Trim(), File.ReadAllText(_folder.File("n/bank-a.ca.pem")).Trim());
        var trust = Assert.Single(await PeersAsync("n")).GetProperty("trust");
        Assert.Equal(("bank-a.ca.pem", "CN=a"), (Text(trust, "caFile"), Text(trust, "subject")));
        var contact = Assert.Single((await RunAsync("contact", "list", "--config", "n", "--json")).Json.GetProperty("contacts").EnumerateArray());
        Assert.Equal(("bank-a", _addressB), (Text(contact, "name"), Text(contact, "address")));
    }

    [Fact]
    [Trait("Spec", "LNK-52")]
    public async Task What_can_not_be_accepted_says_why_and_changes_nothing()
    {
        var text = (await RunAsync("peer", "invite", "--config", "a", "--as", "bank-a", "--endpoint", "a.example:7400", "--json")).Json.GetProperty("invite").GetString()!;
        await RefusedAsync("nothing here", "b", "There is no invite");
        var lines = text.Split('\n');
        lines[2] = (lines[2][0] == 'A' ? 'B' : 'A') + lines[2][1..];
        await RefusedAsync(string.Join('\n', lines), "b", "damaged");
        await RefusedAsync(text, "a", "this node's own");
        await RunAsync("float", "init", "c", "--network", "other", "--json");
        await RefusedAsync(text, "c", "another network");
        var dials = (await RunAsync("peer", "invite", "--config", "a", "--as", "bank-a", "--dials", "--json")).Json.GetProperty("invite").GetString()!;
        await RefusedAsync(dials, "b", "--endpoint");

        async Task RefusedAsync(string content, string config, string reason)
        {
            File.WriteAllText(_folder.File("invite.txt"), content);
            var result = await RunAsync("peer", "accept", "invite.txt", "--config", config, "--as", "x", "--yes");
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(reason, result.Error, StringComparison.Ordinal);
            Assert.Empty(await PeersAsync(config));
        }
    }

    [Fact]
    [Trait("Spec", "LNK-52")]
    public async Task Floats_of_a_network_with_authorities_are_invited_by_the_parameters_that_they_name()
    {
        await GovernAsync("payments", "a", "b");
        var invite = await RunAsync("peer", "invite", "--config", "a", "--as", "bank-a", "--endpoint", "a.example:7400", "--json");
        Assert.True(invite.ExitCode == 0, invite.Error);
        File.WriteAllText(_folder.File("invite.txt"), invite.Json.GetProperty("invite").GetString());
        var accepted = await RunAsync("peer", "accept", "invite.txt", "--config", "b", "--as", "bank-b", "--yes");
        Assert.True(accepted.ExitCode == 0, accepted.Error);
        Assert.Equal("bank-a", Text(Assert.Single(await PeersAsync("b")), "name"));

        // Of another network; and where the parameters aren't there.
        await RunAsync("float", "init", "c", "--json");
        await GovernAsync("others", "c");
        Assert.Contains("another network", (await RunAsync("peer", "accept", "invite.txt", "--config", "c", "--no-answer", "--yes")).Error, StringComparison.Ordinal);
        File.Delete(_folder.File("c/network.params"));
        var missing = await RunAsync("peer", "invite", "--config", "c", "--as", "c", "--dials");
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("network:parameters", missing.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--as", "bank-a")]
    [InlineData("--endpoint", "a.example:7400")]
    [InlineData("--as", "bank a", "--dials")]
    [InlineData("--as", "bank-a", "--endpoint", "a.example")]
    [InlineData("--as", "bank-a", "--dials", "--expires", "91d")]
    [InlineData("--as", "bank-a", "--dials", "--system")]
    [InlineData("--as", "bank-a", "--dials", "--dns-name", "a.example")]
    [InlineData("--as", "bank-a", "--dials", "--ca-file", "a/tls.key")]
    public async Task An_invite_that_would_be_of_no_use_is_not_made(params string[] options) =>
        Assert.Equal(2, (await RunAsync(["peer", "invite", "--config", "a", .. options])).ExitCode);

    private async Task GovernAsync(string name, params string[] floats)
    {
        var authority = (await RunAsync("network", "key", $"{name}.key", "--json")).Json.GetProperty("authority").GetString()!;
        var made = await RunAsync("network", "create", $"{name}.params", "--name", name, "--authority", authority, "--key", $"{name}.key");
        Assert.True(made.ExitCode == 0, made.Error);
        foreach (var folder in floats)
        {
            File.Copy(_folder.File($"{name}.params"), _folder.File($"{folder}/network.params"));
            var file = _folder.File($"{folder}/float.json");
            var settings = JsonNode.Parse(File.ReadAllText(file))!;
            settings["network"] = new JsonObject { ["parameters"] = "network.params" };
            File.WriteAllText(file, settings.ToJsonString());
        }
    }

    private static string FingerprintIn(string output) => output.Split("by telephone: ")[1][..24];

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private async Task<JsonElement[]> PeersAsync(string config) =>
        [.. (await RunAsync("peer", "list", "--config", config, "--json")).Json.GetProperty("peers").EnumerateArray()];

    private Task<CliResult> RunAsync(params string[] args) => CliResult.RunAsync(_folder.Path, args, variables: _executable.Variables);
}
