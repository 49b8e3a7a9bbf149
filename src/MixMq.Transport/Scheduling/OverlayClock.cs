using MixMq.Overlay;

namespace MixMq.Transport.Scheduling;

/// <summary>The overlay core's present: one origin for the scheduler, which tells the core, and for readers, which note when a packet came.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class OverlayClock(TimeProvider time)
{
    private readonly long _origin = time.GetTimestamp();

    /// <summary>Microseconds since the origin.</summary>
    internal long Micros => time.GetElapsedTime(_origin).Ticks / TimeSpan.TicksPerMicrosecond;

    internal Moment Now() => new(Micros, time.GetUtcNow().ToUnixTimeMilliseconds());
}
