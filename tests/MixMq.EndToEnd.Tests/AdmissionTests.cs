using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MixMq.EndToEnd.Tests.Hostile;
using MixMq.Testing;

namespace MixMq.EndToEnd.Tests;

/// <summary>
/// A permissioned network of real processes, governed with the real <c>mixmq</c>: four floats and two nodes, two of three authorities sign. One float
/// is revoked by a list that is given to another one's operator: its links close everywhere, and messages go on. The nodes know each other by their
/// legal names alone, from the network map.
/// </summary>
[Collection(RigCollection.Name)]
public sealed partial class AdmissionTests : IDisposable
{
    /// <summary>How long anything may take; it is never reached when all is well.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly string[] Floats = ["float-a", "float-b", "relay-x", "relay-y"];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("admit-");
    private readonly Dictionary<string, Member> _members = [];
    private readonly Dictionary<string, FloatProcess> _floats = [];
    private readonly List<MixMqProcess> _nodes = [];
    private readonly ConcurrentQueue<string> _nodeLog = new();

    public AdmissionTests()
    {
        var ports = FreePorts.Take(Floats.Length);
        for (var i = 0; i < Floats.Length; i++)
            _members.Add(Floats[i], new Member(Floats[i], ports[i]));
        foreach (var name in new[] { "node-a", "node-b" })
            _members.Add(name, new Member(name));
    }

