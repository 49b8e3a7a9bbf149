using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MixMq.Cli.Local;
using MixMq.Cli.Output;
using MixMq.Cli.Processes;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;
using Spectre.Console;

namespace MixMq.Cli.Benchmarks;

/// <summary>
/// A network on this machine in which a recipient has gone, very many messages to it, and what they cost: the time that its sender's node takes to start, the node's memory, and the throughput to
/// another recipient beside them, by turns with that of a sender with nothing that waits.
/// </summary>
internal sealed class WaitingBenchRun(int count, int seconds, CliEnvironment environment, CommandOutput output, ShutdownSignals signals)
{
    private const int SubmittedBytes = 64;
    private const int SendsOfCheckpoint = 500;
    private const int Submitters = 4;

    /// <summary>Odd: one is in the middle.</summary>
    private const int Turns = 7;

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
        await network.Process(BenchPlan.A.Name).StopAsync(StopBound, signals.Immediately);
        await network.Process(BenchPlan.D.Name).StopAsync(StopBound, signals.Immediately);
        var startSeconds = await StartAsync(network, BenchPlan.A);
        await StartAsync(network, BenchPlan.D);
        var (alone, beside, whole) = await CompareAsync(network);
        var process = network.Process(BenchPlan.A.Name).Id;
        var (resident, peak) = (ResidentMemory.Bytes(process), ResidentMemory.PeakBytes(process));
        whole &= await NothingElseWaitsAsync(network);
        await stop.CancelAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Show(whole, submitSeconds, startSeconds, resident, peak, alone, beside);
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
    /// Messages a second of the two senders, by turns: what else the machine does meanwhile is then in both, and not in their ratio. The ratio of two long spans, one after the other, of the same work
    /// differs by a quarter here and there.
    /// </summary>
    private async Task<(double[] Alone, double[] Beside, bool Whole)> CompareAsync(LocalNetwork network)
    {
        var (alone, beside) = (new double[Turns], new double[Turns]);
        var whole = true;
        async Task<double> MeasureAsync(LocalMember sender, string title, int warmUpSeconds, int warmUpMessages, double span)
        {
            var (rate, complete) = await ThroughputAsync(network, sender, title, warmUpSeconds, warmUpMessages, span);
            whole &= complete;
            return rate;
        }

        await MeasureAsync(BenchPlan.D, "Warming up the sender to compare with", BenchOptions.WarmUpSeconds, BenchOptions.WarmUpMessages, 0);
        await MeasureAsync(BenchPlan.A, "Warming up beside what waits", BenchOptions.WarmUpSeconds, BenchOptions.WarmUpMessages, 0);
        await _run.Progress.RunAsync("Measuring by turns", Turns, async progress =>
        {
            for (var turn = 0; turn < Turns; turn++)
            {
                alone[turn] = await MeasureAsync(BenchPlan.D, "", TurnWarmUpSeconds, 0, (double)seconds / Turns);
                beside[turn] = await MeasureAsync(BenchPlan.A, "", TurnWarmUpSeconds, 0, (double)seconds / Turns);
                progress(turn + 1);
            }
        });
        return (alone, beside, whole);
    }

    private static BenchLedger NewLedger() => new(RandomNumberGenerator.GetBytes(32), 0, BenchOptions.DefaultSize);

    /// <summary>As many messages a second as go to the other recipient for a while, after warming up; and whether all came, once.</summary>
    private async Task<(double PerSecond, bool Whole)> ThroughputAsync(LocalNetwork network, LocalMember sender, string title, int warmUpSeconds, int warmUpMessages, double span)
    {
        var ledger = NewLedger();
        using var flow = new BenchFlow(network, sender, BenchPlan.B, ledger, BenchOptions.DefaultInFlight);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        using var stopSending = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        List<Task> working = [flow.ReceiveAsync(stop.Token), network.WatchAsync(stop.Token)];
        var sending = flow.SendAllAsync(stopSending.Token, stop.Token);
        try
        {
            await SpendAsync(title, BenchOptions.MostWarmUpSeconds, [.. working, sending], elapsed => elapsed >= warmUpSeconds && ledger.Received >= warmUpMessages);
            var (from, received) = (TimeProvider.System.GetTimestamp(), ledger.Received);
            await SpendAsync("", (int)Math.Ceiling(span), [.. working, sending], elapsed => elapsed >= span);
            var rate = (ledger.Received - received) / TimeProvider.System.GetElapsedTime(from).TotalSeconds;
            await stopSending.CancelAsync();
            await sending;
            await DrainAsync(flow, ledger);
            return (rate, ledger is { Missing: 0, Duplicated: 0, Corrupted: 0 });
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

    // Without a title, no progress of its own is shown.
    private Task SpendAsync(string title, int most, IReadOnlyList<Task> tasks, Func<double, bool> enough)
    {
        return title.Length == 0 ? WaitAsync(static _ => { }) : _run.Progress.RunAsync(title + " (seconds)", most, WaitAsync);

        async Task WaitAsync(Action<int> progress)
        {
            var started = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(started).TotalSeconds is var elapsed && elapsed < most && !enough(elapsed))
            {
                if (tasks.FirstOrDefault(task => task.IsCompleted && !task.IsCompletedSuccessfully) is { } failed)
                    await failed;
                progress((int)elapsed);
                await Task.Delay(ShortTick, signals.Token);
            }

            progress(most);
        }
    }

    private void Show(bool whole, double submitSeconds, double startSeconds, long resident, long peak, double[] alone, double[] beside)
    {
        var ratio = Median(alone.Zip(beside, static (without, with) => with / without));
        if (output.Json)
        {
            output.Object(new JsonObject
            {
                ["success"] = whole,
                ["mode"] = "waiting",
                ["count"] = count,
                ["submit_s"] = Math.Round(submitSeconds, 1),
                ["start_s"] = Math.Round(startSeconds, 3),
                ["resident_mb"] = Math.Round(resident / 1e6, 1),
                ["peak_resident_mb"] = Math.Round(peak / 1e6, 1),
                ["messages_per_s_alone"] = Math.Round(alone.Average(), 2),
                ["messages_per_s_beside"] = Math.Round(beside.Average(), 2),
                ["throughput_ratio"] = Math.Round(ratio, 3),
            });
            return;
        }

        var table = new Table { ShowHeaders = false }.AddColumns("", "").Border(TableBorder.Rounded);
        void Row(string name, FormattableString value) => table.AddRow(new Text(name), new Text(value.ToString(CultureInfo.InvariantCulture)));
        Row("Messages that wait", $"{count}, submitted in {submitSeconds:0.0} s{(whole ? "" : "; something was lost, doubled or changed")}");
        Row("Start", $"{startSeconds:0.00} s until the node takes a message to another recipient");
        Row("Memory", $"{resident / 1e6:0} MB, at most {peak / 1e6:0} MB");
        Row("To another recipient", $"{beside.Average():0} messages a second; {alone.Average():0} from a sender with none that wait: {ratio:0.00}");
        output.Table(table);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
