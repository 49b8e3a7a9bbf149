using System.Diagnostics;
using MixMq.Contracts.Client;

namespace MixMq.EndToEnd.Tests.Consuming;

/// <summary>The demo's network, left running for the tests of a class, which may end node-b and start it again.</summary>
public sealed class KeptDemo : IAsyncLifetime
{
    private readonly MixMqProcess _demo = MixMqProcess.Start("demo", "--messages", "6", "--keep", "--json");
    private readonly Dictionary<string, Process> _restarted = [];
    private readonly Dictionary<string, int> _processIds = [];

    /// <summary>Where the network's files are.</summary>
    public string Folder { get; private set; } = "";

    /// <summary>Node-b's folder.</summary>
    public string NodeB => FolderOf("b");

    public string FolderOf(string institution) => Path.Combine(Folder, institution, "node-" + institution);

    public async Task InitializeAsync()
    {
        var (exitCode, output, error) = await _demo.EndAsync();
        Assert.True(exitCode == 0, output + error);
        Folder = MixMqProcess.LastObject(output).GetProperty("folder").GetString()!;
        foreach (var institution in (string[])["a", "b"])
            _processIds[institution] = Assert.Single(_demo.Descendants(), id => File.ReadAllText($"/proc/{id}/cmdline").Contains($"node-{institution}", StringComparison.Ordinal));
    }

    /// <summary>A client of an institution's node.</summary>
    public NodeControlClient Client(string institution) => NodeControlClient.ForUnixSocket(SocketOf(institution));

    public string SocketOf(string institution) => Directory.GetFiles(FolderOf(institution), "*.sock", SearchOption.AllDirectories).Single();

    /// <summary>Kills node-b, and starts it again on what it left.</summary>
    public Task RestartNodeBAsync(NodeControlClient node) => RestartAsync("b", node);

    public Task KillNodeBAsync(NodeControlClient node) => KillAsync("b", node);

    /// <summary>Starts node-b, which was killed.</summary>
    public void StartNodeB() => Start("b");

    /// <summary>Kills an institution's node, and starts it again on what it left.</summary>
    public async Task RestartAsync(string institution, NodeControlClient node)
    {
        await KillAsync(institution, node);
        Start(institution);
    }

    private async Task KillAsync(string institution, NodeControlClient node)
    {
        const int Sigkill = 9;

        // Its socket is closed before its locks are free: the next life needs both.
        using var process = Process.GetProcessById(_processIds[institution]);
        MixMqProcess.Signal(process.Id, Sigkill);
        await process.WaitForExitAsync().WaitAsync(NodeProcess.Patience);
        await NodeProcess.UntilAsync(async () => !await node.IsUpAsync());
    }

    private void Start(string institution)
    {
        if (_restarted.Remove(institution, out var former))
            former.Dispose();
        _restarted.Add(institution, NodeProcess.Start(FolderOf(institution)));
        _processIds[institution] = _restarted[institution].Id;
    }

    public async Task DisposeAsync()
    {
        foreach (var restarted in _restarted.Values)
        {
            restarted.Kill();
            await restarted.WaitForExitAsync();
            restarted.Dispose();
        }

        if (Folder.Length > 0)
        {
            using var stop = Process.Start(Path.Combine(Folder, "stop"));
            await stop.WaitForExitAsync();
        }

        _demo.Dispose();
    }
}
