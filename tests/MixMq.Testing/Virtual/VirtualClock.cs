using MixMq.Overlay;

namespace MixMq.Testing.Virtual;

/// <summary>Virtual time: events in the order of their moments, and of their making where moments are equal.</summary>
public sealed class VirtualClock
{
    private const long Epoch = 1_800_000_000_000;
    private readonly PriorityQueue<Action, (long, long)> _events = new();
    private long _made;

    /// <summary>Microseconds since the start.</summary>
    public long Micros { get; private set; }

    public Moment Now => new(Micros, Epoch + (Micros / Moment.MicrosPerMilli));

    public void At(long micros, Action action) => _events.Enqueue(action, (Math.Max(micros, Micros), ++_made));

    public void After(double millis, Action action) => At(Micros + (long)(millis * Moment.MicrosPerMilli), action);

    /// <summary>Runs until a condition holds, or a time has come.</summary>
    /// <returns>Whether the condition holds.</returns>
    public bool RunUntil(Func<bool> condition, double limitMillis)
    {
        var limit = Micros + (long)(limitMillis * Moment.MicrosPerMilli);
        while (!condition())
        {
            if (!_events.TryPeek(out _, out var due) || due.Item1 > limit)
            {
                Micros = limit;
                return condition();
            }

            Micros = due.Item1;
            _events.Dequeue()();
        }

        return true;
    }

    public void RunFor(double millis) => RunUntil(() => false, millis);
}
