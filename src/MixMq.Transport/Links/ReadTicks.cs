namespace MixMq.Transport.Links;

/// <summary>
/// The ticks at which busy links are read: those of the scheduler's thread while packets come thick and fast, which wakes anyway, so that they need no
/// timer. While it sleeps for longer there are none, and nobody waits for one.
/// </summary>
/// <remarks><see cref="Begin"/>, <see cref="Tick"/> and <see cref="End"/>: the scheduler's thread. The rest: any thread.</remarks>
internal sealed class ReadTicks
{
    private readonly Lock _lock = new();
    private List<WakeSignal> _waiting = [];
    private List<WakeSignal> _released = [];
    private bool _ticking;
    private long _number;

    /// <summary>How many ticks there have been.</summary>
    internal long Number => Volatile.Read(ref _number);

    /// <summary>From now on ticks follow, until <see cref="End"/>.</summary>
    internal void Begin()
    {
        if (!_ticking)
        {
            lock (_lock)
            {
                _ticking = true;
            }
        }
    }

    /// <summary>A tick, if there are any now: whoever waits goes on.</summary>
    internal void Tick()
    {
        if (!_ticking)
        {
            return;
        }

        lock (_lock)
        {
            Volatile.Write(ref _number, _number + 1);
            (_waiting, _released) = (_released, _waiting);
        }

        foreach (var signal in _released)
        {
            signal.Set();
        }

        _released.Clear();
    }

    /// <summary>The last tick for now.</summary>
    internal void End()
    {
        if (_ticking)
        {
            lock (_lock)
            {
                _ticking = false;
            }

            foreach (var signal in _waiting)
            {
                signal.Set();
            }

            _waiting.Clear();
        }
    }

    /// <summary>Completes at the next tick; at once where there is none to come.</summary>
    internal ValueTask WaitAsync(WakeSignal signal)
    {
        lock (_lock)
        {
            if (!_ticking)
            {
                return ValueTask.CompletedTask;
            }

            _waiting.Add(signal);
            return signal.Arm();
        }
    }
}
