using MixMq.Overlay;
using MixMq.Simulation.Network;

namespace MixMq.Simulation;

/// <summary>What holds for all nodes of a world; the shells' sizes are small, so that a thousand nodes fit.</summary>
public sealed record WorldOptions
{
    /// <summary>How long public-key work takes, from the request to the answer.</summary>
    public DelayDistribution Crypto { get; init; } = DelayDistribution.Uniform(50, 300);

    /// <summary>How long a transaction takes to become durable.</summary>
    public DelayDistribution Commit { get; init; } = DelayDistribution.Exponential(500, 2_500);

    /// <summary>How long it takes to read a row.</summary>
    public DelayDistribution Read { get; init; } = DelayDistribution.Uniform(100, 1_000);

    /// <summary>How long what one thread of a node posts takes to reach another.</summary>
    public DelayDistribution Hop { get; init; } = DelayDistribution.Uniform(5, 50);

    /// <summary>Buffers for packets of one node.</summary>
    public int PacketBuffers { get; init; } = 8_192;

    /// <summary>Buffers for all other cells of one node.</summary>
    public int ControlBuffers { get; init; } = 16_384;

    /// <summary>
    /// All nodes take their buffers from the same pools, whose bounds are then no node's own: for networks so big that each node's buffers would
    /// have left the processor's caches before the node comes to act again.
    /// </summary>
    public bool SharePools { get; init; }

    /// <summary>Packets that may wait for a crypto worker of one node.</summary>
    public int CryptoQueue { get; init; } = 4_096;

    /// <summary>Packets delivered that may wait for an endpoint.</summary>
    public int DeliveryQueue { get; init; } = 2_048;

    /// <summary>Tags that the replay filter of one mix key holds.</summary>
    public long ReplayCapacity { get; init; } = 1 << 16;

    /// <summary>How often observers get to look at the cores; 0: never.</summary>
    public long SampleMicros { get; init; } = Moment.MicrosPerSecond;
}
