namespace MixMq.Overlay.Links;

/// <summary>A token bucket in whole millionths of a token, so that no rate drifts.</summary>
internal sealed class TokenBucket(int perSecond, int burst)
{
    private const long Unit = 1_000_000;
    private readonly long _full = burst * Unit;
    private long _level = burst * Unit;
    private long _filled;
    private bool _started;

    public bool TryTake(long nowMicros)
    {
        if (_started)
        {
            // Longer than it takes to fill from empty is as good as that, and can't overflow.
            var elapsed = Math.Clamp(nowMicros - _filled, 0, (_full / perSecond) + 1);
            _level = Math.Min(_full, _level + (elapsed * perSecond));
        }

        _started = true;
        _filled = nowMicros;
        if (_level < Unit)
        {
            return false;
        }

        _level -= Unit;
        return true;
    }
}
