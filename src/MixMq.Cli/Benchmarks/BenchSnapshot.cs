using MixMq.Cli.Local;

namespace MixMq.Cli.Benchmarks;

/// <summary>How far everything is at one moment.</summary>
internal sealed record BenchSnapshot
{
    /// <summary>What the command itself is called among the processes.</summary>
    public const string Applications = "mixmq";

    /// <summary>Monotonic.</summary>
    public required long Timestamp { get; init; }

    /// <summary>Messages that have arrived.</summary>
    public required int Received { get; init; }

    /// <summary>Each process's processor time, microseconds.</summary>
    public required IReadOnlyDictionary<string, double> ProcessorMicros { get; init; }

    /// <summary>Each process's memory, bytes resident.</summary>
    public required IReadOnlyDictionary<string, long> ResidentBytes { get; init; }

    public static BenchSnapshot Take(LocalNetwork network, int received)
    {
        var processes = network.Processes.Select(process => (process.Name, process.Id)).Append((Applications, Environment.ProcessId)).ToList();
        return new BenchSnapshot
        {
            Timestamp = TimeProvider.System.GetTimestamp(),
            Received = received,
            ProcessorMicros = processes.ToDictionary(process => process.Item1, process => ProcessorClock.Micros(process.Item2)),
            ResidentBytes = processes.ToDictionary(process => process.Item1, process => ResidentMemory.Bytes(process.Item2)),
        };
    }
}
