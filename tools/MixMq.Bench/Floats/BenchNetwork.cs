using System.Text.Json.Nodes;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Bench.Floats;

/// <summary>
/// The network of a run: the default geometry, and rates that nothing here reaches. Epochs are short, so that a replay filter for such rates
/// is as large as the default one (5,000 packets a second for an hour) and costs as many cache misses.
/// </summary>
internal static class BenchNetwork
{
    public const int PacketsPerSecond = 100_000;
    public const int MaxDelayMs = 10_000;
    private const string Name = "bench";
    private const int EpochSeconds = 200;
    private const int SkewSeconds = 5;

    public static NetworkParameters Parameters { get; } = Create();

    public static JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["maxDelayMs"] = MaxDelayMs,
        ["epochSeconds"] = EpochSeconds,
        ["skewSeconds"] = SkewSeconds,
    };

    private static NetworkParameters Create() =>
        NetworkDefinition.TryCreate(Name, PacketGeometry.Default, MaxDelayMs, out var definition, out var error)
        && NetworkParameters.TryCreate(definition, out var parameters, out _, epochSeconds: EpochSeconds, skewSeconds: SkewSeconds)
            ? parameters
            : throw new InvalidOperationException($"The benchmark's network isn't valid: {error}.");
}
