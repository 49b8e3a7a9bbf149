using Google.Protobuf;
using MixMq.Cli.Local;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Demo;

/// <summary>Sends in all directions, receives at all endpoints, asks what is acknowledged, and lets the fault happen in the middle.</summary>
internal sealed class DemoTraffic
{
    /// <summary>Messages of one direction on their way at once, and their bytes.</summary>
    private const int WindowMessages = 16;
    private const int WindowBytes = 1 << 20;

    /// <summary>Calls to one node at once: two directions and the file.</summary>
    private const int CallsPerNode = 3;

    private const string Consumer = "demo";

    /// <summary>Messages that may be with an application before it has taken them.</summary>
    private const int Credit = 64;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly DemoOptions _options;
    private readonly LocalNetwork _network;
    private readonly DeliveryLedger _ledger;
    private readonly NodeCounters _counters;
    private readonly byte[] _seed;
    private readonly byte[] _file;
    private readonly Action<string> _note;
    private readonly SemaphoreSlim[] _windows;
    private readonly Dictionary<string, SemaphoreSlim> _gates = DemoPlan.Endpoints.ToDictionary(node => node.Name, _ => new SemaphoreSlim(CallsPerNode));
    private readonly TaskCompletionSource _middle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _faultHasHappened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DemoTraffic(DemoOptions options, LocalNetwork network, DeliveryLedger ledger, NodeCounters counters, byte[] seed, byte[] file, Action<string> note)
    {
        _options = options;
        _network = network;
        _ledger = ledger;
        _counters = counters;
        _seed = seed;
        _file = file;
        _note = note;
        var window = Math.Clamp(WindowBytes / options.Size, 1, WindowMessages);
        _windows = [.. DemoPlan.Pairs.Select(_ => new SemaphoreSlim(window))];
    }

