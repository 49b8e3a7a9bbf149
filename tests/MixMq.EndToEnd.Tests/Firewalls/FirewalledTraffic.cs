using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;

namespace MixMq.EndToEnd.Tests.Firewalls;

/// <summary>The applications of three institutions: each writes to both others, and consumes what comes.</summary>
internal sealed class FirewalledTraffic(FirewalledProcesses processes, DirectionLedger ledger)
{
    private const string Consumer = "firewalls";
    private const int Credit = 64;
    private const int MessageBytes = 3000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    /// <summary>How many directions there are.</summary>
    public static int Directions => FirewalledProcesses.Nodes.Count * (FirewalledProcesses.Nodes.Count - 1);

    /// <summary>One message in each direction; completes when the nodes have taken them.</summary>
    public Task SendAsync() => Task.WhenAll(FirewalledProcesses.Nodes.Select(SendFromAsync));

    /// <summary>One large message.</summary>
    public Task SendFileAsync(string from, string to, int bytes) => SendAsync(from, to, bytes);

    /// <summary>Consumes what comes to a node until it is told to stop.</summary>
    public async Task ReceiveAsync(string node, CancellationToken stop)
    {
        try
        {
            await ConsumeAsync(node, processes.Client(node), stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to.
        }
    }

    /// <summary>Whether nothing waits anywhere: all is acknowledged, and consumed.</summary>
    public async Task<bool> IsSettledAsync()
    {
        var counts = await Task.WhenAll(FirewalledProcesses.Nodes.Select(async node => (await processes.Client(node).GetStatusAsync(Patience)).Messaging));
        return counts.All(count => count is { Pending: 0, Waiting: 0 });
    }

    private async Task ConsumeAsync(string node, NodeControlClient client, CancellationToken stop)
    {
        var names = FirewalledProcesses.Nodes.ToDictionary(processes.Address, name => name);
        await using var stream = await client.ReceiveAsync(Consumer, Credit, cancellationToken: stop);
        while (await stream.ReadAsync() is { } response)
        {
            if (response.Message is not { } message)
                continue;
            ledger.Note(names[message.From], node, message.Content.Span);
            var checkpoint = stream.NewCheckpoint();
            checkpoint.Consumed.Add(message.Position);
            _ = await client.CheckpointAsync(checkpoint, Patience, stop);
            await stream.GrantAsync(1, stop);
        }
    }

    private async Task SendFromAsync(string from)
    {
        foreach (var to in FirewalledProcesses.Nodes.Where(to => to != from))
            await SendAsync(from, to, MessageBytes);
    }

    private async Task SendAsync(string from, string to, int bytes)
    {
        var content = ledger.Next(from, to, bytes);
        _ = await processes.Client(from).SendAsync(
            new SendRequest { To = processes.Address(to), Conversation = "all", Content = UnsafeByteOperations.UnsafeWrap(content) }, Patience);
    }
}
