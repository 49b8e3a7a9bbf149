using System.Security.Cryptography;
using MixMq.Cli.Local;
using MixMq.Cli.Output;
using MixMq.Cli.Processes;

namespace MixMq.Cli.Benchmarks;

/// <summary>A network on this machine, messages on it for a while, and what they cost.</summary>
internal sealed class BenchRun(BenchOptions options, CliEnvironment environment, CommandOutput output, ShutdownSignals signals)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    /// <summary>What hasn't come by then is lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What comes twice comes late.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(500);
    private readonly LocalRun _run = new(BenchPlan.Network, environment, output, signals);

    public Task<int> RunAsync()
    {
        _run.Progress.Note("MixMq bench: two endpoints behind a float each, four processes on 127.0.0.1, without mixing delay.");
        return _run.RunAsync(outlivesUs: false, (network, _) => UseAsync(network));
    }

    private async Task<int> UseAsync(LocalNetwork network)
    {
        var seed = RandomNumberGenerator.GetBytes(32);
        using var stopSending = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        using BenchTraffic traffic = options.PingPong ? new PingPongTraffic(network, seed, options) : new OneWayTraffic(network, seed, options);
        List<Task> working = [.. traffic.Receive(stop.Token), network.WatchAsync(stop.Token)];
        var sending = traffic.SendAsync(stopSending.Token, stop.Token);
        try
        {
            await SpendAsync("Warming up", BenchOptions.MostWarmUpSeconds, [.. working, sending], elapsed => IsWarm(traffic, elapsed));
            traffic.TakeLatencies();
            var sampler = new DeriveSampler();
            using var stopSampling = new CancellationTokenSource();
            var before = BenchSnapshot.Take(network, traffic.Received);
            var sampling = sampler.RunAsync(stopSampling.Token);
            await SpendAsync("Measuring", options.Seconds, [.. working, sending]);
            await stopSampling.CancelAsync();
            await sampling;
            var after = BenchSnapshot.Take(network, traffic.Received);
            var latencies = traffic.TakeLatencies();
            await stopSending.CancelAsync();
            await sending;
            await DrainAsync(traffic, working);
            return Show(new BenchReport
            {
                Options = options,
                Before = before,
                After = after,
                Derive = (sampler.Micros, sampler.SpentMicros),
                Lost = traffic.Ledgers.Sum(ledger => ledger.Missing),
                Duplicated = traffic.Ledgers.Sum(ledger => ledger.Duplicated),
                Corrupted = traffic.Ledgers.Sum(ledger => ledger.Corrupted),
                Disordered = traffic.Ledgers.Sum(ledger => ledger.Disordered),
                Latencies = latencies,
            });
        }
        finally
        {
            await stopSending.CancelAsync();
            await stop.CancelAsync();
            await Task.WhenAll([.. working, sending]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Lets so many seconds pass, or fewer when it is enough, unless one of the tasks fails.</summary>
    private Task SpendAsync(string title, int seconds, IReadOnlyList<Task> tasks, Func<double, bool>? enough = null) => _run.Progress.RunAsync(title + " (seconds)", seconds, async progress =>
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started).TotalSeconds is var elapsed && elapsed < seconds && !(enough?.Invoke(elapsed) ?? false))
        {
            await ThrowIfFailedAsync(tasks);
            progress((int)elapsed);
            await Task.Delay(Tick, signals.Token);
        }

        progress(seconds);
    });

    /// <summary>Round trips are few: they warm up by time alone.</summary>
    private bool IsWarm(BenchTraffic traffic, double elapsed) =>
        elapsed >= BenchOptions.WarmUpSeconds && (options.PingPong || traffic.Received >= BenchOptions.WarmUpMessages);

    private async Task DrainAsync(BenchTraffic traffic, IReadOnlyList<Task> tasks)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (traffic.Ledgers.Any(ledger => ledger.Missing > 0) && TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            await ThrowIfFailedAsync(tasks);
            await Task.Delay(Tick, signals.Token);
        }

        await Task.Delay(Late, signals.Token);
    }

    private static async Task ThrowIfFailedAsync(IReadOnlyList<Task> tasks)
    {
        if (tasks.FirstOrDefault(task => task.IsCompleted && !task.IsCompletedSuccessfully) is { } failed)
            await failed;
    }

    private int Show(BenchReport report)
    {
        if (output.Json)
            output.Object(report.ToJson());
        else
            output.Table(report.ToTable());
        return report.Succeeded ? ExitCode.Success : ExitCode.NotDelivered;
    }
}
