using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Overlay.Mixing;

/// <summary>
/// Packets waiting for their delay to pass: a heap by due time, rank among equals, with a bound. Buffers in it are owned by it.
/// </summary>
/// <remarks>
/// <para>
/// Delays are whole milliseconds, so a packet held for exactly its delay would leave with the fraction of a millisecond with which it came, and
/// be known by it. All leave on ticks of a millisecond instead, those of one tick in an order that has nothing to do with that of their arrival.
/// </para>
/// Four children a node, not two: the children lie side by side in two cache lines, so that a million packets cost half the misses. A timing wheel
/// would do without the depth, but its slots would be queues that must be ordered all the same.
/// </remarks>
internal sealed class DelayQueue(int limit)
{
    private const int Children = 4;
    private Entry[] _heap = new Entry[Math.Min(limit, 64)];

    public int Count { get; private set; }

    public long NextMicros => Count == 0 ? Moment.Never : _heap[0].Due;

    /// <summary>When a packet leaves that came at a moment and asks for a delay: on the tick at or after.</summary>
    public static long DueMicros(long takenMicros, uint delayMs) =>
        (((takenMicros + Moment.MicrosPerMilli - 1) / Moment.MicrosPerMilli) + delayMs) * Moment.MicrosPerMilli;

    /// <summary>
    /// A packet's place among those of its tick: by the group element with which it leaves. The next link shows that anyhow, and to all but its sender it
    /// is a random number. Drawing one would do as well, for a microsecond more.
    /// </summary>
    public static ulong RankOf(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt64LittleEndian(packet[PacketFormat.AlphaOffset..]);

    /// <summary>False: full, and the caller still owns the packet.</summary>
    public bool TryAdd(long dueMicros, ulong rank, int peer, PacketBuffer packet)
    {
        if (Count == limit)
        {
            return false;
        }

        if (Count == _heap.Length)
        {
            Array.Resize(ref _heap, (int)Math.Min(limit, 2L * _heap.Length));
        }

        var entry = new Entry(dueMicros, rank, peer, packet);
        var at = Count++;
        while (at > 0)
        {
            var parent = (at - 1) / Children;
            if (!entry.IsBefore(_heap[parent]))
            {
                break;
            }

            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = entry;
        return true;
    }

    /// <summary>Takes the packet that was due first, if it is due.</summary>
    public bool TryTakeDue(long nowMicros, out int peer, [NotNullWhen(true)] out PacketBuffer? packet)
    {
        if (NextMicros > nowMicros)
        {
            peer = default;
            packet = null;
            return false;
        }

        (peer, packet) = (_heap[0].Peer, _heap[0].Packet);
        var last = _heap[--Count];
        _heap[Count] = default;
        if (Count > 0)
        {
            SiftDown(last);
        }

        return true;
    }

    /// <summary>Returns everything to the pool.</summary>
    public int Clear()
    {
        var count = Count;
        for (var i = 0; i < count; i++)
        {
            _heap[i].Packet.Return();
        }

        Array.Clear(_heap);
        Count = 0;
        return count;
    }

    private void SiftDown(in Entry entry)
    {
        var at = 0;
        int first;
        while ((first = (Children * at) + 1) < Count)
        {
            var child = first;
            var end = Math.Min(first + Children, Count);
            for (var other = first + 1; other < end; other++)
            {
                if (_heap[other].IsBefore(_heap[child]))
                {
                    child = other;
                }
            }

            if (!_heap[child].IsBefore(entry))
            {
                break;
            }

            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = entry;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(long Due, ulong Rank, int Peer, PacketBuffer Packet)
    {
        public bool IsBefore(in Entry other) => Due < other.Due || (Due == other.Due && Rank < other.Rank);
    }
}
