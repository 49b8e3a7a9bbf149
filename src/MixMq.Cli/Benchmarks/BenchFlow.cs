using System.Threading.Channels;
using Google.Protobuf;
using MixMq.Cli.Local;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Benchmarks;

/// <summary>
/// One direction of messages in one conversation, as two applications would have it: one sends and waits for the answers, the other receives,
/// looks at what it has, and consumes by one checkpoint what has come since the last.
/// </summary>
internal sealed class BenchFlow(LocalNetwork network, LocalMember from, LocalMember to, BenchLedger ledger, int inFlight) : IDisposable
{
    private const string Conversation = "bench";
    private const string Consumer = "bench";

    /// <summary>Messages that may be with the recipient's application; at most as many are consumed at once.</summary>
    private const int Credit = 1000;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly SemaphoreSlim _window = new(inFlight);
    private readonly Channel<ulong> _positions = Channel.CreateUnbounded<ulong>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly NodeControlClient _sender = network.Clients[from.Name];
    private readonly NodeControlClient _recipient = network.Clients[to.Name];
    private readonly string _address = network.Members[to.Name].Address;
    private int _unconsumed;

    /// <summary>Messages that the recipient's application has and hasn't consumed.</summary>
    public int Unconsumed => Volatile.Read(ref _unconsumed);

    /// <summary>Called for each new message, with its milliseconds.</summary>
    public Action<double>? Arrived { get; init; }

    /// <summary>Sends as many as the window allows until it is told to stop, and until what was begun is answered.</summary>
    public async Task SendAllAsync(CancellationToken stop, CancellationToken cancellationToken)
    {
        var calls = new List<Task>();
        try
        {
            while (true)
            {
                await _window.WaitAsync(stop);
                calls.Add(SendAsync(cancellationToken));
                if (calls.Count > 2 * inFlight)
                {
                    foreach (var failed in calls.Where(call => call.IsCompleted && !call.IsCompletedSuccessfully))
                        await failed;
                    calls.RemoveAll(call => call.IsCompleted);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Task.WhenAll(calls);
        }
    }

    /// <summary>Sends one; completes when the sender's node has it on disk.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        var request = new SendRequest { To = _address, Conversation = Conversation, Content = UnsafeByteOperations.UnsafeWrap(ledger.Begin()) };
        while (true)
        {
            try
            {
                await _sender.SendAsync(request, CallTimeout, cancellationToken);
                ledger.Accepted();
                return;
            }
            catch (RpcException failure) when (failure.StatusCode == GrpcStatusCode.ResourceExhausted)
            {
                // Refused, not taken: it may be tried again. After any other failure it could have been taken, so that is an error.
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    /// <summary>Receives and consumes until it is cancelled.</summary>
    public async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        await using var stream = await _recipient.ReceiveAsync(Consumer, Credit, 0, cancellationToken);
        await await Task.WhenAny(ReadAsync(stream, cancellationToken), ConsumeAsync(stream, cancellationToken));
    }

    public void Dispose() => _window.Dispose();

    private async Task ReadAsync(ConsumerStream stream, CancellationToken cancellationToken)
    {
        while (await stream.ReadAsync() is { } response)
        {
            if (response.Message is not { } message)
                continue;
            Interlocked.Increment(ref _unconsumed);
            if (ledger.Note(message) is { } millis)
            {
                _window.Release();
                Arrived?.Invoke(millis);
            }

            await _positions.Writer.WriteAsync(message.Position, cancellationToken);
        }

        throw CommandException.Failure($"{to.Name} ended the stream of messages.");
    }

    private async Task ConsumeAsync(ConsumerStream stream, CancellationToken cancellationToken)
    {
        while (await _positions.Reader.WaitToReadAsync(cancellationToken))
        {
            var checkpoint = stream.NewCheckpoint();
            while (checkpoint.Consumed.Count < Credit && _positions.Reader.TryRead(out var position))
                checkpoint.Consumed.Add(position);
            await _recipient.CheckpointAsync(checkpoint, CallTimeout, cancellationToken);
            Interlocked.Add(ref _unconsumed, -checkpoint.Consumed.Count);
            await stream.GrantAsync(checkpoint.Consumed.Count, cancellationToken);
        }
    }
}
