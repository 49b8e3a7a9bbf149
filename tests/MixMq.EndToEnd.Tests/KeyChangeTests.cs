using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;
using MixMq.EndToEnd.Tests.Hostile;
using MixMq.Testing;

namespace MixMq.EndToEnd.Tests;

/// <summary>
/// Two nodes and their floats as real processes, with messages both ways. One node has its key changed by a successor statement, made and signed with the real <c>mixmq</c>, and after that in
/// an emergency. The other one's configuration is touched by nobody: it has the first address as a contact, to the end. Each message comes once, and in order.
/// </summary>
[Collection(RigCollection.Name)]
public sealed partial class KeyChangeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keys-");
    private readonly Dictionary<string, Member> _members = [];
    private readonly Dictionary<string, FloatProcess> _floats = [];
    private readonly Dictionary<string, MixMqProcess> _nodes = [];
    private readonly Dictionary<string, int> _sent = new() { ["node-a"] = 0, ["node-b"] = 0 };
    private readonly ConcurrentQueue<string> _log = new();

    public KeyChangeTests()
    {
        foreach (var (name, port) in new[] { "float-a", "float-b" }.Zip(FreePorts.Take(2)))
            _members.Add(name, new Member(name, port));
        foreach (var name in new[] { "node-a", "node-b" })
            _members.Add(name, new Member(name));
    }

    public void Dispose()
    {
        foreach (var process in _floats.Values)
            process.Dispose();
        foreach (var process in _nodes.Values)
            process.Dispose();
        foreach (var member in _members.Values)
            member.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    [Trait("Spec", "ADM-33")]
    [Trait("Spec", "MSG-90")]
    [Trait("Spec", "MSG-92")]
    public async Task A_key_changed_twice_amid_traffic_loses_and_doubles_nothing_and_nobody_else_edits_anything()
    {
        await GovernAsync();
        Install("float-a", ("node-a", false), ("float-b", true));
        Install("float-b", ("node-b", false), ("float-a", false));
        Install("node-a", ("float-a", true));
        Install("node-b", ("float-b", true));
        foreach (var name in new[] { "float-a", "float-b" })
            _floats[name] = new FloatProcess(ConfigurationOf(name));
        Start("node-a");
        Start("node-b");
        await UntilAsync("a path", async () => (await StatusAsync("node-b")).Topology.Nodes == 4 && (await StatusAsync("node-a")).Topology.Nodes == 4);
        var untouched = await File.ReadAllTextAsync(ConfigurationOf("node-b"));
        await OkAsync(
            "map", "entry", In("a.entry"), "--network", In("network.params"), "--name", "CN=Bank A", "--address", _members["node-a"].Address.ToString(), "--key", In("a.key"), "--key", In("b.key"));
        await OkAsync("map", "add", In("a.entry"), "--socket", SocketOf("node-b"));
        await SendAsync("node-a", 5);
        await SendAsync("node-b", 5);

        // While messages are under way both ways, and some are sent while the node is down.
        await OkAsync(
            "map", "succession", In("first.succession"), "--network", In("network.params"), "--old-key", Path.Combine(FolderOf("node-a"), "identity.key"), "--new-key", In("second.key"), "--key", In("b.key"), "--key", In("c.key"));
        await ChangeAsync("first.succession", "second.key");
        await SendAsync("node-a", 5);
        await SendAsync("node-b", 5);
        await ArrivedAsync();
        var listed = await OkAsync("map", "list", "--socket", SocketOf("node-b"), "--json");
        Assert.False(MixMqProcess.LastObject(listed).GetProperty("now")[0].GetProperty("emergency").GetBoolean());

        // Again, without the old key: three statements' worth of addresses are one correspondent, and it is said how the last one came.
        await OkAsync(
            "map", "succession", In("second.succession"), "--network", In("network.params"), "--emergency", AddressOf(In("second.key")), "--new-key", In("third.key"), "--key", In("a.key"));
        await OkAsync("network", "sign", In("second.succession"), "--network", In("network.params"), "--key", In("c.key"));
        await ChangeAsync("second.succession", "third.key");
        await SendAsync("node-a", 5);
        await SendAsync("node-b", 5);
        await ArrivedAsync();
        var status = (await StatusAsync("node-a")).Admission;
        Assert.Equal((_members["node-a"].Address.ToString(), 2, true, "a"), (status.Former[0], status.Former.Count, status.ByEmergency, status.Institution));
        Assert.Contains("EMERGENCY", await OkAsync("map", "successions", "--socket", SocketOf("node-b")), StringComparison.Ordinal);
        Assert.Contains("3 of 3 entries", await OkAsync("map", "verify", "--network", In("network.params"), "--socket", SocketOf("node-b")), StringComparison.Ordinal);
        using var client = Client("node-b");
        var sent = await client.SendAsync(new SendRequest { To = "CN=Bank A", Conversation = "by name", Content = ByteString.CopyFromUtf8("x") });
        await UntilAsync("the one by name", async () => (await client.TrackAsync(new TrackRequest { MessageId = sent.MessageId })).State == DeliveryState.Acknowledged);
        await foreach (var message in client.PeekAsync(new PeekRequest()))
            Assert.Equal((_members["node-a"].Address.ToString(), "bank-a", "CN=Bank A", AddressOf(In("third.key")), true), (message.From, message.FromName, message.FromLegalName, message.FromPresent, message.FromEmergency));
        Assert.Equal(untouched, await File.ReadAllTextAsync(ConfigurationOf("node-b")));
    }

    /// <summary>The statement and the key are taken into use at a restart; the float's operator has the new address among its peers before.</summary>
    private async Task ChangeAsync(string statement, string key)
    {
        var address = AddressOf(In(key));
        await OkAsync("network", "admit", In("node-a.admission"), "--network", In("network.params"), "--address", address, "--institution", "a", "--role", "endpoint", "--key", In("a.key"), "--key", In("c.key"));
        await SendAsync("node-a", 5);
        await SendAsync("node-b", 5);
        await StopAsync("node-a");
        await SendAsync("node-b", 5);
        Edit("float-a", configuration => configuration["peers"]![0]!["address"] = address);
        _floats["float-a"].AskToReload();
        File.Copy(In(key), Path.Combine(FolderOf("node-a"), key));
        File.Copy(In("node-a.admission"), Path.Combine(FolderOf("node-a"), "node.admission"), overwrite: true);
        await File.AppendAllTextAsync(Path.Combine(FolderOf("node-a"), "successions"), await File.ReadAllTextAsync(In(statement)));
        Edit("node-a", configuration =>
        {
            configuration["identity"]!["keyFile"] = key;
            configuration["network"]!["successions"] = "successions";
        });
        Start("node-a");
        await UntilAsync("the node with its new key", async () => (await StatusAsync("node-a")).Address == address);
    }

    private async Task SendAsync(string from, int count)
    {
        using var client = Client(from);
        for (var i = 0; i < count; i++)
        {
            var request = new SendRequest { To = from == "node-a" ? "bank-b" : "bank-a", Content = ByteString.CopyFromUtf8($"{_sent[from]++}") };
            _ = await client.SendAsync(request, Patience);
        }
    }

    private async Task ArrivedAsync()
    {
        foreach (var (from, to) in new[] { ("node-a", "node-b"), ("node-b", "node-a") })
        {
            var arrived = new List<string>();
            await UntilAsync($"all of {from}'s messages", async () =>
            {
                arrived.Clear();
                using var client = Client(to);
                await foreach (var message in client.PeekAsync(new PeekRequest()))
                    arrived.Add(message.Content.ToStringUtf8());
                return arrived.Count >= _sent[from];
            });
            Assert.Equal(Enumerable.Range(0, _sent[from]).Select(number => number.ToString(CultureInfo.InvariantCulture)), arrived);
        }
    }

    private async Task GovernAsync()
    {
        var authorities = new List<string>();
        foreach (var key in new[] { "a.key", "b.key", "c.key" })
            authorities.AddRange(["--authority", Address().Match(await OkAsync("network", "key", In(key))).Value]);
        await OkAsync(["network", "create", In("network.params"), "--name", "keys", "--key", In("a.key"), "--key", In("b.key"), "--path-links", "3", .. authorities]);
        await Task.WhenAll(_members.Select(member => OkAsync(
            "network", "admit", In(member.Key + ".admission"), "--network", In("network.params"), "--address", member.Value.Address.ToString(),
            "--institution", member.Key[^1..], "--role", member.Value.Port > 0 ? "relay" : "endpoint", "--key", In("a.key"), "--key", In("c.key"))));
    }

    private void Install(string name, params (string Peer, bool Dial)[] peers)
    {
        var folder = FolderOf(name);
        _members[name].Install(folder, "", configuration =>
        {
            configuration["network"] = new JsonObject { ["parameters"] = "network.params", ["admission"] = "node.admission" };
            configuration["log"] = new JsonObject { ["level"] = "information" };
            configuration["tls"]!["pollSeconds"] = 1;
            if (_members[name].Port > 0)
                return;
            configuration["control"] = new JsonObject { ["socket"] = "data/control.sock" };
            configuration["mixing"] = new JsonObject { ["meanDelayMs"] = 5 };
            var other = name == "node-a" ? "node-b" : "node-a";
            configuration["contacts"] = new JsonArray(new JsonObject { ["name"] = $"bank-{other[^1]}", ["address"] = _members[other].Address.ToString() });
        }, [.. peers.Select(peer => _members[peer.Peer].AsPeer(peer.Dial))]);
        File.Copy(In("network.params"), Path.Combine(folder, "network.params"));
        File.Copy(In(name + ".admission"), Path.Combine(folder, "node.admission"));
    }

    private void Edit(string name, Action<JsonNode> change)
    {
        var configuration = JsonNode.Parse(File.ReadAllText(ConfigurationOf(name)))!;
        change(configuration);
        var file = ConfigurationOf(name);
        File.WriteAllText(file + ".new", configuration.ToJsonString());
        File.Move(file + ".new", file, overwrite: true);
    }

    private void Start(string node)
    {
        var run = MixMqProcess.Start("node", "run", "--config", ConfigurationOf(node));
        _nodes[node] = run;
        _ = KeepAsync(node, run.Error);
        _ = KeepAsync(node, run.Output);
    }

    private async Task StopAsync(string node)
    {
        _nodes[node].Signal(15);
        await _nodes[node].ExitedAsync(Patience);
        _nodes[node].Dispose();
    }

    private async Task KeepAsync(string node, StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
            _log.Enqueue($"{node}: {line}");
    }

    private async Task<NodeStatus> StatusAsync(string node)
    {
        using var client = Client(node);
        return await client.GetStatusAsync(Patience);
    }

    private async Task UntilAsync(string what, Func<Task<bool>> wanted)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var since = Stopwatch.StartNew(); ; await tick.WaitForNextTickAsync())
        {
            try
            {
                if (await wanted())
                    return;
            }
            catch (Exception failure) when (failure is NodeNotRunningException or RpcException)
            {
                // It isn't up yet.
            }

            Assert.True(since.Elapsed < Patience, $"no {what}\n{string.Join('\n', _log)}");
        }
    }

    private NodeControlClient Client(string node) => NodeControlClient.ForUnixSocket(SocketOf(node));

    private string SocketOf(string node) => Path.Combine(FolderOf(node), "data", "control.sock");

    private string ConfigurationOf(string name) => Path.Combine(FolderOf(name), "float.json");

    private string FolderOf(string name) => Path.Combine(_folder.FullName, name);

    private string In(string file) => Path.Combine(_folder.FullName, file);

    private static string AddressOf(string keyFile)
    {
        var pem = File.ReadAllText(keyFile);
        var der = Convert.FromBase64String(pem[System.Security.Cryptography.PemEncoding.Find(pem).Base64Data]);
        var address = new byte[MixMq.Sphinx.NodeAddress.ByteLength];
        MixMq.Crypto.Ed25519.DerivePublic(der.AsSpan(^32..), address);
        return MixMq.Sphinx.NodeAddress.FromBytes(address).ToString();
    }

    private static async Task<string> OkAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await MixMqProcess.RunAsync(arguments);
        Assert.True(exitCode == 0, string.Create(CultureInfo.InvariantCulture, $"{string.Join(' ', arguments)} ended with {exitCode}: {output}{error}"));
        return output;
    }

    [GeneratedRegex("mix1[a-z0-9]{58}", RegexOptions.None, 1000)]
    private static partial Regex Address();
}
