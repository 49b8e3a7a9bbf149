using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using MixMq.Cli.Local;
using MixMq.Cli.Output;
using MixMq.Cli.Processes;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Benchmarks;

/// <summary>
/// A network on this machine in which a recipient has gone, very many messages to it, and what they cost: the time that its sender's node takes to start, the node's memory, and the throughput to
/// another recipient beside them, by turns with that of a sender with nothing that waits.
/// </summary>
internal sealed class WaitingBenchRun(int count, int seconds, int turns, CliEnvironment environment, CommandOutput output, ShutdownSignals signals)
{
    private const int SubmittedBytes = 64;
    private const int SendsOfCheckpoint = 500;
    private const int Submitters = 4;

    /// <summary>Messages before the first turn, for each second that is measured.</summary>
    private const int WarmUpMessagesPerSecond = 1000;

    /// <summary>Until a window is open and full.</summary>
    private const int TurnWarmUpSeconds = 1;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ShortTick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(30);
    private readonly LocalRun _run = new(BenchPlan.WithRecipientThatGoes, environment, output, signals);

    public Task<int> RunAsync()
    {
        _run.Progress.Note("MixMq bench: four endpoints behind two floats, six processes on 127.0.0.1, without mixing delay. One of the endpoints goes.");
        return _run.RunAsync(outlivesUs: false, (network, _) => UseAsync(network));
    }

    private async Task<int> UseAsync(LocalNetwork network)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        var watching = network.WatchAsync(stop.Token);
        await network.Process(BenchPlan.C.Name).StopAsync(StopBound, signals.Immediately);
        var submitted = TimeProvider.System.GetTimestamp();
        await SubmitAsync(network, watching);
        var submitSeconds = TimeProvider.System.GetElapsedTime(submitted).TotalSeconds;

