using System.Diagnostics.CodeAnalysis;

namespace MixMq.Overlay.Links;

/// <summary>
/// The outbound queues of one link, and the choice of the next cell to write: HELLOs first, so that a busy link never looks dead; then, in one
/// slot of <see cref="LinkTuning.ReservedSlotInterval"/> on a busy link and in every slot otherwise, topology and control; else packets. Each
/// queue is bounded, and what doesn't fit is the newest.
/// </summary>
/// <remarks>Not thread-safe: the shell's link calls it under its own lock. Buffers in a queue are owned by the scheduler.</remarks>
public sealed class LinkScheduler
{
    private readonly Queue<PacketBuffer> _hellos = new();
    private readonly Queue<PacketBuffer> _control = new();
    private readonly Queue<PacketBuffer> _packets = new();
    private int _slotsSinceControl;

    /// <summary>Cells waiting.</summary>
    public int Count => _hellos.Count + _control.Count + _packets.Count;

    /// <summary>Packet cells waiting.</summary>
    public int PacketCount => _packets.Count;

    /// <summary>Queues a complete cell by its type byte.</summary>
    /// <param name="cell">Ownership moves to the scheduler if it returns true; otherwise the caller still owns it.</param>
    /// <returns>False where the queue of its type is full.</returns>
    public bool TryEnqueue(PacketBuffer cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        var (queue, limit) = (CellType)cell.Cell[0] switch
        {
            CellType.Packet => (_packets, LinkTuning.PacketQueueLimit),
            CellType.Hello => (_hellos, LinkTuning.HelloQueueLimit),
            _ => (_control, LinkTuning.ControlQueueLimit),
        };

        if (queue.Count >= limit)
        {
            return false;
        }

        queue.Enqueue(cell);
        return true;
    }

    /// <summary>Takes the cell that goes next.</summary>
    /// <param name="cell">The cell, owned by the caller; null where none waits.</param>
    /// <returns>False where none waits.</returns>
    public bool TryDequeue([NotNullWhen(true)] out PacketBuffer? cell)
    {
        if (_hellos.TryDequeue(out cell))
        {
            return true;
        }

        var reserved = _slotsSinceControl >= LinkTuning.ReservedSlotInterval - 1;
        if (_control.Count > 0 && (reserved || _packets.Count == 0))
        {
            _slotsSinceControl = 0;
            cell = _control.Dequeue();
            return true;
        }

        if (_packets.TryDequeue(out cell))
        {
            _slotsSinceControl = Math.Min(_slotsSinceControl + 1, LinkTuning.ReservedSlotInterval);
            return true;
        }

        return false;
    }

    /// <summary>Returns all that waits to the pool: the link is gone.</summary>
    /// <returns>How many of them were packets.</returns>
    public int Clear()
    {
        var packets = _packets.Count;
        foreach (var queue in (ReadOnlySpan<Queue<PacketBuffer>>)[_hellos, _control, _packets])
        {
            while (queue.TryDequeue(out var cell))
            {
                cell.Return();
            }
        }

        return packets;
    }
}
