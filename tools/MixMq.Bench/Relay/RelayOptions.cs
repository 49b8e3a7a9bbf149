namespace MixMq.Bench.Relay;

/// <summary>What <c>relay</c> was asked for.</summary>
internal sealed record RelayOptions
{
    public required string Executable { get; init; }

    /// <summary>Measured seconds at saturation, and at each load.</summary>
    public required int Seconds { get; init; }

    /// <summary>Links that are up: generator, sink, and idle ones.</summary>
    public required int Links { get; init; }

    public required int MeanDelayMs { get; init; }

    /// <summary>The most packets on the way at saturation.</summary>
    public required int Window { get; init; }

    /// <summary>Processors that the float alone uses, and the others don't; 0: all use all.</summary>
    public required int FloatProcessors { get; init; }

    /// <summary>Parts of the saturated time, with derives between them.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Packets that go through before anything counts: code is compiled anew while it runs.</summary>
    public required int WarmUp { get; init; }
}
