using System.Diagnostics.CodeAnalysis;

namespace MixMq.Overlay;

/// <summary>
/// The one source of <see cref="PacketBuffer"/>s of a process. It never holds or hands out more than its limit: when all are out, whoever asks
/// drops the newest packet and counts it, which is the process's bound on memory for traffic.
/// </summary>
/// <remarks>
/// <para>
/// Thread-safe. Buffers are made as they are first needed and kept for reuse. They are cut from slabs on the pinned heap, each as large as all
/// before it together: a pool of a million buffers is a few dozen arrays, which no collection moves or looks into, and the memory of a slab
/// becomes resident as its buffers are first written.
/// </para>
/// <para>
/// The free ones are a stack without a lock: every packet is rented on one thread and returned on another. The top is an index with a count of
/// its changes, so that a top that was taken and came back between a read and its exchange is noticed.
/// </para>
/// </remarks>
public sealed class PacketPool
{
    private const int FirstSlab = 8;

    /// <summary>The longest slab; an array has fewer than 2^31 bytes.</summary>
    private const int MaxSlabBytes = 1 << 30;

    private readonly Lock _growing = new();
    private readonly int _cellBytes;
    private PacketBuffer[] _buffers = [];

    /// <summary>Changes in the upper half, index of the first free buffer plus 1 in the lower one; 0 there: none is free.</summary>
    private long _top;

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
    public bool TryRent([NotNullWhen(true)] out PacketBuffer? buffer)
    {
        while (!TryPop(out buffer))
        {
            if (!TryGrow())
            {
                return false;
            }
        }

        Interlocked.Increment(ref _outstanding);
        buffer.MarkRented();
        return true;
    }

    /// <summary>Puts a cell into a buffer of this pool, by a copy where its own is another's; that one is returned then.</summary>
    /// <param name="buffer">A buffer of any pool with cells of the same size; replaced on success.</param>
    /// <returns>False: it is another pool's and all of this one's are in use. The caller still owns the buffer.</returns>
    public bool TryAdopt(ref PacketBuffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        if (buffer.Pool == this)
        {
            return true;
        }

        if (!TryRent(out var own))
        {
            return false;
        }

        buffer.Cell.CopyTo(own.Cell);
        own.TakenMicros = buffer.TakenMicros;
        buffer.Return();
        buffer = own;
        return true;
    }

    internal void TakeBack(PacketBuffer buffer)
    {
        Interlocked.Decrement(ref _outstanding);
        Push(buffer.Index, buffer);
    }

    private bool TryPop([NotNullWhen(true)] out PacketBuffer? buffer)
    {
        var top = Volatile.Read(ref _top);
        while ((uint)top != 0)
        {
            var first = Volatile.Read(ref _buffers)[(int)(uint)top - 1];
            var changed = Next(top, first.NextFree);
            var seen = Interlocked.CompareExchange(ref _top, changed, top);
            if (seen == top)
            {
                buffer = first;
                return true;
            }

            top = seen;
        }

        buffer = null;
        return false;
    }

    /// <summary>Puts a chain of free buffers, linked up to <paramref name="last"/>, on the stack.</summary>
    private void Push(int first, PacketBuffer last)
    {
        var top = Volatile.Read(ref _top);
        while (true)
        {
            last.NextFree = (int)(uint)top;
            var seen = Interlocked.CompareExchange(ref _top, Next(top, first + 1), top);
            if (seen == top)
            {
                return;
            }

            top = seen;
        }
    }

    private static long Next(long top, int free) => (long)((((ulong)top >> 32) + 1) << 32) | (uint)free;

    /// <summary>False: there are as many as there may be. True: it is worth trying again.</summary>
    private bool TryGrow()
    {
        if (Volatile.Read(ref _buffers).Length == Limit)
        {
            return (uint)Volatile.Read(ref _top) != 0;
        }

        lock (_growing)
        {
            if ((uint)Volatile.Read(ref _top) != 0)
            {
                return true;
            }

            var made = _buffers.Length;
            var count = Math.Min(Math.Min(Math.Max(made, FirstSlab), Math.Max(1, MaxSlabBytes / _cellBytes)), Limit - made);
            if (count == 0)
            {
                return false;
            }

            var slab = GC.AllocateArray<byte>(count * _cellBytes, pinned: true);
            var buffers = new PacketBuffer[made + count];
            _buffers.CopyTo(buffers, 0);
            for (var i = 0; i < count; i++)
            {
                buffers[made + i] = new PacketBuffer(this, slab, i * _cellBytes, _cellBytes, made + i) { NextFree = made + i + 2 };
            }

            Volatile.Write(ref _buffers, buffers);
            Push(made, buffers[^1]);
            return true;
        }
    }
}