    public void Dispose()
    {
        foreach (var process in _floats.Values)
            process.Dispose();
        foreach (var process in _nodes)
            process.Dispose();
        foreach (var member in _members.Values)
            member.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    [Trait("Spec", "ADM-10")]
    [Trait("Spec", "ADM-12")]
    [Trait("Spec", "ADM-26")]
    [Trait("Spec", "ADM-27")]
    [Trait("Spec", "MSG-124")]
    public async Task A_revoked_float_loses_its_links_and_messages_go_on()
    {
        await GovernAsync();
        Install("float-a", ("node-a", false), ("relay-x", true), ("relay-y", true));
        Install("float-b", ("node-b", false), ("relay-x", true), ("relay-y", true));
        Install("relay-x", ("float-a", false), ("float-b", false), ("relay-y", true));
        Install("relay-y", ("float-a", false), ("float-b", false), ("relay-x", false));
        foreach (var name in Floats)
            _floats[name] = new FloatProcess(Path.Combine(FolderOf(name), "float.json"));
        foreach (var (node, own) in new[] { ("node-a", "float-a"), ("node-b", "float-b") })
        {
            Install(node, (own, true));
            Start(node);
        }

        try
        {
            foreach (var name in Floats)
                await _floats[name].UntilAsync($"{name}'s links", status => status.Number(@"^links +(\d+) of 3 up") == 3 && status.Number(@"^topology +(\d+) records") == 6);
        }
        catch (Xunit.Sdk.XunitException failure)
        {
            throw new InvalidOperationException(string.Join('\n', _nodeLog), failure);
        }

        await EnterAsync();
        await PingAsync();
        await SendAsync("before");

        // Its operator puts the list where the configuration says, and the rest is gossip.
        await OkAsync("network", "revoke", In("revocations.list"), "--network", In("network.params"), "--admission", In("relay-x.admission"), "--key", In("a.key"));
        await OkAsync("network", "sign", In("revocations.list"), "--network", In("network.params"), "--key", In("b.key"));
        // Written beside it and renamed: the float looks at it every second, and nobody can write what another one reads.
        var given = Path.Combine(FolderOf("float-b"), "revocations.list");
        File.Copy(In("revocations.list"), given + ".new");
        File.Move(given + ".new", given, overwrite: true);
        _floats["float-b"].AskToReload();
        foreach (var name in new[] { "float-a", "float-b", "relay-y" })
        {
            await _floats[name].UntilAsync($"{name} without relay-x", status =>
                status.Number(@"^revocations +number (\d+), 1 addresses") == 2 && status.Number(@"^  relay-x +(?:down|dialling) +for (\d+) s") >= 0
                && status.Number(@"^topology +(\d+) records") == 5 && status.Number(@"^links +(\d+) of 3 up") == 2);
        }

        await SendAsync("after");
        foreach (var name in Floats)
            Assert.Equal(0, await _floats[name].StopAsync(Patience));
        Assert.Contains("-----BEGIN MIXMQ REVOCATION LIST-----", await File.ReadAllTextAsync(Path.Combine(FolderOf("relay-y"), "data", "admission")), StringComparison.Ordinal);
    }

    private async Task GovernAsync()
    {
        var authorities = new List<string>();
        foreach (var key in new[] { "a.key", "b.key", "c.key" })
            authorities.AddRange(["--authority", Address().Match(await OkAsync("network", "key", In(key))).Value]);
        await OkAsync(["network", "create", In("network.params"), "--name", "admission", "--key", In("a.key"), "--key", In("b.key"), "--path-links", "4", .. authorities]);

        // A first list that names nobody of here, so that the configuration has one to name.
        await OkAsync("network", "revoke", In("revocations.list"), "--network", In("network.params"), "--address", authorities[1], "--for", "1s", "--key", In("a.key"), "--key", In("b.key"));
        await Task.WhenAll(_members.Select(member => OkAsync(
            "network", "admit", In(member.Key + ".admission"), "--network", In("network.params"), "--address", member.Value.Address.ToString(),
            "--institution", member.Key[^1..], "--role", member.Value.Port > 0 ? "relay" : "endpoint", "--key", In("a.key"), "--key", In("c.key"))));
    }

    private void Install(string name, params (string Peer, bool Dial)[] peers)
    {
        var folder = FolderOf(name);
        _members[name].Install(folder, "", configuration =>
        {
            configuration["network"] = new JsonObject { ["parameters"] = "network.params", ["admission"] = "node.admission", ["revocations"] = "revocations.list" };
            configuration["log"] = new JsonObject { ["level"] = "information" };
            configuration["tls"]!["pollSeconds"] = 1;
            if (_members[name].Port > 0)
                return;
            configuration["control"] = new JsonObject { ["socket"] = "data/control.sock" };
            configuration["mixing"] = new JsonObject { ["meanDelayMs"] = 5 };
            configuration["messaging"] = new JsonObject { ["senders"] = "map" };
        }, [.. peers.Select(peer => _members[peer.Peer].AsPeer(peer.Dial))]);
        File.Copy(In("network.params"), Path.Combine(folder, "network.params"));
        File.Copy(In("revocations.list"), Path.Combine(folder, "revocations.list"));
        File.Copy(In(name + ".admission"), Path.Combine(folder, "node.admission"));
    }

    private void Start(string node)
    {
        var run = MixMqProcess.Start("node", "run", "--config", Path.Combine(FolderOf(node), "float.json"));
        _nodes.Add(run);
        _ = KeepAsync(node, run.Error);
        _ = KeepAsync(node, run.Output);
    }

    private async Task KeepAsync(string node, StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
            _nodeLog.Enqueue($"{node}: {line}");
    }

    /// <summary>Both nodes' entries are given to one of them; the other one's map has them within a second or two.</summary>
    private async Task EnterAsync()
    {
        foreach (var name in new[] { "node-a", "node-b" })
            await OkAsync("map", "entry", In(name + ".entry"), "--network", In("network.params"), "--name", $"CN={name},O=Bänk,C=GB", "--address", _members[name].Address.ToString(), "--key", In("a.key"), "--key", In("b.key"));
        Assert.Contains("In the map: CN=node-b,O=Bänk,C=GB", await OkAsync("map", "add", In("node-a.entry"), In("node-b.entry"), "--socket", SocketOf("node-a")), StringComparison.Ordinal);
        var heard = System.Diagnostics.Stopwatch.StartNew();
        while (await OkAsync("map", "verify", "--network", In("network.params"), "--socket", SocketOf("node-b")) is var held && !held.Contains("2 of 2 entries", StringComparison.Ordinal))
            Assert.True(heard.Elapsed < Patience, held);
    }

    /// <summary>Each asks whether the other answers, by its legal name, before anything was written; and nothing of that is kept or logged.</summary>
    private async Task PingAsync()
    {
        await UntilPathAsync("node-a", "node-b");
        await UntilPathAsync("node-b", "node-a");
        var answer = await OkAsync("ping", "--socket", SocketOf("node-a"), "cn=NODE-B, o=bänk, c=gb", "--count", "2", "--interval", "100ms", "--json");
        var pings = JsonNode.Parse(answer)!;
        Assert.Equal((2, 2, _members["node-b"].Address.ToString()), ((int)pings["sent"]!, (int)pings["answered"]!, (string)pings["address"]!));
        Assert.All(pings["pings"]!.AsArray(), ping => Assert.True((int)ping!["relays_there"]! == 3 && (double)ping["round_trip_ms"]! > 0));
        Assert.Contains("1 of 1 answered", await OkAsync("ping", "--socket", SocketOf("node-b"), _members["node-a"].Address.ToString()), StringComparison.Ordinal);
        var (exitCode, _, error) = await MixMqProcess.RunAsync("ping", "--socket", SocketOf("node-a"), "CN=node-b");
        Assert.True(exitCode == 2 && error.Contains("these are other names: CN=node-b,O=Bänk,C=GB", StringComparison.Ordinal), error);
        foreach (var (node, sent, answered) in new[] { ("node-a", 3, 2), ("node-b", 2, 3) })
        {
            var counters = JsonNode.Parse(await OkAsync("status", "--socket", SocketOf(node), "--json"))!["messaging"]!;
            Assert.Equal((sent, answered, 0, 0), ((int)counters["pings_sent"]!, (int)counters["ping_answers_sent"]!, (int)counters["accepted"]!, (int)counters["received"]!));
        }

        Assert.DoesNotContain(_nodeLog, line => Ping().IsMatch(line));
    }

    /// <summary>A node that has entered the network may not know the relays' links yet. One ping is answered.</summary>
    private async Task UntilPathAsync(string from, string to)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (await MixMqProcess.RunAsync("ping", "--socket", SocketOf(from), _members[to].Address.ToString(), "--count", "1", "--json") is var (exitCode, output, error) && exitCode != 0)
            Assert.True(output.Contains("\"no_path\"", StringComparison.Ordinal) && waited.Elapsed < Patience, output + error);
    }

