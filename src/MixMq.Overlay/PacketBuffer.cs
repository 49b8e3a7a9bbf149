using System.Diagnostics;

namespace MixMq.Overlay;

/// <summary>
/// One cell: its type byte, then the body, which is as long as a packet. Everything that crosses a link or a stage is in one of these.
/// </summary>
/// <remarks>
/// <b>Ownership.</b> A buffer is owned by exactly one stage. A method that takes one as an argument takes ownership with it, unless its
/// documentation says otherwise; who owns it last calls <see cref="Return"/>. Nothing checks for use after that in release code paths except a
/// second <see cref="Return"/>, which throws: it is a bug of the caller that would put one packet into two hands.
/// Not thread-safe: the owner alone touches it.
/// </remarks>
public sealed class PacketBuffer
{
    private readonly byte[] _slab;
    private readonly int _offset;
    private readonly int _cellBytes;
    private int _rented;
    private int _nextFree;

    internal PacketBuffer(PacketPool pool, byte[] slab, int offset, int cellBytes, int index)
    {
        Pool = pool;
        _slab = slab;
        _offset = offset;
        _cellBytes = cellBytes;
        Index = index;
    }

    /// <summary>The whole cell: type byte and body.</summary>
    public Span<byte> Cell => _slab.AsSpan(_offset, _cellBytes);

    /// <summary>The body, as long as a packet of the network.</summary>
    public Span<byte> Packet => _slab.AsSpan(_offset + 1, _cellBytes - 1);

    /// <summary>The whole cell as memory, for the shell's reads and writes.</summary>
    public Memory<byte> CellMemory => _slab.AsMemory(_offset, _cellBytes);

    /// <summary>
    /// When the packet was taken off its link, in the core's microseconds; a shell whose links and core don't see each other at once says it. Where it
    /// doesn't, or says something that is to come, it is the moment when the core gets the packet.
    /// </summary>
    public long TakenMicros { get; set; } = Moment.Never;

    internal PacketPool Pool { get; }

    /// <summary>Its place in the pool.</summary>
    internal int Index { get; }

    /// <summary>The pool's: place of the next free one plus 1. Read by whoever tries to take this one, owner or not.</summary>
    internal int NextFree
    {
        get => Volatile.Read(ref _nextFree);
        set => Volatile.Write(ref _nextFree, value);
    }

    /// <summary>Gives the buffer back to its pool, cleared. The caller must not touch it again.</summary>
    /// <exception cref="UnreachableException">It was returned already. No handler takes that for something that the network did.</exception>
    public void Return()
    {
        if (Interlocked.Exchange(ref _rented, 0) == 0)
        {
            throw new UnreachableException("The packet buffer was returned already.");
        }

        // A packet is opaque to us, but a cleared buffer can't leak one neighbour's bytes to another through a bug in a length.
        Cell.Clear();
        TakenMicros = Moment.Never;
        Pool.TakeBack(this);
    }

    internal void MarkRented() => Volatile.Write(ref _rented, 1);
}
