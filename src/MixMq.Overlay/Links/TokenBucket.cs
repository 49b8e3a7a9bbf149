namespace MixMq.Overlay.Links;

/// <summary>A token bucket in whole millionths of a token, so that no rate drifts.</summary>
internal sealed class TokenBucket
{
    private const long Unit = 1_000_000;
    private int _perSecond;
    private long _full;
    private long _level;
    private long _filled;
    private bool _started;

    /// <summary>A full bucket.</summary>
    public TokenBucket(int perSecond, int burst)
    {
        _perSecond = perSecond;
        _full = burst * Unit;
        _level = _full;
    }

    /// <summary>A bucket with nothing in it.</summary>
    public static TokenBucket Empty(int perSecond, int burst, long nowMicros) =>
        new(perSecond, burst) { _level = 0, _filled = nowMicros, _started = true };

    public bool TryTake(long nowMicros)
    {
        Fill(nowMicros);
        if (_level < Unit)
        {
            return false;
        }

        _level -= Unit;
        return true;
    }

    /// <summary>Another rate from now on. What is in it stays, as far as the new burst goes.</summary>
    public void Change(int perSecond, int burst, long nowMicros)
    {
        Fill(nowMicros);
        _perSecond = perSecond;
        _full = burst * Unit;
        _level = Math.Min(_full, _level);
    }

    private void Fill(long nowMicros)
    {
        if (_started)
        {
            // Longer than it takes to fill from empty is as good as that, and can't overflow.
            var elapsed = Math.Clamp(nowMicros - _filled, 0, (_full / _perSecond) + 1);
            _level = Math.Min(_full, _level + (elapsed * _perSecond));
        }

        _started = true;
        _filled = nowMicros;
    }
}
