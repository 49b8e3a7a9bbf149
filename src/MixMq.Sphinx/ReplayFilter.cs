using System.Numerics;
using System.Runtime.InteropServices;
using MixMq.Crypto;

namespace MixMq.Sphinx;

/// <summary>
/// The exact set of replay tags seen under one mix key. It never forgets and never evicts: when it is full, new tags are refused.
/// </summary>
/// <remarks>
/// <para>
/// Open addressing with linear probing, outside the GC heap, resident only as far as it is used. Tags can be ground by whoever makes
/// packets, so places come from SipHash under a key of the filter's own. Shards with a lock each: <see cref="TryInsert"/> is atomic and
/// safe for any number of threads. <see cref="Dispose"/> isn't safe beside it; <see cref="MixKey"/> counts the users.
/// </para>
/// <para>A Bloom filter would be smaller, but drops good packets, and an attacker can fill it to drop more.</para>
/// </remarks>
public sealed class ReplayFilter : IDisposable
{
    /// <summary>The greatest capacity, in tags.</summary>
    public const long MaxCapacity = 1L << 30;

    private const int MaxShards = 64;
    private const int SmallestShard = 1024;
    private readonly ZeroPages _pages;
    private readonly Lock[] _locks;
    private readonly ulong _key0;
    private readonly ulong _key1;
    private readonly int _slotsPerShard;
    private long _count;
    private bool _zeroTagSeen;

    /// <summary>Makes an empty filter.</summary>
    /// <param name="capacity">Tags it has room for, 1 to 2^30: the greatest accept rate × the key's lifetime. Address space: 24 to 48 bytes a tag.</param>
    /// <param name="random">Gives the 16 bytes of the hash key.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is out of its range.</exception>
    public ReplayFilter(long capacity, IRandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, MaxCapacity);
        Capacity = capacity;
        _key0 = random.NextUInt64();
        _key1 = random.NextUInt64();

        // Half again as many slots as a shard's fair share keeps probes short; the shards are so large that none fills before the whole does.
        var shards = (int)Math.Clamp((long)BitOperations.RoundUpToPowerOf2((ulong)(capacity / SmallestShard)), 1, MaxShards);
        var share = (capacity + shards - 1) / shards;
        _slotsPerShard = (int)BitOperations.RoundUpToPowerOf2((ulong)(share + (share / 2) + 1));
        _pages = new ZeroPages((long)shards * _slotsPerShard * PacketFormat.ReplayTagBytes);
        _locks = new Lock[shards];
        for (var i = 0; i < shards; i++)
        {
            _locks[i] = new Lock();
        }
    }

    /// <summary>Tags there is room for.</summary>
    public long Capacity { get; }

    /// <summary>Tags in it now, a metric: racing inserts may show for a moment.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Puts a tag in, if it isn't there and there is room. Of any number of threads with the same tag exactly one inserts it.</summary>
    /// <param name="tag">16 bytes.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="ArgumentException">There aren't 16 bytes.</exception>
    /// <exception cref="ObjectDisposedException">The filter is gone.</exception>
    public ReplayInsert TryInsert(ReadOnlySpan<byte> tag)
    {
        var hash = SipHash24.Hash(_key0, _key1, tag);
        var value = MemoryMarshal.Read<UInt128>(tag);
        var shard = (int)(hash >> 32) & (_locks.Length - 1);
        lock (_locks[shard])
        {
            var shardBytes = _slotsPerShard * PacketFormat.ReplayTagBytes;
            var slots = MemoryMarshal.Cast<byte, UInt128>(_pages.Slice((long)shard * shardBytes, shardBytes));
            if (value == UInt128.Zero)
            {
                return InsertZeroTag();
            }

            var place = (int)(uint)hash & (_slotsPerShard - 1);
            for (var probes = 0; probes < _slotsPerShard; probes++)
            {
                ref var slot = ref slots[place];
                if (slot == value)
                {
                    return ReplayInsert.Duplicate;
                }

                if (slot == UInt128.Zero)
                {
                    if (!TryReserve())
                    {
                        return ReplayInsert.Full;
                    }

                    slot = value;
                    return ReplayInsert.Inserted;
                }

                place = (place + 1) & (_slotsPerShard - 1);
            }

            return ReplayInsert.Full;
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _pages.Dispose();

    // An empty slot is zero, so the tag of sixteen zero bytes has a place of its own; it always hashes to the same shard, whose lock is held.
    private ReplayInsert InsertZeroTag()
    {
        if (_zeroTagSeen)
        {
            return ReplayInsert.Duplicate;
        }

        _zeroTagSeen = TryReserve();
        return _zeroTagSeen ? ReplayInsert.Inserted : ReplayInsert.Full;
    }

    private bool TryReserve()
    {
        if (Interlocked.Increment(ref _count) <= Capacity)
        {
            return true;
        }

        Interlocked.Decrement(ref _count);
        return false;
    }
}
