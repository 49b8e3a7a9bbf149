namespace MixMq.Transport.Queues;

/// <summary>
/// A first-in, first-out queue with a bound, whose items are stored in place: once it has grown to what is needed, nothing is allocated.
/// </summary>
/// <remarks>Not thread-safe: whoever shares one holds a lock, for one item or for a batch of them.</remarks>
/// <param name="limit">The most items in it; at least 1.</param>
internal struct BoundedRing<T>(int limit)
{
    private const int FirstLength = 16;
    private T[] _items = [];
    private int _first;

    internal int Count { get; private set; }

    /// <summary>False: it is full.</summary>
    internal bool TryAdd(in T item)
    {
        if (Count == limit)
        {
            return false;
        }

        if (Count == _items.Length)
        {
            Grow();
        }

        var place = _first + Count++;
        _items[place < _items.Length ? place : place - _items.Length] = item;
        return true;
    }

    internal bool TryTake(out T item)
    {
        if (Count == 0)
        {
            item = default!;
            return false;
        }

        ref var first = ref _items[_first];
        item = first;
        first = default!;
        _first = _first + 1 < _items.Length ? _first + 1 : 0;
        Count--;
        return true;
    }

    /// <summary>Takes as many as there are and fit; says how many.</summary>
    internal int Take(Span<T> items)
    {
        var taken = 0;
        while (taken < items.Length && TryTake(out items[taken]))
        {
            taken++;
        }

        return taken;
    }

    private void Grow()
    {
        var items = new T[(int)Math.Min(limit, Math.Max(FirstLength, 2L * _items.Length))];
        _items.AsSpan(_first).CopyTo(items);
        _items.AsSpan(0, _first).CopyTo(items.AsSpan(_items.Length - _first));
        _items = items;
        _first = 0;
    }
}
