namespace MixMq.Overlay;

/// <summary>
/// The one source of <see cref="PacketBuffer"/>s of a process. It never holds or hands out more than its limit: when all are out, whoever asks
/// drops the newest packet and counts it, which is the process's bound on memory for traffic.
/// </summary>
/// <remarks>Thread-safe. Buffers are made as they are first needed and kept for reuse.</remarks>
public sealed class PacketPool
{
    private readonly Lock _lock = new();
    private readonly Stack<PacketBuffer> _free = new();
    private readonly int _cellBytes;
    private int _outstanding;

    /// <summary>A pool of buffers of one size.</summary>
    /// <param name="cellBytes">Size of a cell: one more than a packet of the network; at least 4.</param>
    /// <param name="limit">The most buffers in use at once; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Either is too small.</exception>
    public PacketPool(int cellBytes, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cellBytes, 4);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        _cellBytes = cellBytes;
        Limit = limit;
    }

    /// <summary>The most buffers in use at once.</summary>
    public int Limit { get; }

    /// <summary>How many are in use now.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Takes a cleared buffer; the caller owns it.</summary>
    /// <param name="buffer">The buffer, or null where all are in use.</param>
    /// <returns>False where all are in use.</returns>
    public bool TryRent([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PacketBuffer? buffer)
    {
        lock (_lock)
        {
            if (_outstanding == Limit)
            {
                buffer = null;
                return false;
            }

            _outstanding++;
            if (!_free.TryPop(out buffer))
            {
                buffer = new PacketBuffer(this, _cellBytes);
            }
        }

        buffer.MarkRented();
        return true;
    }

    internal void TakeBack(PacketBuffer buffer)
    {
        lock (_lock)
        {
            _outstanding--;
            _free.Push(buffer);
        }
    }
}
