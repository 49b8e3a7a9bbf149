using MixMq.Bench.Processes;

namespace MixMq.Bench.Relay;

/// <summary>What generator, sink and the measuring process share: counters, and three times of every packet of a phase.</summary>
internal sealed class Exchange(string folder) : IDisposable
{
    /// <summary>The most packets of one phase.</summary>
    public const int MostPackets = 1_000_000;

    private const int SentCounter = 0;
    private const int ArrivedCounter = 8;
    private readonly SharedColumn _counters = new(Path.Combine(folder, "counters"), 16);

    /// <summary>When each was written, in Stopwatch time; the generator's.</summary>
    public SharedColumn SentAt { get; } = new(Path.Combine(folder, "sent"), MostPackets);

    /// <summary>When each was read, in Stopwatch time, 0 where it wasn't; the sink's, filled in after the phase.</summary>
    public SharedColumn ArrivedAt { get; } = new(Path.Combine(folder, "arrived"), MostPackets);

    /// <summary>The delay each asks the float for, in milliseconds; the generator's.</summary>
    public SharedColumn DelayMs { get; } = new(Path.Combine(folder, "delays"), MostPackets);

    /// <summary>Packets of this phase written so far.</summary>
    public long Sent
    {
        get => _counters[SentCounter];
        set => _counters[SentCounter] = value;
    }

    /// <summary>Packets that arrived in this phase so far.</summary>
    public long Arrived
    {
        get => _counters[ArrivedCounter];
        set => _counters[ArrivedCounter] = value;
    }

    public void Dispose()
    {
        SentAt.Dispose();
        ArrivedAt.Dispose();
        DelayMs.Dispose();
        _counters.Dispose();
    }
}
