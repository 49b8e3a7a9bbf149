using System.Diagnostics;
using MixMq.Contracts.Client;

namespace MixMq.EndToEnd.Tests.Consuming;

/// <summary>The demo's network, left running for the tests of a class, which may end node-b and start it again.</summary>
public sealed class KeptDemo : IAsyncLifetime
{
    private readonly MixMqProcess _demo = MixMqProcess.Start("demo", "--messages", "6", "--keep", "--json");
    private Process? _restarted;
    private int _processId;

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
        _processId = Assert.Single(_demo.Descendants(), id => File.ReadAllText($"/proc/{id}/cmdline").Contains("node-b", StringComparison.Ordinal));
    }

    /// <summary>A client of an institution's node.</summary>
    public NodeControlClient Client(string institution) => NodeControlClient.ForUnixSocket(SocketOf(institution));

    public string SocketOf(string institution) => Directory.GetFiles(FolderOf(institution), "*.sock", SearchOption.AllDirectories).Single();

    /// <summary>Kills node-b, and starts it again on what it left.</summary>
    public async Task RestartNodeBAsync(NodeControlClient node)
    {
        await KillNodeBAsync(node);
        StartNodeB();
    }

    public async Task KillNodeBAsync(NodeControlClient node)
    {
        const int Sigkill = 9;
        MixMqProcess.Signal(_processId, Sigkill);
        await NodeProcess.UntilAsync(async () => !await node.IsUpAsync());
    }

    /// <summary>Starts node-b, which was killed.</summary>
    public void StartNodeB()
    {
        _restarted?.Dispose();
        _restarted = NodeProcess.Start(NodeB);
        _processId = _restarted.Id;
    }

    public async Task DisposeAsync()
    {
        _restarted?.Kill();
        _restarted?.Dispose();
        if (Folder.Length > 0)
        {
            using var stop = Process.Start(Path.Combine(Folder, "stop"));
            await stop.WaitForExitAsync();
        }

        _demo.Dispose();
    }
}
