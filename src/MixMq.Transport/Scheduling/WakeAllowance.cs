using MixMq.Overlay;

namespace MixMq.Transport.Scheduling;

/// <summary>
/// How often packets may wake the scheduler at once. A wake-up costs several threads more than the work of one packet does, so a busy node looks
/// every millisecond instead and does together what has come; what comes to a quiet one is done at once. Network cards moderate their interrupts so.
/// </summary>
/// <remarks>Not thread-safe: the scheduler's.</remarks>
internal struct WakeAllowance
{
    /// <summary>Wake-ups a second in the long run: a few thousandths of a processor.</summary>
    internal const int PerSecond = 250;

    /// <summary>Wake-ups one after the other: a few messages with their acknowledgements.</summary>
    internal const int Burst = 64;

    private const long MicrosEach = Moment.MicrosPerSecond / PerSecond;

    /// <summary>Everything before this moment is used up, each wake-up <see cref="MicrosEach"/> long.</summary>
    private long _usedUntilMicros;

    /// <summary>Whether another wake-up is allowed now; uses it up if so.</summary>
    internal bool TryTake(long nowMicros)
    {
        var next = Math.Max(_usedUntilMicros, nowMicros - (Burst * MicrosEach)) + MicrosEach;
        if (next > nowMicros)
        {
            return false;
        }

        _usedUntilMicros = next;
        return true;
    }
}
