using System.Diagnostics;

namespace MixMq.Simulation.Swarm;

/// <summary>Runs many seeds, each in one thread, as many at a time as there are cores.</summary>
public sealed class SwarmRunner(SwarmOptions options)
{
    /// <summary>What two runs of one seed with different traces are reported as.</summary>
    public const string OneSeedIsOneRun = "OneSeedIsOneRun";

    private readonly Lock _lock = new();
    private long _next;
    private bool _stops;

    /// <summary>Whether each seed is run twice, and the traces compared.</summary>
    public bool Twice { get; init; }

    /// <summary>Whether to go on after a violation.</summary>
    public bool KeepsGoing { get; init; }

    /// <summary>Seeds at a time.</summary>
    public int Parallel { get; init; } = Environment.ProcessorCount;

    /// <summary>Told after each seed, by one thread at a time.</summary>
    public Action<SwarmResult>? Progress { get; init; }

    /// <summary>Runs seeds from a first one on.</summary>
    public SwarmResult Run(long first, long count, CancellationToken stop = default)
    {
        var result = new SwarmResult();
        var watch = Stopwatch.StartNew();
        _next = first;
        _stops = false;
        var threads = Enumerable.Range(0, (int)Math.Min(Math.Max(Parallel, 1), Math.Max(count, 1))).Select(_ => new Thread(() => Work(first + count, result, watch, stop), 16 << 20)).ToArray();
        foreach (var thread in threads)
        {
            thread.Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        result.WallSeconds = watch.Elapsed.TotalSeconds;
        result.Failures = [.. result.Failed.OrderBy(failure => failure.Seed)];
        return result;
    }

    private void Work(long end, SwarmResult result, Stopwatch watch, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !Volatile.Read(ref _stops))
        {
            var seed = Interlocked.Increment(ref _next) - 1;
            if (seed >= end)
            {
                return;
            }

            var report = SeedRun.Run(seed, options);
            var virtualSeconds = report.VirtualSeconds;
            if (Twice && report.Invariant is null)
            {
                // Without the checkers: that they only look is seen by it too.
                var again = SeedRun.Run(seed, options with { Checks = false });
                virtualSeconds += again.VirtualSeconds;
                if (again.Hash != report.Hash)
                {
                    report = report with { Invariant = OneSeedIsOneRun, What = again.Invariant is null ? "Two runs of the seed have different traces." : $"Two runs of the seed have different traces; the second ended with {again.Invariant}: {again.What}" };
                }
            }

            lock (_lock)
            {
                result.Add(report, virtualSeconds, watch.Elapsed.TotalSeconds);
                if (report.Invariant is not null)
                {
                    Volatile.Write(ref _stops, !KeepsGoing);
                }

                Progress?.Invoke(result);
            }
        }
    }
}
