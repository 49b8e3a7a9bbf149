using System.Globalization;

namespace MixMq.Simulation.Invariants;

/// <summary>Something happened that must never happen.</summary>
public sealed class InvariantViolationException(string invariant, long micros, string what)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"{invariant} at {micros / 1_000_000.0:F6} s: {what}"))
{
    public string Invariant { get; } = invariant;

    public long Micros { get; } = micros;

    public string What { get; } = what;
}
