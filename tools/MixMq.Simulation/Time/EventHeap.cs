using System.Runtime.InteropServices;

namespace MixMq.Simulation.Time;

/// <summary>
/// Events by time, and by the order in which they were scheduled among equals. The heap moves small keys only; the events, which hold
/// references, stay where they are, since moving references costs a write barrier each.
/// </summary>
internal sealed class EventHeap
{
    private const int Children = 4;
    private Key[] _keys = new Key[256];
    private SimEvent[] _events = new SimEvent[256];
    private int[] _free = new int[256];
    private int _freeCount;
    private int _used;
    private long _order;

    public int Count { get; private set; }

    /// <summary>When the next event is due; meaningless where there is none.</summary>
    public long NextDue => _keys[0].Due;

    public void Add(long due, in SimEvent what)
    {
        if (Count == _keys.Length)
        {
            Array.Resize(ref _keys, 2 * Count);
            Array.Resize(ref _events, 2 * Count);
            Array.Resize(ref _free, 2 * Count);
        }

        var slot = _freeCount > 0 ? _free[--_freeCount] : _used++;
        _events[slot] = what;
        SiftUp(Count++, new Key(due, _order++, slot));
    }

    public SimEvent Take()
    {
        var slot = _keys[0].Slot;
        var taken = _events[slot];
        _events[slot] = default;
        _free[_freeCount++] = slot;
        var last = _keys[--Count];
        if (Count > 0)
        {
            SiftDown(last);
        }

        return taken;
    }

    private void SiftUp(int at, Key key)
    {
        while (at > 0)
        {
            var parent = (at - 1) / Children;
            if (!key.IsBefore(_keys[parent]))
            {
                break;
            }

            _keys[at] = _keys[parent];
            at = parent;
        }

        _keys[at] = key;
    }

    private void SiftDown(Key key)
    {
        var at = 0;
        while (true)
        {
            var first = (at * Children) + 1;
            if (first >= Count)
            {
                break;
            }

            var least = first;
            var end = Math.Min(first + Children, Count);
            for (var child = first + 1; child < end; child++)
            {
                if (_keys[child].IsBefore(_keys[least]))
                {
                    least = child;
                }
            }

            if (!_keys[least].IsBefore(key))
            {
                break;
            }

            _keys[at] = _keys[least];
            at = least;
        }

        _keys[at] = key;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Key(long Due, long Order, int Slot)
    {
        public bool IsBefore(in Key other) => Due < other.Due || (Due == other.Due && Order < other.Order);
    }
}