        // Both are started anew: neither is ahead with what the runtime has compiled.
        _run.Progress.Note($"Starting both senders anew, one with {count} messages in its store that wait and one with none.");
        await network.Process(BenchPlan.A.Name).StopAsync(StopBound, signals.Immediately);
        await network.Process(BenchPlan.D.Name).StopAsync(StopBound, signals.Immediately);
        var startSeconds = await StartAsync(network, BenchPlan.A);
        _run.Progress.Note(string.Create(CultureInfo.InvariantCulture, $"The one with messages that wait has taken a message to another recipient {startSeconds:0.00} s after its start."));
        await StartAsync(network, BenchPlan.D);
        var (alone, beside, whole) = await CompareAsync(network);
        var process = network.Process(BenchPlan.A.Name).Id;
        var (resident, peak) = (ResidentMemory.Bytes(process), ResidentMemory.PeakBytes(process));
        whole &= await NothingElseWaitsAsync(network);
        await stop.CancelAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Show(new WaitingReport
        {
            Count = count,
            Whole = whole,
            SubmitSeconds = submitSeconds,
            StartSeconds = startSeconds,
            ResidentBytes = resident,
            PeakResidentBytes = peak,
            Alone = alone,
            Beside = beside,
        });
        return whole ? ExitCode.Success : ExitCode.NotDelivered;
    }

    /// <summary>Seconds until the node has taken a message.</summary>
    private async Task<double> StartAsync(LocalNetwork network, LocalMember sender)
    {
        var started = TimeProvider.System.GetTimestamp();
        network.Start(sender);
        await UntilItAnswersAsync(network, sender, started);
        var ledger = NewLedger();
        using var flow = new BenchFlow(network, sender, BenchPlan.B, ledger, 1);
        await flow.SendAsync(signals.Token);
        var elapsed = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        var receiving = flow.ReceiveAsync(stop.Token);
        await DrainAsync(flow, ledger);
        await stop.CancelAsync();
        await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return elapsed;
    }

    /// <summary>
    /// The two senders by turns: what else the machine does meanwhile is then in both, and not in their ratio. The ratio of two long spans, one after the other, of the same work differs by a quarter here
    /// and there. Who begins alternates too, for what a turn leaves behind for the next.
    /// </summary>
    private async Task<(SenderTurn[] Alone, SenderTurn[] Beside, bool Whole)> CompareAsync(LocalNetwork network)
    {
        var (alone, beside) = (new SenderTurn[turns], new SenderTurn[turns]);
        var whole = true;
        async Task<SenderTurn> MeasureAsync(LocalMember sender)
        {
            var (turn, complete) = await TurnAsync(network, sender, TurnWarmUpSeconds, 0, (double)seconds / turns, static _ => { });
            whole &= complete;
            return turn;
        }

        whole &= await WarmUpAsync(network, BenchPlan.D, "Warming up the sender with none that wait (messages)");
        whole &= await WarmUpAsync(network, BenchPlan.A, "Warming up the sender with those that wait (messages)");
        await _run.Progress.RunAsync("Measuring both senders (turns)", 2 * turns, async progress =>
        {
            for (var turn = 0; turn < turns; turn++)
            {
                (LocalMember Sender, SenderTurn[] Turns)[] order = [(BenchPlan.D, alone), (BenchPlan.A, beside)];
                if (turn % 2 != 0)
                    Array.Reverse(order);
                for (var i = 0; i < order.Length; i++)
                {
                    order[i].Turns[turn] = await MeasureAsync(order[i].Sender);
                    progress((2 * turn) + i + 1);
                }
            }
        });
        return (alone, beside, whole);
    }

    /// <summary>Until the runtime has compiled what is used often; for a short run, which says little anyhow, less.</summary>
    private async Task<bool> WarmUpAsync(LocalNetwork network, LocalMember sender, string title)
    {
        var messages = (int)Math.Min(BenchOptions.WarmUpMessages, (long)seconds * WarmUpMessagesPerSecond);
        var whole = false;
        await _run.Progress.RunAsync(title, messages, async progress =>
            (_, whole) = await TurnAsync(network, sender, Math.Min(BenchOptions.WarmUpSeconds, seconds), messages, 0, received => progress(Math.Min(received, messages))));
        return whole;
    }

    private static BenchLedger NewLedger() => new(RandomNumberGenerator.GetBytes(32), 0, BenchOptions.DefaultSize);

    /// <summary>As many messages as go to the other recipient for a while, after warming up; and whether all came, once.</summary>
    private async Task<(SenderTurn Turn, bool Whole)> TurnAsync(LocalNetwork network, LocalMember sender, int warmUpSeconds, int warmUpMessages, double span, Action<int> progress)
    {
        var ledger = NewLedger();
        var process = network.Process(sender.Name).Id;
        using var flow = new BenchFlow(network, sender, BenchPlan.B, ledger, BenchOptions.DefaultInFlight);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        using var stopSending = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        List<Task> working = [flow.ReceiveAsync(stop.Token), network.WatchAsync(stop.Token)];
        var sending = flow.SendAllAsync(stopSending.Token, stop.Token);
        try
        {
            await UntilAsync([.. working, sending], elapsed =>
            {
                progress(ledger.Received);
                return elapsed >= BenchOptions.MostWarmUpSeconds || (elapsed >= warmUpSeconds && ledger.Received >= warmUpMessages);
            });
            var (from, received, micros) = (TimeProvider.System.GetTimestamp(), ledger.Received, ProcessorClock.Micros(process));
            await UntilAsync([.. working, sending], elapsed => elapsed >= span && (span == 0 || ledger.Received > received || elapsed >= Patience.TotalSeconds));
            var arrived = ledger.Received - received;
            if (span > 0 && arrived == 0)
                throw CommandException.Failure(string.Create(CultureInfo.InvariantCulture, $"Nothing from {sender.Name} has arrived for {Patience.TotalSeconds:0} s."));
            var turn = new SenderTurn(arrived / TimeProvider.System.GetElapsedTime(from).TotalSeconds, (ProcessorClock.Micros(process) - micros) / Math.Max(1, arrived));
            await stopSending.CancelAsync();
            await sending;
            await DrainAsync(flow, ledger);
            return (turn, ledger is { Missing: 0, Duplicated: 0, Corrupted: 0 });
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll([.. working, sending]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // What isn't consumed when its stream ends is handed out again, on the next one's.
    private async Task DrainAsync(BenchFlow flow, BenchLedger ledger)
    {
        for (var since = TimeProvider.System.GetTimestamp(); (ledger.Missing > 0 || flow.Unconsumed > 0) && TimeProvider.System.GetElapsedTime(since) < Patience;)
            await Task.Delay(ShortTick, signals.Token);
    }

    /// <summary>By checkpoints with many sends, several at a time: each is one transaction.</summary>
    private Task SubmitAsync(LocalNetwork network, Task watching) => _run.Progress.RunAsync("Submitting messages that wait", count, async progress =>
    {
        var client = network.Clients[BenchPlan.A.Name];
        var (begun, done) = (0, 0);
        var content = UnsafeByteOperations.UnsafeWrap(RandomNumberGenerator.GetBytes(SubmittedBytes));
        var submitting = Task.WhenAll(Enumerable.Range(0, Submitters).Select(async number =>
        {
            while (true)
            {
                var some = Math.Min(SendsOfCheckpoint, count - (Interlocked.Add(ref begun, SendsOfCheckpoint) - SendsOfCheckpoint));
                if (some <= 0)
                    return;
                var checkpoint = new CheckpointRequest { Consumer = string.Create(CultureInfo.InvariantCulture, $"bench-{number}"), Id = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)) };
                for (var i = 0; i < some; i++)
                    checkpoint.Sends.Add(new SendRequest { To = network.Members[BenchPlan.C.Name].Address, Conversation = "bench", Content = content });
                await CheckpointAsync(client, checkpoint);
                progress(Interlocked.Add(ref done, some));
            }
        }));
        if (await Task.WhenAny(submitting, watching) == watching)
            await watching;
        await submitting;
    });

    // A checkpoint may be repeated after whatever failed: it is made once.
    private async Task CheckpointAsync(NodeControlClient client, CheckpointRequest checkpoint)
    {
        while (true)
        {
            try
            {
                await client.CheckpointAsync(checkpoint, CallTimeout, signals.Token);
                return;
            }
            catch (RpcException failure) when (failure.StatusCode == GrpcStatusCode.ResourceExhausted)
            {
                await Task.Delay(ShortTick, signals.Token);
            }
        }
    }

    // The last acknowledgements may still be on their way.
    private async Task<bool> NothingElseWaitsAsync(LocalNetwork network)
    {
        var since = TimeProvider.System.GetTimestamp();
        while ((await network.Clients[BenchPlan.A.Name].GetStatusAsync(CallTimeout, signals.Token)).Messaging.Pending is var pending && pending != (ulong)count)
        {
            if (TimeProvider.System.GetElapsedTime(since) > Patience)
                return false;
            await Task.Delay(Tick, signals.Token);
        }

        return true;
    }

    private async Task UntilItAnswersAsync(LocalNetwork network, LocalMember node, long started)
    {
        while (true)
        {
            try
            {
                await network.Clients[node.Name].GetStatusAsync(CallTimeout, signals.Token);
                return;
            }
            catch (RpcException failure) when (failure.StatusCode == GrpcStatusCode.Unavailable && TimeProvider.System.GetElapsedTime(started) < StartPatience)
            {
                await Task.Delay(ShortTick, signals.Token);
            }
        }
    }

    /// <summary>Lets seconds pass until it is enough, unless one of the tasks fails.</summary>
    private async Task UntilAsync(IReadOnlyList<Task> tasks, Func<double, bool> enough)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!enough(TimeProvider.System.GetElapsedTime(started).TotalSeconds))
        {
            if (tasks.FirstOrDefault(task => task.IsCompleted && !task.IsCompletedSuccessfully) is { } failed)
                await failed;
            await Task.Delay(ShortTick, signals.Token);
        }
    }

    private void Show(WaitingReport report)
    {
        if (output.Json)
            output.Object(report.ToJson());
        else
            output.Table(report.ToTable());
    }
}