    /// <summary>From one node to the other, by its legal name, until it is acknowledged.</summary>
    private async Task SendAsync(string text)
    {
        Assert.NotEmpty(await OkAsync("send", "--socket", SocketOf("node-a"), "--to", "cn=NODE-B, o=bänk, c=gb", text, "--wait"));
        var (exitCode, _, error) = await MixMqProcess.RunAsync("send", "--socket", SocketOf("node-a"), "--to", "CN=node-b", text);
        Assert.True(exitCode != 0 && error.Contains("these are other names: CN=node-b,O=Bänk,C=GB", StringComparison.Ordinal), error);
        Assert.Contains("from CN=node-a,O=Bänk,C=GB", await OkAsync("receive", "--socket", SocketOf("node-b"), "--max", "1"), StringComparison.Ordinal);
    }

    private string SocketOf(string node) => Path.Combine(FolderOf(node), "data", "control.sock");

    private string FolderOf(string name) => Path.Combine(_folder.FullName, name);

    private string In(string file) => Path.Combine(_folder.FullName, file);

    private static async Task<string> OkAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await MixMqProcess.RunAsync(arguments);
        Assert.True(exitCode == 0, string.Create(CultureInfo.InvariantCulture, $"{string.Join(' ', arguments)} ended with {exitCode}: {output}{error}"));
        return output;
    }

    [GeneratedRegex(@"\bping", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Ping();

    [GeneratedRegex("mix1[a-z0-9]{58}", RegexOptions.None, 1000)]
    private static partial Regex Address();
}
