using System.Text.Json;
using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;

namespace MixMq.EndToEnd.Tests.Consuming;

/// <summary>
/// The store of a real node is backed up while it runs, the node killed some time later, and the backup put back. The ledger of both applications, which nobody puts back, says then what was
/// lost, doubled or taken for something else.
/// </summary>
[Collection(KeptDemoCollection.Name)]
public sealed class BackupTests(KeptDemo demo)
{
    private const string Consumer = "vault";
    private const string Conversation = "vault";
    private readonly List<string> _sent = [];

    [Fact]
    [Trait("Spec", "MSG-53")]
    [Trait("Spec", "MSG-55")]
    public async Task A_node_put_back_from_a_backup_has_again_what_it_lost_reuses_no_place_and_lists_what_is_lost()
    {
        using var a = demo.Client("a");
        using var b = demo.Client("b");
        var backup = Path.Combine(demo.Folder, "b.backup");
        await SendAsync(a, "node-b", 1, 3);
        await SendAsync(b, "node-a", 1, 3);
        Assert.Equal(Numbers(1, 3), await ConsumeAsync(b, 3));
        Assert.Equal(Numbers(1, 3), await ConsumeAsync(a, 3));
        var made = await RunAsync("backup", "--out", backup, "--config", demo.NodeB, "--json");
        Assert.True(made.GetProperty("size").GetInt64() == new FileInfo(backup).Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(backup));
        await FailAsync("There is a file", "backup", "--out", backup, "--config", demo.NodeB);

        // What comes now is undone at b, which isn't told what it was.
        await SendAsync(a, "node-b", 4, 6);
        await SendAsync(b, "node-a", 4, 6);
        Assert.Equal(Numbers(4, 6), await ConsumeAsync(b, 3));
        await NodeProcess.UntilAsync(async () => (await a.GetStatusAsync()).Messaging.Pending + (await b.GetStatusAsync()).Messaging.Pending == 0);
        await FailAsync("in use", "restore", "--from", backup, "--config", demo.NodeB, "--force");
        await demo.KillNodeBAsync(b);
        await FailAsync("--force", "restore", "--from", backup, "--config", demo.NodeB);
        await FailAsync("no such backup", "restore", "--from", backup + ".not", "--config", demo.NodeB, "--force");
        var report = await RunAsync("restore", "--from", backup, "--config", demo.NodeB, "--force", "--json");
        Assert.True(File.Exists(report.GetProperty("former").GetString()));
        demo.StartNodeB();
        await NodeProcess.UntilAsync(b.IsUpAsync);

        // Its application went back to the same moment: it gets again, once and in order, what it had since. Nobody has written.
        Assert.Equal(Numbers(4, 6), await ConsumeAsync(b, 3));
        await SendAsync(b, "node-a", 7, 9);
        await SendAsync(a, "node-b", 7, 9);
        Assert.Equal(Numbers(7, 9), await ConsumeAsync(b, 3));

        // The other's did not: it gets each once, what b knows nothing of any more too.
        Assert.Equal(Numbers(4, 9), await ConsumeAsync(a, 6));
        var gap = await RunAsync("gaps", "--config", demo.NodeB, "--json");
        Assert.Equal(("sent", "node-a", Conversation, 4, 6), (
            gap.GetProperty("kind").GetString(), gap.GetProperty("peer_name").GetString(), gap.GetProperty("conversation").GetString(),
            gap.GetProperty("first").GetInt32(), gap.GetProperty("last").GetInt32()));
        var (_, output, error) = await MixMqProcess.RunAsync("gaps", "--config", demo.FolderOf("a"));
        Assert.Contains("Nothing is lost.", output + error, StringComparison.Ordinal);
        await NodeProcess.UntilAsync(async () => (await a.GetStatusAsync()).Messaging.Pending + (await b.GetStatusAsync()).Messaging.Pending == 0);
        Assert.Equal(3UL, (await a.GetStatusAsync()).Messaging.Recalled);
        Assert.Equal(18, _sent.Distinct().Count());
    }

    private static IEnumerable<string> Numbers(int first, int last) => Enumerable.Range(first, last - first + 1).Select(number => $"entry {number}");

    private static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await MixMqProcess.RunAsync(arguments);
        Assert.True(exitCode == 0, output + error);
        return MixMqProcess.LastObject(output);
    }

    private static async Task FailAsync(string message, params string[] arguments)
    {
        var (exitCode, output, error) = await MixMqProcess.RunAsync(arguments);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(message, output + error, StringComparison.Ordinal);
    }

    private async Task SendAsync(NodeControlClient from, string to, int first, int last)
    {
        foreach (var text in Numbers(first, last))
        {
            var sent = await from.SendAsync(new SendRequest { To = to, Conversation = Conversation, Content = ByteString.CopyFromUtf8(text) });
            _sent.Add(Convert.ToHexString(sent.MessageId.Span));
        }
    }

    /// <summary>What comes next in the conversation, consumed. Other tests' messages are left alone.</summary>
    private static async Task<IReadOnlyList<string>> ConsumeAsync(NodeControlClient node, int count)
    {
        await using var stream = await node.ReceiveAsync(Consumer, credit: 100);
        var checkpoint = stream.NewCheckpoint();
        var texts = new List<string>();
        while (texts.Count < count)
        {
            if ((await stream.ReadAsync().AsTask().WaitAsync(NodeProcess.Patience))!.Message is { } message && message.Conversation == Conversation)
            {
                texts.Add(message.Content.ToStringUtf8());
                checkpoint.Consumed.Add(message.Position);
            }
        }

        await node.CheckpointAsync(checkpoint);
        await stream.LeaveAsync();
        return texts;
    }
}
