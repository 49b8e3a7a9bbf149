using MixMq.Overlay;
using MixMq.Simulation.Time;

namespace MixMq.Simulation.Nodes;

/// <summary>A node's clocks: one that never goes back and may run fast or slow, and one on the wall that may be set.</summary>
public sealed class NodeClock
{
    private const long Million = 1_000_000;
    private readonly SimClock _clock;

    internal NodeClock(SimClock clock) => _clock = clock;

    /// <summary>How far the wall clock is off.</summary>
    public long SkewMillis { get; set; }

    /// <summary>Microseconds a second that both clocks run fast; set before anything happens.</summary>
    public long DriftPpm { get; set; }

    public Moment Now
    {
        get
        {
            var micros = Local(_clock.Micros);
            return new Moment(micros, SimClock.StartUnixMillis + SkewMillis + (micros / Moment.MicrosPerMilli));
        }
    }

    /// <summary>The world's time at which this clock shows at least that much.</summary>
    internal long World(long local) => DriftPpm == 0
        ? local
        : (long)(((Int128)local * Million + Million + DriftPpm - 1) / (Million + DriftPpm));

    private long Local(long world) => DriftPpm == 0 ? world : (long)((Int128)world * (Million + DriftPpm) / Million);
}
