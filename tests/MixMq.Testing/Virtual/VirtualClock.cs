using MixMq.Overlay;

namespace MixMq.Testing.Virtual;

/// <summary>
/// Virtual time: things happen in the order of their time, and in the order in which they were scheduled among equals. Nothing waits.
/// </summary>
public sealed class VirtualClock
{
    /// <summary>Where virtual wall clocks begin: an hour boundary in 2026, so that default epochs don't turn at once.</summary>
    public const long StartUnixMillis = 1_800_000_000_000;

    private readonly PriorityQueue<Action, (long Due, long Order)> _events = new();
    private long _order;

    /// <summary>Virtual microseconds since the start.</summary>
    public long Micros { get; private set; }

    /// <summary>How many things have happened.</summary>
    public long Steps { get; private set; }

    public Moment Moment(long skewMillis = 0) => new(Micros, StartUnixMillis + skewMillis + (Micros / 1000));

    public void At(long micros, Action action) => _events.Enqueue(action, (Math.Max(micros, Micros), _order++));

    public void After(TimeSpan delay, Action action) => At(Micros + (long)delay.TotalMicroseconds, action);

    /// <summary>Lets virtual time pass.</summary>
    public void RunFor(TimeSpan time) => _ = RunUntil(static () => false, time);

    /// <summary>Lets virtual time pass until a condition holds.</summary>
    /// <returns>Whether it does; false when the limit was reached first.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Micros + (long)limit.TotalMicroseconds;
        while (!condition())
        {
            if (!_events.TryPeek(out var action, out var key) || key.Due > end)
            {
                Micros = end;
                return condition();
            }

            _ = _events.Dequeue();
            Micros = key.Due;
            Steps++;
            action();
        }

        return true;
    }
}
