using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>
/// What befalls a node's disk, with the programs that operators have: its store is copied while it runs, an older copy is put back when it was killed, and there is no room on it. What it says
/// of itself then is held against what it promises.
/// </summary>
internal sealed class DiskTrouble(CrashNetwork network, PaymentLedger ledger, Random random)
{
    /// <summary>Payments between a copy and its use, where none was left.</summary>
    private const int BookedSinceCopy = 100;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(60);
    private readonly Dictionary<string, List<(string File, (int, int) From, (int, int) To)>> _copies = new() { ["a"] = [], ["b"] = [] };
    private int _files;
    private int _notes;

    /// <summary>Sides whose stores were put back.</summary>
    public HashSet<string> PutBack { get; } = [];

    public int Restores { get; private set; }

    public int FullDisks { get; private set; }

    /// <summary>Copies the store of a side's node, as it goes on.</summary>
    public async Task CopyAsync(string side)
    {
        var node = "node-" + side;
        await UntilUpAsync(node);
        var file = Path.Combine(network.Folder, string.Create(CultureInfo.InvariantCulture, $"{node}-{_files++}.backup"));
        var from = ledger.Books(side);
        await network.RunAsync(node, "backup", "--out", file, "--socket", network.SocketOf(node));

        // What the application has told of its books may be behind what its checkpoints kept, by as much as a loaded machine is slow to read it.
        using var client = network.Client(node);
        var state = (await client.GetStateAsync("payments", CallTimeout)).State;
        var kept = state.IsEmpty ? null : JsonNode.Parse(state.Span);
        var (made, got) = ledger.Books(side);
        _copies[side].Add((file, from, (Math.Max(made, (int?)kept?["Made"] ?? 0), Math.Max(got, (int?)kept?["Got"] ?? 0))));
    }

    /// <summary>Kills a side's node and puts back one of its copies. Those made after that one are of a time that this undoes: they are put back never.</summary>
    public async Task PutBackAsync(string side)
    {
        var (node, copies) = ("node-" + side, _copies[side]);
        if (copies.Count == 0)
        {
            await CopyAsync(side);
            await ledger.BookedAsync(ledger.Booked + BookedSinceCopy);
            if (ledger.Complete.IsCompleted)
                return;
        }

        var chosen = random.Next(copies.Count);
        var (file, from, to) = copies[chosen];
        copies.RemoveRange(chosen + 1, copies.Count - chosen - 1);
        await network.Process(node).KillAsync(async () =>
        {
            await network.RunAsync(node, "restore", "--from", file, "--config", network.ConfigurationOf(node), "--force");
            foreach (var former in Directory.GetFiles(network.DataOf(node), "*.before-*"))
                File.Delete(former);
            ledger.NoteRestored(side, from, to);
        });
        PutBack.Add(side);
        Restores++;
        await UntilAsync(() => Task.FromResult(ledger.IsRestored(side) || ledger.Complete.IsCompleted));
    }

    /// <summary>
    /// No room on the disk of a side's node, which starts anew half the time: it takes nothing new and says why, what it has accepted is delivered and acknowledged all the same, and when there is room again it goes on by itself.
    /// </summary>
    public async Task FillAsync(string side)
    {
        var node = "node-" + side;
        await UntilUpAsync(node);
        using var client = network.Client(node);
        var accepted = new List<ByteString>();
        string? refusal = null;

        // Once: what is free after that is the reserve that the node has given to its store, and who took that too would stop the node.
        network.Disk(node).Fill();
        if (random.Next(2) == 0)
        {
            await network.Process(node).KillAsync();
            await UntilUpAsync(node);
        }

        await UntilAsync(async () =>
        {
            refusal = await TrySendAsync(client, side, accepted);
            return refusal is not null;
        });
        Assert.Contains("disk of the node's message store is full", refusal, StringComparison.Ordinal);
        await UntilAsync(async () => (await network.StatusAsync(node)).Messaging.Pending == 0);

        // The store may be behind what the node knows by a commit.
        foreach (var id in accepted)
            await UntilAsync(async () => (await client.TrackAsync(new TrackRequest { MessageId = id }, CallTimeout)).State == DeliveryState.Acknowledged);

        network.Disk(node).Free();
        await UntilAsync(async () => await TrySendAsync(client, side, accepted) is null);
        FullDisks++;

        // What it kept of acknowledged messages it has given up for room (spec/07, MSG-30): a correspondent that goes back behind that can't have it again, and lists it as lost.
        _copies[side == "a" ? "b" : "a"].Clear();
    }

    /// <summary>What the nodes list as lost: as sent, what a side whose store was put back doesn't know any more; as received, of that what its correspondent lacks too, and nothing else, for all else is kept.</summary>
    /// <returns>How many records.</returns>
    public async Task<int> JudgeGapsAsync()
    {
        var gaps = new List<(string Side, MessageGap Gap)>();
        foreach (var side in new[] { "a", "b" })
        {
            using var client = network.Client("node-" + side);
            await foreach (var gap in client.ListGapsAsync(new ListGapsRequest(), CallTimeout))
                gaps.Add((side, gap));
        }

        foreach (var (side, gap) in gaps)
        {
            var unknown = gaps.Where(other => other.Side != side && other.Gap.Kind == GapKind.Sent && other.Gap.Conversation == gap.Conversation).Select(other => other.Gap).ToList();
            var isRight = gap.Kind == GapKind.Sent
                ? PutBack.Contains(side)
                : Enumerable.Range((int)gap.First, (int)(gap.Last - gap.First + 1)).All(place => unknown.Exists(other => (ulong)place >= other.First && (ulong)place <= other.Last));
            Assert.True(isRight, $"{side} lists {gap.First} to {gap.Last} of '{gap.Conversation}' as lost ({gap.Kind}), and who sent them knows them.");
        }

        return gaps.Count;
    }

    /// <summary>Null: it was accepted.</summary>
    private async Task<string?> TrySendAsync(NodeControlClient client, string side, List<ByteString> accepted)
    {
        var note = string.Create(CultureInfo.InvariantCulture, $"note {_notes++}");
        var other = network.AddressOf(side == "a" ? "node-b" : "node-a");
        try
        {
            var sent = await client.SendAsync(new SendRequest { To = other, Conversation = "notes", Content = ByteString.CopyFromUtf8(note) }, CallTimeout);
            accepted.Add(sent.MessageId);
            return null;
        }
        catch (RpcException failure) when (failure.StatusCode == GrpcStatusCode.ResourceExhausted)
        {
            return failure.Message;
        }
    }

    private Task UntilUpAsync(string node) => UntilAsync(async () =>
    {
        try
        {
            await network.StatusAsync(node);
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    });

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var timer = new PeriodicTimer(Poll);
        while (!await holds())
            await timer.WaitForNextTickAsync();
    }
}
