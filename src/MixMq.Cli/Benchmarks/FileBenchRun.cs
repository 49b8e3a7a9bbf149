using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MixMq.Cli.Local;
using MixMq.Cli.Output;
using MixMq.Cli.Processes;
using MixMq.Contracts.Control.V1;
using Spectre.Console;

namespace MixMq.Cli.Benchmarks;

/// <summary>A network on this machine, one large content through it, and what it cost: from handing it over until the recipient's application has read all of it.</summary>
internal sealed class FileBenchRun(long size, CliEnvironment environment, CommandOutput output, ShutdownSignals signals)
{
    /// <summary>Before the measured content: the runtime compiles what is called often, and windows open.</summary>
    private const long WarmUpBytes = 24 << 20;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);
    private readonly LocalRun _run = new(BenchPlan.Network, environment, output, signals);

    public Task<int> RunAsync()
    {
        _run.Progress.Note("MixMq bench: two endpoints behind a float each, four processes on 127.0.0.1, without mixing delay.");
        return _run.RunAsync(outlivesUs: false, (network, _) => UseAsync(network));
    }

    private async Task<int> UseAsync(LocalNetwork network)
    {
        var sender = network.Clients[BenchPlan.A.Name];
        var seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        var watching = network.WatchAsync(stop.Token);
        _run.Progress.Note("Warming up.");
        await UnlessAsync(watching, TransferAsync(network, seed + 1, WarmUpBytes, stop.Token));
        var warm = (await sender.GetStatusAsync(CallTimeout, stop.Token)).Messaging;
        _run.Progress.Note("Measuring.");
        var sampler = new DeriveSampler();
        using var stopSampling = new CancellationTokenSource();
        var before = BenchSnapshot.Take(network, 0);
        var sampling = sampler.RunAsync(stopSampling.Token);
        var whole = await UnlessAsync(watching, TransferAsync(network, seed, size, stop.Token));
        await stopSampling.CancelAsync();
        await sampling;
        var after = BenchSnapshot.Take(network, 1);
        var peaks = network.Processes.Select(process => (process.Name, process.Id)).Append((BenchSnapshot.Applications, Environment.ProcessId))
            .ToDictionary(process => process.Item1, process => ResidentMemory.PeakBytes(process.Item2));
        var sent = (await sender.GetStatusAsync(CallTimeout, stop.Token)).Messaging;
        await stop.CancelAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var repeated = (long)(sent.Retransmissions - warm.Retransmissions);
        Show(before, after, sampler, peaks, (long)(sent.FragmentsSent - warm.FragmentsSent) - repeated, repeated, whole);
        return whole ? ExitCode.Success : ExitCode.NotDelivered;
    }

    /// <summary>What the work comes to, unless a process ends before.</summary>
    private static async Task<bool> UnlessAsync(Task watching, Task<bool> work)
    {
        if (await Task.WhenAny(work, watching) == watching)
            await watching;
        return await work;
    }

    private static async Task<bool> TransferAsync(LocalNetwork network, ulong seed, long bytes, CancellationToken cancellationToken)
    {
        var (sender, recipient) = (network.Clients[BenchPlan.A.Name], network.Clients[BenchPlan.B.Name]);
        await using var stream = await recipient.ReceiveAsync("bench", 1, 0, cancellationToken);
        var message = new SendRequest { To = network.Members[BenchPlan.B.Name].Address, Conversation = "bench", Label = "bench" };
        await sender.SendContentAsync(message, new PatternStream(seed, bytes), bytes, null, cancellationToken);
        while (await stream.ReadAsync() is { } response)
        {
            if (response.Message is not { } received)
                continue;
            var next = 0L;
            await foreach (var chunk in recipient.ReadContentAsync(new ReadContentRequest { Position = received.Position }, null, cancellationToken))
            {
                if (chunk.Offset != (ulong)next || !PatternStream.Matches(seed, next, chunk.Data.Span))
                    return false;
                next += chunk.Data.Length;
            }

            var checkpoint = stream.NewCheckpoint();
            checkpoint.Consumed.Add(received.Position);
            await recipient.CheckpointAsync(checkpoint, CallTimeout, cancellationToken);
            await stream.LeaveAsync();
            return next == bytes;
        }

        return false;
    }

    private void Show(
        BenchSnapshot before, BenchSnapshot after, DeriveSampler sampler, IReadOnlyDictionary<string, long> peaks, long packets, long repeated, bool whole)
    {
        var seconds = TimeProvider.System.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds;
        double Derives(string name) => Math.Round(
            (after.ProcessorMicros[name] - before.ProcessorMicros[name] - (name == BenchSnapshot.Applications ? sampler.SpentMicros : 0)) / sampler.Micros / Math.Max(1, packets), 2);
        var all = Math.Round(after.ProcessorMicros.Keys.Sum(Derives), 2);
        if (output.Json)
        {
            output.Object(new JsonObject
            {
                ["success"] = whole,
                ["mode"] = "file",
                ["size"] = size,
                ["seconds"] = Math.Round(seconds, 3),
                ["mib_per_s"] = Math.Round(size / seconds / (1 << 20), 2),
                ["packets"] = packets,
                ["repeated"] = repeated,
                ["cpu_derives_per_packet"] = all,
                ["derive_us"] = Math.Round(sampler.Micros, 2),
                ["cpu_derives_by_process"] = new JsonObject(after.ProcessorMicros.Keys.Select(name => KeyValuePair.Create(name, (JsonNode?)Derives(name)))),
                ["peak_resident_bytes"] = new JsonObject(peaks.Select(peak => KeyValuePair.Create(peak.Key, (JsonNode?)peak.Value))),
            });
            return;
        }

        var table = new Table { ShowHeaders = false }.AddColumns("", "").Border(TableBorder.Rounded);
        void Row(string name, FormattableString value) => table.AddRow(new Text(name), new Text(value.ToString(CultureInfo.InvariantCulture)));
        Row("Content", $"{size / (double)(1 << 20):0.0} MiB in {seconds:0.0} s: {size / seconds / (1 << 20):0.0} MiB/s, {(whole ? "whole" : "not whole")}");
        Row("Packets", $"{packets}, and {repeated} repeated");
        Row("Processor time", $"{all:0.0} X25519 derives a packet ({sampler.Micros:0.0} µs each)");
        foreach (var name in after.ProcessorMicros.Keys)
            Row("  " + name, $"{Derives(name):0.0}");
        foreach (var (name, bytes) in peaks)
            Row("Most memory of " + name, $"{bytes / 1e6:0} MB");
        output.Table(table);
    }
}
