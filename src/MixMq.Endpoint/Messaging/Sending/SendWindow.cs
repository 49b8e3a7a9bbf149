namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// How many fragments may be in flight to one recipient: slow start from the initial window to the greatest, halved when a quarter of a window
/// times out (single losses are repaired, not reacted to), one probe at a time once nothing has been heard for several timeouts.
/// </summary>
internal sealed class SendWindow(int initial, int max)
{
    private const int LeastBurst = 8;
    private const int LeastSize = 16;
    private const double GrowthPerRound = 8;
    private const int ProbeBackOff = 3;
    private const int MaxBackOff = 16;
    private double _size = initial;
    private double _threshold = max;
    private int _acknowledged;
    private int _lost;
    private long _lastProgress = long.MinValue;
    private long _backOffSince = long.MinValue;
    private long _halvedAt = long.MinValue;

    public int InFlight { get; private set; }

    /// <summary>How many times in a row a timeout passed without a word from the recipient: the exponent of the timeout.</summary>
    public int BackOff { get; private set; }

    /// <summary>Whether nothing has been heard for so long that one fragment at a time is sent.</summary>
    public bool IsProbing => BackOff >= ProbeBackOff;

    public int Size => IsProbing ? 1 : (int)_size;

    public bool HasRoom => InFlight < Size;

    public void OnSent() => InFlight++;

    /// <summary>Fragments in flight of which nothing is expected any more.</summary>
    public void Forget(int count) => InFlight -= count;

    /// <summary>An authentic acknowledgement told something new.</summary>
    /// <param name="fragments">How many fragments in flight it acknowledged.</param>
    /// <param name="nowMicros">Now.</param>
    public void OnProgress(int fragments, long nowMicros)
    {
        // A window that isn't used says nothing about whether the network would bear a greater one; and what is in flight at an outage's beginning is sent again.
        var used = 2 * InFlight >= _size;
        InFlight -= fragments;
        _acknowledged += fragments;
        _lastProgress = nowMicros;
        if (BackOff >= ProbeBackOff)
        {
            Reopen();
        }

        BackOff = 0;
        if (used)
        {
            _size = Math.Min(max, _size < _threshold ? _size + fragments : _size + (GrowthPerRound * fragments / _size));
        }

        CloseRound();
    }

    /// <summary>A fragment in flight timed out.</summary>
    public void OnTimeout(long sentMicros, long nowMicros)
    {
        InFlight--;
        if (sentMicros > _lastProgress && sentMicros >= _backOffSince)
        {
            // All that is in flight times out together in an outage: one step for one flight.
            BackOff = Math.Min(BackOff + 1, MaxBackOff);
            _backOffSince = nowMicros;
        }

        if (sentMicros < _halvedAt)
        {
            // Of the flight that was reacted to already.
            return;
        }

        _lost++;
        if (_lost >= Math.Max(LeastBurst, _size / 4))
        {
            _threshold = Math.Max(_size / 2, LeastSize);
            _size = Math.Min(_size, _threshold);
            _halvedAt = nowMicros;
            _acknowledged = 0;
            _lost = 0;
        }

        CloseRound();
    }

    /// <summary>A path to the recipient has come back: the silence had a reason that is gone.</summary>
    public void OnReachable()
    {
        BackOff = 0;
        _backOffSince = long.MinValue;
        Reopen();
    }

    // What an outage did to the window says nothing about the network after it.
    private void Reopen()
    {
        _size = initial;
        _threshold = max;
        _acknowledged = 0;
        _lost = 0;
    }

    private void CloseRound()
    {
        if (_acknowledged + _lost >= _size)
        {
            _acknowledged = 0;
            _lost = 0;
        }
    }
}
