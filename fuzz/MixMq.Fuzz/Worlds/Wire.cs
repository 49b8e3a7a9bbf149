using MixMq.Overlay;

namespace MixMq.Fuzz.Worlds;

/// <summary>One connection between two seats, as the cells under way on it; <see langword="null"/> among them is its end.</summary>
internal sealed class Wire(ConnectionId id)
{
    public ConnectionId Id => id;

    /// <summary>By receiving seat.</summary>
    public List<byte[]?>[] UnderWay { get; } = [[], []];

    /// <summary>By seat: whether its core has the connection.</summary>
    public bool[] IsOpen { get; } = [true, true];
}
