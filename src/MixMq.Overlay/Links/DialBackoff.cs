using MixMq.Crypto;

namespace MixMq.Overlay.Links;

/// <summary>
/// Delay before the next dial: bounds of 250 ms doubling with full jitter, so that a peer that restarts is back in hundreds of milliseconds and
/// many peers don't dial it in step; beyond 5 s the steady pace, uniform between 5 s and a bound that doubles up to 30 s.
/// </summary>
internal sealed class DialBackoff
{
    private const int SteadyAttempt = 5;
    private int _attempt;

    public void Reset() => _attempt = 0;

    /// <summary>To the steady pace at once: nothing will change soon.</summary>
    public void Slow() => _attempt = Math.Max(_attempt, SteadyAttempt);

    public long Next(IRandomSource random)
    {
        var bound = LinkTuning.FirstBackoffMicros << Math.Min(_attempt, 16);
        bound = Math.Min(bound, LinkTuning.LongestBackoffMicros);
        var floor = bound > LinkTuning.SteadyBackoffMicros ? LinkTuning.SteadyBackoffMicros : 0;
        _attempt = Math.Min(_attempt + 1, 16);
        return floor + (long)(random.NextDouble() * (bound - floor));
    }
}
