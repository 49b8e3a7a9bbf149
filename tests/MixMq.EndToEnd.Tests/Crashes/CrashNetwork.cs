using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.EndToEnd.Tests.Hostile;
using MixMq.Testing;

namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>Two institutions, each an application, an endpoint node and a float: six processes, three TLS links.</summary>
internal sealed class CrashNetwork : IAsyncDisposable
{
    /// <summary>The applications, then the nodes, then the floats.</summary>
    public static readonly IReadOnlyList<string> Names = ["app-a", "app-b", "node-a", "node-b", "float-a", "float-b"];

    private readonly Dictionary<string, Member> _members = [];
    private readonly Dictionary<string, RigProcess> _processes = [];
    private readonly Dictionary<string, SmallDisk> _disks = [];

    /// <summary>Installs it; nothing runs yet.</summary>
    /// <param name="ledger">Gets what the applications say.</param>
    /// <param name="payments">Whether there are applications, which make as many payments as the ledger says when they start.</param>
    /// <param name="diskMebibytes">The size of each node's own file system; 0: it has none of its own.</param>
    public CrashNetwork(PaymentLedger ledger, bool payments, int diskMebibytes = 0)
    {
        Folder = Directory.CreateTempSubdirectory("rig-").FullName;
        var ports = FreePorts.Take(2);
        foreach (var side in new[] { "a", "b" })
        {
            _members.Add("node-" + side, new Member("node-" + side));
            _members.Add("float-" + side, new Member("float-" + side, ports[side == "a" ? 0 : 1]));
            if (diskMebibytes > 0)
                _disks.Add("node-" + side, new SmallDisk(Path.Combine(Folder, "node-" + side, "data"), diskMebibytes));
        }

        foreach (var (side, other) in new[] { ("a", "b"), ("b", "a") })
        {
            AddRelay(side, other);
            AddNode(side, other);
            if (payments)
                AddApplication(ledger, side, other);
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

    /// <summary>Lets the payments come to an end soon: both applications are ended before either begins again with the number at which they do.</summary>
    public async Task CloseAsync(PaymentLedger ledger)
    {
        string[] applications = ["app-a", "app-b"];
        var left = applications.Length;
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Task.WhenAll(applications.Select(name => Process(name).KillAsync(() =>
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                ledger.Close();
                closed.SetResult();
            }

            return closed.Task;
        })));
    }

    /// <summary>A control client of a node. The caller disposes of it.</summary>
    public NodeControlClient Client(string node) => NodeControlClient.ForUnixSocket(Socket(node));

    public string AddressOf(string node) => _members[node].Address.ToString();

    /// <summary>A node's own file system.</summary>
    public SmallDisk Disk(string node) => _disks[node];

    /// <summary>Runs a command of <c>mixmq</c> for a node, where that node's files are.</summary>
    public async Task RunAsync(string node, params string[] arguments)
    {
        string[] command = [.. Where(node), MixMqProcess.Executable, .. arguments];
        var start = new System.Diagnostics.ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = System.Diagnostics.Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"mixmq {string.Join(' ', arguments)}: {await output}{await errors}");
    }

    /// <summary>A file of a node's folder for what runs, as the rig finds it.</summary>
    public string DataOf(string node, string file = "") => _disks.TryGetValue(node, out var disk) ? disk.Outside(Path.Combine(Folder, node, "data", file)) : Path.Combine(Folder, node, "data", file);

    public string ConfigurationOf(string node) => Path.Combine(Folder, node, "float.json");

    public string SocketOf(string node) => Path.Combine(Folder, node, "data", "control.sock");

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
        return await client.GetStatusAsync(TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_processes.Values.Select(process => process.DisposeAsync().AsTask()));
        if (Kept is { Length: > 0 } kept)
            Keep(kept);
        foreach (var member in _members.Values)
            member.Dispose();
        foreach (var disk in _disks.Values)
            disk.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Where what is on the disks at the end is kept, for whoever looks into a fault; null: nowhere.</summary>
    private static string? Kept => Environment.GetEnvironmentVariable("MIXMQ_RIG_KEEP");

    private void Keep(string folder)
    {
        foreach (var node in _disks.Keys)
        {
            Directory.CreateDirectory(Path.Combine(folder, node));
            foreach (var file in Directory.GetFiles(DataOf(node), "*").Where(file => !file.EndsWith(".sock", StringComparison.Ordinal)))
                File.Copy(file, Path.Combine(folder, node, Path.GetFileName(file)), overwrite: true);
        }

        foreach (var file in Directory.GetFiles(Folder))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
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
        AddProcess(name, () => [.. Where(name), Executable("node", "MixMq.Node"), "--config", configuration, "--watch-stdin"], _ => { }, new()
        {
            ["DOTNET_STARTUP_HOOKS"] = typeof(StepKiller).Assembly.Location,
            [StepKiller.FileVariable] = StepFile(name),
        });
    }

    private void AddApplication(PaymentLedger ledger, string side, string other)
    {
        IEnumerable<string> Command() => [Application, Socket("node-" + side), _members["node-" + other].Address.ToString(), side, $"{ledger.Each}", "--watch-stdin"];
        AddProcess("app-" + side, Command, line => Tell(ledger, side, line.Split(' ')), new() { ["PAYMENTS_REST_MS"] = "100" });
    }

    private void AddProcess(string name, Func<IEnumerable<string>> command, Action<string> line, Dictionary<string, string> environment) =>
        _processes.Add(name, new RigProcess(name, Path.Combine(Folder, name + ".log"), command, line, environment));

    private static void Tell(PaymentLedger ledger, string side, string[] words)
    {
        if (words is ["again" or "early", var number])
        {
            ledger.NoteAgain(side, int.Parse(number, CultureInfo.InvariantCulture));
            return;
        }

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

    private IEnumerable<string> Where(string node) => _disks.TryGetValue(node, out var disk) ? disk.Prefix : [];

    private string Socket(string node) => DataOf(node, "control.sock");

    private string StepFile(string node) => Path.Combine(Folder, node, "step");
}
