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
/// another recipient beside them.
/// </summary>
internal sealed class WaitingBenchRun(int count, int seconds, CliEnvironment environment, CommandOutput output, ShutdownSignals signals)
{
    private const int SubmittedBytes = 64;
    private const int SendsOfCheckpoint = 500;
    private const int Submitters = 4;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ShortTick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(30);
    private readonly LocalRun _run = new(BenchPlan.WithRecipientThatGoes, environment, output, signals);

    public Task<int> RunAsync()
    {
        _run.Progress.Note("MixMq bench: three endpoints behind two floats, five processes on 127.0.0.1, without mixing delay. One of the endpoints goes.");
        return _run.RunAsync(outlivesUs: false, (network, _) => UseAsync(network));
    }

    private async Task<int> UseAsync(LocalNetwork network)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        var watching = network.WatchAsync(stop.Token);
        await network.Process(BenchPlan.C.Name).StopAsync(StopBound, signals.Immediately);
        var alone = await ThroughputAsync(network, "alone", null);
        var submitted = TimeProvider.System.GetTimestamp();
        await SubmitAsync(network, watching);
        var submitSeconds = TimeProvider.System.GetElapsedTime(submitted).TotalSeconds;

        await network.Process(BenchPlan.A.Name).StopAsync(StopBound, signals.Immediately);
        var started = TimeProvider.System.GetTimestamp();
        network.Start(BenchPlan.A);
        var startSeconds = 0.0;
        var beside = await ThroughputAsync(network, "beside what waits", async flow =>
        {
            await UntilItAnswersAsync(network, started);
            await flow.SendAsync(signals.Token);
            startSeconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        });
        var process = network.Process(BenchPlan.A.Name).Id;
        var (resident, peak) = (ResidentMemory.Bytes(process), ResidentMemory.PeakBytes(process));
        var nothingElseWaits = await NothingElseWaitsAsync(network);
        await stop.CancelAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var whole = alone.Whole && beside.Whole && nothingElseWaits;
        Show(whole, submitSeconds, startSeconds, resident, peak, alone.PerSecond, beside.PerSecond);
        return whole ? ExitCode.Success : ExitCode.NotDelivered;
    }

    /// <summary>As many messages as go to the other recipient for a while, after warming up; and whether all came, once.</summary>
    private async Task<(double PerSecond, bool Whole)> ThroughputAsync(LocalNetwork network, string when, Func<BenchFlow, Task>? before)
    {
        var ledger = new BenchLedger(RandomNumberGenerator.GetBytes(32), 0, BenchOptions.DefaultSize);
        using var flow = new BenchFlow(network, BenchPlan.A, BenchPlan.B, ledger, BenchOptions.DefaultInFlight);
        if (before is not null)
            await before(flow);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        using var stopSending = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        List<Task> working = [flow.ReceiveAsync(stop.Token), network.WatchAsync(stop.Token)];
        var sending = flow.SendAllAsync(stopSending.Token, stop.Token);
        try
        {
            await SpendAsync($"Warming up {when}", BenchOptions.MostWarmUpSeconds, [.. working, sending], elapsed => elapsed >= BenchOptions.WarmUpSeconds && ledger.Received >= BenchOptions.WarmUpMessages);
            var (from, received) = (TimeProvider.System.GetTimestamp(), ledger.Received);
            await SpendAsync($"Measuring {when}", seconds, [.. working, sending], static _ => false);
            var rate = (ledger.Received - received) / TimeProvider.System.GetElapsedTime(from).TotalSeconds;
            await stopSending.CancelAsync();
            await sending;
            for (var drained = TimeProvider.System.GetTimestamp(); ledger.Missing > 0 && TimeProvider.System.GetElapsedTime(drained) < Patience;)
                await Task.Delay(Tick, signals.Token);
            return (rate, ledger is { Missing: 0, Duplicated: 0, Corrupted: 0 });
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll([.. working, sending]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
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

    private async Task UntilItAnswersAsync(LocalNetwork network, long started)
    {
        while (true)
        {
            try
            {
                await network.Clients[BenchPlan.A.Name].GetStatusAsync(CallTimeout, signals.Token);
                return;
            }
            catch (RpcException failure) when (failure.StatusCode == GrpcStatusCode.Unavailable && TimeProvider.System.GetElapsedTime(started) < StartPatience)
            {
                await Task.Delay(ShortTick, signals.Token);
            }
        }
    }

    private Task SpendAsync(string title, int most, IReadOnlyList<Task> tasks, Func<double, bool> enough) => _run.Progress.RunAsync(title + " (seconds)", most, async progress =>
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started).TotalSeconds is var elapsed && elapsed < most && !enough(elapsed))
        {
            if (tasks.FirstOrDefault(task => task.IsCompleted && !task.IsCompletedSuccessfully) is { } failed)
                await failed;
            progress((int)elapsed);
            await Task.Delay(Tick, signals.Token);
        }

        progress(most);
    });

    private void Show(bool whole, double submitSeconds, double startSeconds, long resident, long peak, double alone, double beside)
    {
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
                ["messages_per_s_alone"] = Math.Round(alone, 2),
                ["messages_per_s_beside"] = Math.Round(beside, 2),
                ["throughput_ratio"] = Math.Round(beside / alone, 3),
            });
            return;
        }

        var table = new Table { ShowHeaders = false }.AddColumns("", "").Border(TableBorder.Rounded);
        void Row(string name, FormattableString value) => table.AddRow(new Text(name), new Text(value.ToString(CultureInfo.InvariantCulture)));
        Row("Messages that wait", $"{count}, submitted in {submitSeconds:0.0} s{(whole ? "" : "; something was lost, doubled or changed")}");
        Row("Start", $"{startSeconds:0.00} s until the node takes a message to another recipient");
        Row("Memory", $"{resident / 1e6:0} MB, at most {peak / 1e6:0} MB");
        Row("To another recipient", $"{beside:0} messages a second; {alone:0} when none waited: {beside / alone:0.00}");
        output.Table(table);
    }
}
