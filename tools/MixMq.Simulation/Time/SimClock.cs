using MixMq.Overlay;

namespace MixMq.Simulation.Time;

/// <summary>
/// Virtual time: things happen in the order of their time, and in the order in which they were scheduled among equals. Nothing waits.
/// </summary>
public sealed class SimClock
{
    /// <summary>Where virtual wall clocks begin: an hour boundary, so that default epochs don't turn at once.</summary>
    public const long StartUnixMillis = 1_800_000_000_000;

    /// <summary>More than ever happens in one microsecond, unless somebody spins.</summary>
    private const int MostInOneMoment = 2_000_000;

    private readonly EventHeap _events = new();
    private int _sameMoment;

    /// <summary>Virtual microseconds since the start.</summary>
    public long Micros { get; private set; }

    public double Seconds => Micros / (double)Overlay.Moment.MicrosPerSecond;

    /// <summary>How many things have happened.</summary>
    public long Steps { get; private set; }

    /// <summary>Events that wait.</summary>
    public int Waiting => _events.Count;

    /// <summary>The present of a wall clock that is so far off.</summary>
    public Moment Moment(long skewMillis = 0) => new(Micros, StartUnixMillis + skewMillis + (Micros / 1000));

    public void At(long micros, in SimEvent what) => _events.Add(Math.Max(micros, Micros), what);

    public void At(long micros, Action action) => At(micros, new SimEvent(ActionTarget.Instance, 0, 0, 0, action));

    public void After(TimeSpan delay, Action action) => At(Micros + (long)delay.TotalMicroseconds, action);

    /// <summary>An action again and again, until it says false.</summary>
    public void Every(TimeSpan interval, Func<bool> action) => After(interval, () =>
    {
        if (action())
        {
            Every(interval, action);
        }
    });

    /// <summary>Lets virtual time pass.</summary>
    public void RunFor(TimeSpan time) => RunTo(Micros + (long)time.TotalMicroseconds);

    /// <summary>Lets virtual time pass to a moment.</summary>
    public void RunTo(long end)
    {
        while (_events.Count > 0 && _events.NextDue <= end)
        {
            Step();
        }

        Micros = Math.Max(Micros, end);
    }

    /// <summary>Lets virtual time pass until a condition holds, which is looked at before every event.</summary>
    /// <returns>Whether it does; false when the limit was reached first.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Micros + (long)limit.TotalMicroseconds;
        while (!condition())
        {
            if (_events.Count == 0 || _events.NextDue > end)
            {
                Micros = Math.Max(Micros, end);
                return condition();
            }

            Step();
        }

        return true;
    }

    /// <summary>As <see cref="RunUntil(Func{bool}, TimeSpan)"/>, for conditions that cost something: looked at once an interval.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit, TimeSpan interval)
    {
        var end = Micros + (long)limit.TotalMicroseconds;
        while (!condition())
        {
            if (Micros >= end)
            {
                return false;
            }

            RunTo(Math.Min(end, Micros + (long)interval.TotalMicroseconds));
        }

        return true;
    }

    private void Step()
    {
        _sameMoment = _events.NextDue == Micros ? _sameMoment + 1 : 0;
        if (_sameMoment > MostInOneMoment)
        {
            throw new InvalidOperationException("Time stands still: something asks to be woken at once, again and again.");
        }

        Micros = _events.NextDue;
        Steps++;
        var what = _events.Take();
        what.Target.Fire(what);
    }

    private sealed class ActionTarget : IEventTarget
    {
        public static readonly ActionTarget Instance = new();

        public void Fire(in SimEvent what) => ((Action)what.Payload!)();
    }
}
