using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.EndToEnd.Tests.Hostile;

namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>Two institutions, each an application, an endpoint node and a float: six processes, three TLS links.</summary>
internal sealed class CrashNetwork : IAsyncDisposable
{
    /// <summary>The applications, then the nodes, then the floats.</summary>
    public static readonly IReadOnlyList<string> Names = ["app-a", "app-b", "node-a", "node-b", "float-a", "float-b"];

    private readonly Dictionary<string, Member> _members = [];
    private readonly Dictionary<string, RigProcess> _processes = [];

    /// <summary>Installs it; nothing runs yet.</summary>
    /// <param name="ledger">Gets what the applications say.</param>
    /// <param name="payments">How many payments each application makes; 0: there are no applications.</param>
    public CrashNetwork(PaymentLedger ledger, int payments)
    {
        Folder = Directory.CreateTempSubdirectory("rig-").FullName;
        var ports = Ports(2);
        foreach (var side in new[] { "a", "b" })
        {
            _members.Add("node-" + side, new Member("node-" + side));
            _members.Add("float-" + side, new Member("float-" + side, ports[side == "a" ? 0 : 1]));
        }

        foreach (var (side, other) in new[] { ("a", "b"), ("b", "a") })
        {
            AddRelay(side, other);
            AddNode(side, other);
            if (payments > 0)
                AddApplication(ledger, side, other, payments);
        }
    }

    public string Folder { get; }

    public IEnumerable<RigProcess> Processes => _processes.Values;

    public RigProcess Process(string name) => _processes[name];

    public void Start()
    {
        foreach (var name in Names.Reverse().Where(_processes.ContainsKey))
            _processes[name].Begin();
    }

    /// <summary>A control client of a node. The caller disposes of it.</summary>
    public NodeControlClient Client(string node) => NodeControlClient.ForUnixSocket(Socket(node));

    public string AddressOf(string node) => _members[node].Address.ToString();

    /// <summary>Asks a node to die at a step.</summary>
    public void Ask(string node, CrashStep step)
    {
        var file = StepFile(node);
        File.WriteAllText(file + ".new", step.ToString());
        File.Move(file + ".new", file, overwrite: true);
    }

    public async Task<NodeStatus> StatusAsync(string node)
    {
        using var client = NodeControlClient.ForUnixSocket(Socket(node));
        return await client.GetStatusAsync(TimeSpan.FromSeconds(10));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_processes.Values.Select(process => process.DisposeAsync().AsTask()));
        foreach (var member in _members.Values)
            member.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string Executable(string folder, string name) => Path.Combine(Path.GetDirectoryName(MixMqProcess.Executable)!, folder, name);

    /// <summary>The sample, as it is shown to users.</summary>
    private static string Application
    {
        get
        {
            var mixmq = new FileInfo(MixMqProcess.Executable).Directory!;
            var root = mixmq.Parent!.Parent!.Parent!.Parent!.Parent!;
            return Path.Combine(root.FullName, "tools", "samples", "MixMq.Samples.Payments", "bin", mixmq.Parent.Name, mixmq.Name, "payments");
        }
    }

    private static int[] Ports(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners)
            listener.Start();
        int[] ports = [.. listeners.Select(listener => ((System.Net.IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (var listener in listeners)
            listener.Dispose();
        return ports;
    }

    private void AddRelay(string side, string other)
    {
        var name = "float-" + side;
        // One of the two floats dials the other.
        var configuration = _members[name].Install(
            Path.Combine(Folder, name), "rig", ConfigureAll, _members["node-" + side].AsPeer(dial: false), _members["float-" + other].AsPeer(dial: side == "a"));
        AddProcess(name, () => [Executable("float", "MixMq.Float"), "--config", configuration, "--watch-stdin"], _ => { }, []);
    }

    private void AddNode(string side, string other)
    {
        var name = "node-" + side;
        var configuration = _members[name].Install(Path.Combine(Folder, name), "rig", configuration => ConfigureNode(configuration, _members["node-" + other]), _members["float-" + side].AsPeer(dial: true));
        AddProcess(name, () => [Executable("node", "MixMq.Node"), "--config", configuration, "--watch-stdin"], _ => { }, new()
        {
            ["DOTNET_STARTUP_HOOKS"] = typeof(StepKiller).Assembly.Location,
            [StepKiller.FileVariable] = StepFile(name),
        });
    }

    private void AddApplication(PaymentLedger ledger, string side, string other, int payments)
    {
        string[] command = [Application, Socket("node-" + side), _members["node-" + other].Address.ToString(), side, $"{payments}", "--watch-stdin"];
        AddProcess("app-" + side, () => command, line => Tell(ledger, side, line.Split(' ')), []);
    }

    private void AddProcess(string name, Func<IEnumerable<string>> command, Action<string> line, Dictionary<string, string> environment) =>
        _processes.Add(name, new RigProcess(name, Path.Combine(Folder, name + ".log"), command, line, environment));

    private static void Tell(PaymentLedger ledger, string side, string[] words)
    {
        if (words is not [("books" or "kept") and var what, var made, var got, var balance])
            throw new InvalidDataException($"The application said: {string.Join(' ', words)}");
        ledger.Note(side, what == "books", int.Parse(made, CultureInfo.InvariantCulture), int.Parse(got, CultureInfo.InvariantCulture), long.Parse(balance, CultureInfo.InvariantCulture));
    }

    private static void ConfigureNode(JsonObject configuration, Member correspondent)
    {
        ConfigureAll(configuration);
        configuration["contacts"] = new JsonArray(new JsonObject { ["name"] = "correspondent", ["address"] = correspondent.Address.ToString() });
        configuration["mixing"] = new JsonObject { ["meanDelayMs"] = 1 };
    }

    private static void ConfigureAll(JsonObject configuration)
    {
        configuration["network"]!["pathLinks"] = 3;
        configuration["limits"]!["linkPacketsPerSecond"] = 5000;
        configuration["log"]!["level"] = "warning";
    }

    private string Socket(string node) => Path.Combine(Folder, node, "data", "control.sock");

    private string StepFile(string node) => Path.Combine(Folder, node, "step");
}
