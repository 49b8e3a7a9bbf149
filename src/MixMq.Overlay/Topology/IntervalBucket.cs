using System.Runtime.InteropServices;

namespace MixMq.Overlay.Topology;

/// <summary>A token bucket that earns one token an interval and starts full. A mutable struct: keep it in a field.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct IntervalBucket(int burst, long intervalMicros, long nowMicros)
{
    // The moment at which it was last empty, or would have been.
    private long _emptyAt = nowMicros - (burst * intervalMicros);

    /// <summary>The earliest moment at which so many tokens are there, in microseconds; in the past if they are.</summary>
    public readonly long WhenHolds(int tokens) => _emptyAt + (tokens * intervalMicros);

    public bool TryTake(long nowMicros)
    {
        if (WhenHolds(1) > nowMicros)
        {
            return false;
        }

        Take(1, nowMicros);
        return true;
    }

    /// <summary>Takes tokens whether they are there or not: what is missing must be earned first.</summary>
    public void Take(int tokens, long nowMicros) =>
        _emptyAt = Math.Max(_emptyAt, nowMicros - (burst * intervalMicros)) + (tokens * intervalMicros);

    /// <summary>Puts tokens back that weren't used.</summary>
    public void Return(int tokens) => _emptyAt -= tokens * intervalMicros;
}
