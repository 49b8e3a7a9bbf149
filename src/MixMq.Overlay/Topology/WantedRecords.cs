namespace MixMq.Overlay.Topology;

/// <summary>
/// What one neighbour has announced and is not fetched yet, at most <see cref="TopologyLimits.MaxWanted"/>: of an origin only its newest.
/// Each is looked at again only when there is reason to.
/// </summary>
internal sealed class WantedRecords
{
    private const int Small = 64;
    private Dictionary<WantedKey, Want> _wants = [];
    private Queue<Want> _queue = new();
    private PriorityQueue<Want, long> _later = new();

    public int Count => _wants.Count;

    /// <summary>When the first of those that wait for their origin's token may be asked for, in microseconds.</summary>
    public long NextLater => _later.TryPeek(out _, out var at) ? at : Moment.Never;

    /// <summary>Takes an announcement.</summary>
    /// <returns>False: there is no room.</returns>
    public bool TryAdd(in Announcement announced)
    {
        var key = new WantedKey(announced);
        if (_wants.TryGetValue(key, out var want))
        {
            if (want.Announced.Sequence <= announced.Sequence)
            {
                want.Announced = announced;
            }

            return true;
        }

        if (_wants.Count >= TopologyLimits.MaxWanted)
        {
            return false;
        }

        want = new Want(announced);
        _wants.Add(key, want);
        Enqueue(want);
        return true;
    }

    /// <summary>Whether the neighbour announced this very record; it is no longer wanted then.</summary>
    public bool Settle(in WantedKey key, RecordHash hash)
    {
        if (_wants.TryGetValue(key, out var want) && want.Announced.Hash == hash)
        {
            Drop(want);
            return true;
        }

        return false;
    }

    /// <summary>To be looked at again.</summary>
    public void Enqueue(Want want)
    {
        if (want.State != WantState.Dropped)
        {
            want.State = WantState.Queued;
            _queue.Enqueue(want);
        }
    }

    /// <summary>To be looked at at a moment, in microseconds.</summary>
    public void Postpone(Want want, long untilMicros)
    {
        want.State = WantState.Later;
        _later.Enqueue(want, untilMicros);
    }

    public void Drop(Want want)
    {
        want.State = WantState.Dropped;
        _ = _wants.Remove(want.Key);
        if (_wants.Count == 0)
        {
            Trim();
        }
    }

    /// <summary>The next that may be asked for; it stays where it is until <see cref="Take"/>.</summary>
    public Want? Peek(long nowMicros)
    {
        while (_later.TryPeek(out var due, out var at) && at <= nowMicros)
        {
            _ = _later.Dequeue();
            Enqueue(due);
        }

        while (_queue.TryPeek(out var want))
        {
            if (want.State == WantState.Queued)
            {
                return want;
            }

            _ = _queue.Dequeue();
        }

        return null;
    }

    /// <summary>Takes what <see cref="Peek"/> showed out of the queue.</summary>
    public void Take() => _queue.Dequeue();

    // A node has a neighbour's whole database in here once, and then next to nothing for hours.
    private void Trim()
    {
        if (_wants.EnsureCapacity(0) > Small)
        {
            _wants = [];
        }

        (_queue, _later) = (new Queue<Want>(), new PriorityQueue<Want, long>());
    }
}
