using System.Runtime.InteropServices;
using MixMq.Overlay;

namespace MixMq.Simulation.Invariants;

/// <summary>How long addresses were on paths after an authority's list had been given to somebody for the first time, whether that node kept it or not.</summary>
/// <param name="Revoked">Addresses.</param>
/// <param name="LastUseMicros">The longest until a packet's path, whatever failed meanwhile.</param>
/// <param name="LastUseOfWholeMicros">The same in a network where nothing failed any more: counted from then, where it was later.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RevocationFigures(int Revoked, long LastUseMicros, long LastUseOfWholeMicros)
{
    /// <summary>A gossip round (spec/08, section 6).</summary>
    public const long RoundMicros = 60 * Moment.MicrosPerSecond;

    /// <summary>These and another's, together.</summary>
    public RevocationFigures With(in RevocationFigures other) =>
        With(other.LastUseMicros, other.LastUseOfWholeMicros) with { Revoked = Revoked + other.Revoked };

    internal RevocationFigures With(long useMicros, long useOfWholeMicros) =>
        this with { LastUseMicros = Math.Max(LastUseMicros, useMicros), LastUseOfWholeMicros = Math.Max(LastUseOfWholeMicros, useOfWholeMicros) };
}
