namespace MixMq.Overlay.Topology;

/// <summary>
/// Which origins have something to do at what wall clock, soonest first. An origin stands in it under the least time it was ever due at, and
/// is put back when it turns out to be due later, so that a new record usually costs nothing here.
/// </summary>
internal sealed class Expiries
{
    private const int Slack = 64;
    private readonly PriorityQueue<Origin, long> _queue = new();

    public long NextUnixMillis => _queue.TryPeek(out _, out var due) ? due : long.MaxValue;

    public void Add(Origin origin, long dueUnixMillis, int held)
    {
        if (dueUnixMillis >= origin.ExpiryQueued)
        {
            return;
        }

        // Records that expire sooner than those before them leave entries behind; they must not pile up.
        if (_queue.Count > (2 * held) + Slack)
        {
            var current = _queue.UnorderedItems.Where(static item => item.Element.ExpiryQueued == item.Priority).Distinct().ToArray();
            _queue.Clear();
            _queue.EnqueueRange(current);
        }

        origin.ExpiryQueued = dueUnixMillis;
        _queue.Enqueue(origin, dueUnixMillis);
    }

    public bool TryTakeDue(long unixMillis, out Origin? origin)
    {
        while (_queue.TryPeek(out origin, out var due) && due <= unixMillis)
        {
            _ = _queue.Dequeue();
            if (origin.ExpiryQueued == due)
            {
                origin.ExpiryQueued = long.MaxValue;
                return true;
            }
        }

        origin = null;
        return false;
    }
}
