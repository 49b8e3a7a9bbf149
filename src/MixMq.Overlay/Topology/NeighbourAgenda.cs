using System.Diagnostics.CodeAnalysis;

namespace MixMq.Overlay.Topology;

/// <summary>With which neighbours something is to be done: those that were woken, in that order, then those whose moment has come.</summary>
internal sealed class NeighbourAgenda
{
    private readonly Queue<Neighbour> _awake = new();
    private readonly PriorityQueue<Neighbour, (long Micros, long Order)> _armed = new();
    private long _order;

    /// <summary>When the next neighbour's moment comes, in microseconds.</summary>
    public long NextDeadline
    {
        get
        {
            while (_armed.TryPeek(out var neighbour, out var due))
            {
                if (!neighbour.IsGone && neighbour.Armed == due.Micros)
                {
                    return due.Micros;
                }

                _ = _armed.Dequeue();
            }

            return Moment.Never;
        }
    }

    public void Wake(Neighbour neighbour)
    {
        if (!neighbour.IsAwake)
        {
            neighbour.IsAwake = true;
            _awake.Enqueue(neighbour);
        }
    }

    /// <summary>Sees to it that the neighbour is taken at its <see cref="Neighbour.NextDeadline"/> at the latest.</summary>
    public void Arm(Neighbour neighbour)
    {
        var due = neighbour.NextDeadline;
        if (due < neighbour.Armed)
        {
            neighbour.Armed = due;
            _armed.Enqueue(neighbour, (due, ++_order));
        }
    }

    public bool TryTake(long nowMicros, [NotNullWhen(true)] out Neighbour? neighbour)
    {
        while (NextDeadline <= nowMicros)
        {
            var due = _armed.Dequeue();
            due.Armed = Moment.Never;
            Wake(due);
        }

        while (_awake.TryDequeue(out neighbour))
        {
            neighbour.IsAwake = false;
            if (!neighbour.IsGone)
            {
                return true;
            }
        }

        return false;
    }
}
