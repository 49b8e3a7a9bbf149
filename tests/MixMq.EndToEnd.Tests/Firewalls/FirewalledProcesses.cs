using System.Text.Json.Nodes;
using MixMq.Contracts.Client;
using MixMq.EndToEnd.Tests.Crashes;
using MixMq.EndToEnd.Tests.Hostile;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>The shipping executables on the machines of a <see cref="FirewalledNetwork"/>: three nodes, six floats, two relays. Floats and relays are linked each with each.</summary>
internal sealed class FirewalledProcesses : IAsyncDisposable
{
    private readonly FirewalledNetwork _network;
    private readonly Dictionary<string, Member> _members = [];
    private readonly Dictionary<string, RigProcess> _processes = [];
    private readonly Dictionary<string, NodeControlClient> _clients = [];

    /// <summary>Installs them; nothing runs yet.</summary>
    public FirewalledProcesses(FirewalledNetwork network, string folder)
    {
        _network = network;
        Folder = folder;
        foreach (var name in Nodes.Concat(Floats).Concat(FirewalledNetwork.Relays))
            _members.Add(name, new Member(name));
        foreach (var institution in Institution.All)
        {
            foreach (var (name, number) in institution.Floats.Select((name, index) => (name, index + 1)))
                InstallFloat(institution, name, number);
            InstallNode(institution);
        }

        foreach (var relay in FirewalledNetwork.Relays)
            InstallRelay(relay);
    }

    public static IReadOnlyList<string> Nodes { get; } = [.. Institution.All.Select(institution => institution.Node)];

    public static IReadOnlyList<string> Floats { get; } = [.. Institution.All.SelectMany(institution => institution.Floats)];

    /// <summary>All that forward for others, in the order that decides who dials: the earlier the later.</summary>
    private static IReadOnlyList<string> Forwarders { get; } = [.. Floats, .. FirewalledNetwork.Relays];

    /// <summary>Links between two of them, and of nodes with their floats.</summary>
    public static int LinkCount => (Forwarders.Count * (Forwarders.Count - 1) / 2) + Floats.Count;

    public string Folder { get; }

    public IEnumerable<RigProcess> All => _processes.Values;

    /// <summary>How many nodes there are in the network.</summary>
    public int Count => _processes.Count;

    public void Begin(IEnumerable<string> names)
    {
        foreach (var name in names)
            _processes[name].Begin();
    }

    public string Address(string name) => _members[name].Address.ToString();

    /// <summary>A node's control service; its socket is a file, and that is in no network namespace.</summary>
    public NodeControlClient Client(string node)
    {
        if (!_clients.TryGetValue(node, out var client))
            _clients.Add(node, client = NodeControlClient.ForUnixSocket(Path.Combine(Folder, node, "data", "control.sock")));
        return client;
    }

    /// <summary>Files of its audit trail hold an event; a prefix of what comes after the time.</summary>
    public bool HasAudited(string name, string text)
    {
        var file = Path.Combine(Folder, name, "data", "audit.log");
        return File.Exists(file) && File.ReadAllText(file).Contains(' ' + text, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
        await Task.WhenAll(_processes.Values.Select(process => process.DisposeAsync().AsTask()));
        foreach (var member in _members.Values)
            member.Dispose();
    }

    /// <summary>Where others dial a forwarder.</summary>
    private static string Public(string name) => FirewalledNetwork.Relays.Contains(name)
        ? $"{FirewalledNetwork.RelayAddress(name)}:{Institution.PublicPort}"
        : Institution.All.Single(institution => institution.Floats.Contains(name)).PublicEndpoint(name[^1] - '0').ToString();

    private void InstallNode(Institution institution) => Install(institution.Node, "node/MixMq.Node", configuration => configuration["contacts"] = Contacts(institution.Node), institution.Floats.Select((name, index) =>
    {
        var peer = _members[name].AsPeer(dial: true);
        peer["dial"] = institution.InnerEndpoint(index + 1).ToString();
        return peer;
    }));

    /// <summary>The other nodes: they alone may write.</summary>
    private JsonArray Contacts(string node) =>
        [.. Nodes.Where(other => other != node).Select(other => (JsonNode)new JsonObject { ["name"] = other, ["address"] = Address(other) })];

    private void InstallFloat(Institution institution, string name, int number)
    {
        var inside = _members[institution.Node].AsPeer(dial: false);
        inside["inner"] = true;
        inside["activates"] = true;
        Install(name, "float/MixMq.Float", configuration =>
        {
            configuration["profile"] = "strict";
            configuration["listen"] = new JsonArray(Public(name));
            configuration["innerListen"] = new JsonArray(institution.InnerEndpoint(number).ToString());
        }, Others(name).Append(inside));
    }

    private void InstallRelay(string name) =>
        Install(name, "float/MixMq.Float", configuration => configuration["listen"] = new JsonArray(Public(name)), Others(name));

    private IEnumerable<JsonObject> Others(string name)
    {
        var own = Forwarders.ToList().IndexOf(name);
        foreach (var (other, index) in Forwarders.Select((other, index) => (other, index)).Where(pair => pair.index != own))
        {
            var peer = _members[other].AsPeer(dial: own < index);
            if (own < index)
                peer["dial"] = Public(other);
            yield return peer;
        }
    }

    private void Install(string name, string executable, Action<JsonObject> change, IEnumerable<JsonObject> peers)
    {
        var configuration = _members[name].Install(Path.Combine(Folder, name), "firewalled", configuration =>
        {
            configuration["limits"]!["linkPacketsPerSecond"] = 5000;
            configuration["log"]!["level"] = "warning";
            change(configuration);
        }, [.. peers]);
        string[] command = [.. _network[name].Within(Path.Combine(Path.GetDirectoryName(MixMqProcess.Executable)!, executable), "--config", configuration, "--watch-stdin")];
        var environment = new Dictionary<string, string> { ["PATH"] = NetworkNamespaces.SearchPath };
        _processes.Add(name, new RigProcess(name, Path.Combine(Folder, name + ".log"), () => command, _ => { }, environment));
    }
}