    /// <summary>Runs until everything is delivered and acknowledged and the fault is over.</summary>
    public async Task RunAsync(Action<int> progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> endless = [.. DemoPlan.Endpoints.Select(node => ReceiveAsync(node, stop.Token)), TrackAsync(stop.Token), _network.WatchAsync(stop.Token)];
        Task[] finite = [.. DemoPlan.Pairs.Select(pair => SendAsync(pair, stop.Token)), SendFileAsync(stop.Token), FailAsync(stop.Token)];
        var sending = Task.WhenAll(finite);
        try
        {
            while (!(sending.IsCompletedSuccessfully && _ledger.IsComplete))
            {
                // The first task that fails ends it all; Task.WhenAll would wait for the rest.
                if (endless.Concat(finite).FirstOrDefault(task => task.IsFaulted) is { } failed)
                    await failed;
                progress(_ledger.Delivered);
                await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
            }

            progress(_ledger.Delivered);
            // What comes twice comes late.
            await Task.Delay(TimeSpan.FromMilliseconds(300), cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(endless.Concat(finite)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Asks all endpoints for their counters.</summary>
    public async Task CountAsync(CancellationToken cancellationToken)
    {
        foreach (var node in DemoPlan.Endpoints)
            _counters.Note(node.Name, await _network.Clients[node.Name].GetStatusAsync(CallTimeout, cancellationToken));
    }

    private async Task SendAsync(DemoPair pair, CancellationToken cancellationToken)
    {
        var count = DemoPlan.CountFor(pair.Index, _options.Messages);
        for (var sequence = 1; sequence <= count; sequence++)
        {
            // The last third is sent after the fault, however slow the machine is, so that the fault is in the middle.
            if (sequence > BeforeFault(count))
                await _faultHasHappened.Task.WaitAsync(cancellationToken);
            await _windows[pair.Index].WaitAsync(cancellationToken);
            var content = NumberedContent.Create(_seed, pair.Index, sequence, _options.Size);
            await SendOneAsync(pair, sequence, DeliveryLedger.Conversation, "", content, cancellationToken);
        }
    }

    /// <summary>How many messages of a direction may be sent before the fault: enough that a third of all can arrive.</summary>
    internal static int BeforeFault(int count) => ((count * 2) + 2) / 3;

    private Task SendFileAsync(CancellationToken cancellationToken)
    {
        var label = _options.File is null ? "demo.bin" : Path.GetFileName(_options.File);
        return SendOneAsync(DeliveryLedger.FilePair, 0, DeliveryLedger.FileConversation, label, _file, cancellationToken);
    }

    private async Task SendOneAsync(DemoPair pair, int sequence, string conversation, string label, byte[] content, CancellationToken cancellationToken)
    {
        var request = new SendRequest
        {
            To = _network.Members[pair.To.Name].Address,
            Conversation = conversation,
            Label = label,
            Content = UnsafeByteOperations.UnsafeWrap(content),
        };
        while (true)
        {
            var gate = _gates[pair.From.Name];
            await gate.WaitAsync(cancellationToken);
            try
            {
                var response = await _network.Clients[pair.From.Name].SendAsync(request, CallTimeout, cancellationToken);
                _ledger.Accepted(pair.Index, sequence, response.MessageId);
                return;
            }
            catch (RpcException failure) when (failure.StatusCode == GrpcStatusCode.ResourceExhausted)
            {
                // Refused, not taken: it may be tried again. After any other failure it could have been taken, so that is an error.
            }
            finally
            {
                gate.Release();
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task ReceiveAsync(LocalMember node, CancellationToken cancellationToken)
    {
        var client = _network.Clients[node.Name];
        while (true)
        {
            try
            {
                await using var stream = await client.ReceiveAsync(Consumer, Credit, 0, cancellationToken);
                while (await stream.ReadAsync() is { } response)
                {
                    if (response.Message is not { } message)
                        continue;
                    if (_ledger.Received(node, message) is { Sequence: > 0 } entry)
                    {
                        _windows[entry.Pair.Index].Release();
                        if (_ledger.Delivered >= Math.Max(1, _ledger.Total / 3))
                            _middle.TrySetResult();
                    }

                    var checkpoint = stream.NewCheckpoint();
                    checkpoint.Consumed.Add(message.Position);
                    await client.CheckpointAsync(checkpoint, CallTimeout, cancellationToken);
                    await stream.GrantAsync(1, cancellationToken);
                }
            }
            catch (RpcException failure) when (failure.StatusCode is GrpcStatusCode.Unavailable or GrpcStatusCode.DeadlineExceeded or GrpcStatusCode.Aborted)
            {
                // The node is being killed and started again; one that died by itself is WatchAsync's to report.
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task TrackAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Pause, cancellationToken);
            foreach (var entry in _ledger.Unacknowledged())
            {
                try
                {
                    var answer = await _network.Clients[entry.Pair.From.Name].TrackAsync(new TrackRequest { MessageId = entry.Id }, CallTimeout, cancellationToken);
                    if (answer.State == DeliveryState.Acknowledged)
                        _ledger.MarkAcknowledged(entry);
                }
                catch (RpcException failure) when (failure.StatusCode is GrpcStatusCode.Unavailable or GrpcStatusCode.DeadlineExceeded)
                {
                    // As in ReceiveAsync.
                }
            }
        }
    }

    private async Task FailAsync(CancellationToken cancellationToken)
    {
        if (DemoFaultNames.Victim(_options.Fault) is { } victim)
        {
            // Not a timer: a third of the messages has arrived, and others are on their way.
            await _middle.Task.WaitAsync(cancellationToken);
            if (_options.Fault == DemoFault.RestartRecipient)
                await RestartAsync(DemoPlan.Members.Single(member => member.Name == victim), cancellationToken);
            else
                await KillAsync(victim);
        }

        _faultHasHappened.TrySetResult();
    }

    private async Task KillAsync(string victim)
    {
        var delivered = _ledger.Delivered;
        await _network.Process(victim).KillAsync();
        _note($"Killed {victim} (SIGKILL) after {delivered} messages; it stays away.");
    }

    private async Task RestartAsync(LocalMember node, CancellationToken cancellationToken)
    {
        // The victim is killed as a recipient. What it is itself being given at that moment might or might not be in its outbox
        // afterwards, and giving it again would be the demo's own duplicate: so no such call is under way.
        var gate = _gates[node.Name];
        for (var i = 0; i < CallsPerNode; i++)
            await gate.WaitAsync(cancellationToken);
        var client = _network.Clients[node.Name];
        _counters.Note(node.Name, await client.GetStatusAsync(CallTimeout, cancellationToken));
        var delivered = _ledger.Delivered;
        await _network.Process(node.Name).KillAsync();
        _faultHasHappened.TrySetResult();
        _note($"Killed {node.Name} (SIGKILL) after {delivered} messages; starting it again.");
        _network.Start(node);
        while (await Convergence.ViewAsync(client, cancellationToken) is null)
            await Task.Delay(Pause, cancellationToken);
        gate.Release(CallsPerNode);
    }
}
