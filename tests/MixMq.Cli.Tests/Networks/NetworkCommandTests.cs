using System.Text.RegularExpressions;

namespace MixMq.Cli.Tests.Networks;

/// <summary>Three authorities, two of whom must sign, pass files on to each other.</summary>
public sealed partial class NetworkCommandTests : IDisposable
{
    private const string Node = "mix1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs";
    private readonly TestFolder _folder = new();
    private readonly List<string> _authorities = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_network_is_created_by_as_many_authorities_as_must_sign()
    {
        var first = await CreateAsync();
        Assert.Contains("signed by 1 of the 3 authorities, 2 must", first.Output, StringComparison.Ordinal);
        Assert.Contains("mixmq network sign network.params --key THEIR.key", first.Output, StringComparison.Ordinal);
        var second = await OkAsync("network", "sign", "network.params", "--key", "b.key");
        Assert.Contains("It is complete.", second.Output, StringComparison.Ordinal);
        var shown = await OkAsync("network", "show", "network.params", "--json");
        Assert.Equal("payments", shown.Json.GetProperty("name").GetString());
        Assert.True(shown.Json.GetProperty("complete").GetBoolean());
        Assert.True(shown.Json.GetProperty("requires_admission").GetBoolean());

        // Room for paths of the most links, so that they can be made longer in the live network.
        Assert.Equal(660, shown.Json.GetProperty("grace_seconds").GetInt32());
        Assert.Contains("The signatures hold; 2 of 2 needed.", (await OkAsync("network", "show", "network.params")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_counts_on_and_says_from_when_it_holds()
    {
        await CreateAsync();
        var updated = await OkAsync("network", "update", "network.params", "--to", "next.params", "--path-links", "7", "--in", "2h", "--key", "a.key", "--key", "c.key");
        Assert.Contains("It is complete. Put it in the place of the file of any one node", updated.Output, StringComparison.Ordinal);
        var shown = (await OkAsync("network", "show", "next.params", "--json")).Json;
        Assert.Equal((2UL, 7), (shown.GetProperty("number").GetUInt64(), shown.GetProperty("path_links").GetInt32()));
        Assert.True(DateTimeOffset.Parse(shown.GetProperty("activation").GetString()!, null) > DateTimeOffset.UtcNow.AddMinutes(100));
        var tooLong = await RunAsync("network", "update", "network.params", "--to", "no.params", "--path-links", "10");
        Assert.Equal((2, true), (tooLong.ExitCode, tooLong.Error.Contains("Path links must be 2 to 9", StringComparison.Ordinal)));
        Assert.Equal(2, (await RunAsync("network", "update", "network.params", "--to", "next.params")).ExitCode);
    }

    [Fact]
    public async Task A_node_is_admitted_revoked_and_not_admitted_again()
    {
        await CreateAsync();
        var address = await AddressAsync();
        var admitted = await OkAsync("network", "admit", "node.admission", "--network", "network.params", "--address", address, "--institution", "Bank \u202eA", "--role", "relay", "--key", "a.key");
        Assert.Contains("mixmq network sign node.admission --key THEIR.key --network network.params", admitted.Output, StringComparison.Ordinal);
        Assert.Contains("complete", (await OkAsync("network", "sign", "node.admission", "--network", "network.params", "--key", "b.key")).Output, StringComparison.Ordinal);
        var shown = await OkAsync("network", "show", "node.admission", "--network", "network.params");
        Assert.Contains("""institution  Bank \u{202e}A""", shown.Output, StringComparison.Ordinal);
        Assert.Contains("isn't checked", (await OkAsync("network", "show", "node.admission")).Output, StringComparison.Ordinal);

        await OkAsync("network", "revoke", "revocations.list", "--network", "network.params", "--admission", "node.admission", "--key", "a.key");
        await OkAsync("network", "revoke", "revocations.list", "--network", "network.params", "--address", await AddressAsync(), "--key", "a.key", "--key", "c.key");
        var list = (await OkAsync("network", "show", "revocations.list", "--network", "network.params", "--json")).Json;
        Assert.Equal((2UL, 2), (list.GetProperty("number").GetUInt64(), list.GetProperty("revoked").GetArrayLength()));
        Assert.True(list.GetProperty("complete").GetBoolean());
        var again = await RunAsync("network", "admit", "again.admission", "--network", "network.params", "--address", address, "--institution", "A", "--role", "relay", "--revocations", "revocations.list");
        Assert.Equal((2, true), (again.ExitCode, again.Error.Contains("new identity", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_strangers_key_a_changed_file_and_a_wrong_one_are_refused_in_words()
    {
        await CreateAsync();
        await OkAsync("network", "key", "stranger.key");
        var stranger = await RunAsync("network", "sign", "network.params", "--key", "stranger.key");
        Assert.Equal((2, true), (stranger.ExitCode, stranger.Error.Contains("none of the authorities", StringComparison.Ordinal)));
        var file = _folder.File("network.params");
        var lines = await File.ReadAllLinesAsync(file);
        var line = lines[^2].ToCharArray();
        line[2] = line[2] == 'A' ? 'B' : 'A';
        lines[^2] = new string(line);
        await File.WriteAllLinesAsync(file, lines);
        var changed = await RunAsync("network", "show", "network.params");
        Assert.Equal((1, true), (changed.ExitCode, changed.Output.Contains("NOT GENUINE", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(file, "nothing");
        var wrong = await RunAsync("network", "show", "network.params");
        Assert.Equal((2, true), (wrong.ExitCode, wrong.Error.Contains("-----BEGIN MIXMQ", StringComparison.Ordinal)));
        Assert.Equal(2, (await RunAsync("network", "show", "missing.params")).ExitCode);
        Assert.Equal(2, (await RunAsync("network", "key", "stranger.key")).ExitCode);
        Assert.Equal(2, (await RunAsync("network", "revoke", "l", "--network", "network.params")).ExitCode);
        Assert.Equal(2, (await RunAsync("network", "admit", "x", "--network", "network.params", "--address", Node, "--institution", "A", "--role", "relay")).ExitCode);
    }

    private async Task<CliResult> CreateAsync()
    {
        foreach (var name in new[] { "a.key", "b.key", "c.key" })
        {
            _authorities.Add(Address().Match((await OkAsync("network", "key", name)).Output).Value);
        }

        return await OkAsync(
            ["network", "create", "network.params", "--name", "payments", "--key", "a.key", .. _authorities.SelectMany(authority => (string[])["--authority", authority])]);
    }

    // Any key's address is as good as a node's.
    private async Task<string> AddressAsync() =>
        Address().Match((await OkAsync("network", "key", $"{Guid.NewGuid():N}.key")).Output).Value;

    private async Task<CliResult> OkAsync(params string[] args)
    {
        var result = await RunAsync(args);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', args)}: {result.Error}");
        return result;
    }

    private Task<CliResult> RunAsync(params string[] args) => CliResult.RunAsync(_folder.Path, args);

    [GeneratedRegex("mix1[a-z0-9]{58}", RegexOptions.None, 1000)]
    private static partial Regex Address();
}
