using System.Runtime.InteropServices;

namespace MixMq.Overlay;

/// <summary>
/// A point in time as a shell gives it to a core with every input.
/// </summary>
/// <param name="Micros">
/// Microseconds on a clock that never goes back (a stopwatch in programs, the virtual clock in tests). Only differences mean anything.
/// Deadlines are on this clock.
/// </param>
/// <param name="UnixMillis">
/// Milliseconds since 1970-01-01T00:00:00Z on the wall clock, which may be set and so jump either way. Epochs and expiries are on this clock.
/// </param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Moment(long Micros, long UnixMillis)
{
    /// <summary>Microseconds in a millisecond.</summary>
    public const long MicrosPerMilli = 1_000;

    /// <summary>Microseconds in a second.</summary>
    public const long MicrosPerSecond = 1_000_000;

    /// <summary>The deadline that never comes.</summary>
    public const long Never = long.MaxValue;
}
