using System.Numerics;
using System.Runtime.InteropServices;
using MixMq.Crypto;

namespace MixMq.Sphinx;

/// <summary>
/// The exact set of replay tags seen under one mix key. It never forgets and never evicts: when it is full, new tags are refused.
/// </summary>
/// <remarks>
/// <para>
/// Open addressing with linear probing, outside the GC heap. Tags can be ground by whoever makes packets, so places come from SipHash under a
/// key of the filter's own. Shards with a lock each: <see cref="TryInsert"/> is atomic and safe for any number of threads. <see cref="Dispose"/>
/// isn't safe beside it; <see cref="MixKey"/> counts the users.
/// </para>
/// <para>
/// A shard uses a part of its places only, and twice as many when three quarters are taken. Were tags spread over all of a large table from the start,
/// each would be the first on its page, and the system's work at that first touch is a tenth of what an unwrap costs. Shards are small so that
/// whoever has to spread one anew takes about a millisecond.
/// </para>
/// <para>A Bloom filter would be smaller, but drops good packets, and an attacker can fill it to drop more.</para>
/// </remarks>
public sealed class ReplayFilter : IDisposable
{
    /// <summary>The greatest capacity, in tags.</summary>
    public const long MaxCapacity = 1L << 30;

    private const int MostLocks = 64;
    private const int FewestTagsOfShard = 1024;
    private const int MostTagsOfShard = 32_768;
    private const int MostShards = 1 << 15;
    private const int FirstPlaces = 256;
    private readonly ZeroPages _pages;
    private readonly Shard[] _shards;
    private readonly Lock _copyLock = new();
    private readonly ulong _key0;
    private readonly ulong _key1;
    private readonly int _placesPerShard;
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

        // Half again as many places as a shard's fair share keeps probes short; the shards are so large that none fills before the whole does.
        var forWorkers = Math.Min(MostLocks, capacity / FewestTagsOfShard);
        var shards = (int)Math.Clamp((long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(forWorkers, capacity / MostTagsOfShard)), 1, MostShards);
        var share = (capacity + shards - 1) / shards;
        _placesPerShard = (int)BitOperations.RoundUpToPowerOf2((ulong)(share + (share / 2) + 1));
        _pages = new ZeroPages((shards + 1L) * _placesPerShard * PacketFormat.ReplayTagBytes);
        _shards = new Shard[shards];
        for (var i = 0; i < shards; i++)
        {
            _shards[i] = new Shard { Lock = new Lock(), Places = Math.Min(FirstPlaces, _placesPerShard) };
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
        var index = (int)(hash >> 32) & (_shards.Length - 1);
        ref var shard = ref _shards[index];
        lock (shard.Lock)
        {
            var places = Places(index);
            if (value == UInt128.Zero)
            {
                return InsertZeroTag();
            }

            ref var place = ref Find(places[..shard.Places], hash, value, out var isFree);
            if (!isFree)
            {
                return place == value ? ReplayInsert.Duplicate : ReplayInsert.Full;
            }

            if (!TryReserve())
            {
                return ReplayInsert.Full;
            }

            shard.Tags++;
            place = value;
            if (shard.Tags > shard.Places / 4 * 3 && shard.Places < _placesPerShard)
            {
                Grow(ref shard, places);
            }

            return ReplayInsert.Inserted;
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _pages.Dispose();

    private Span<UInt128> Places(int shard)
    {
        var bytes = _placesPerShard * PacketFormat.ReplayTagBytes;
        return MemoryMarshal.Cast<byte, UInt128>(_pages.Slice((long)shard * bytes, bytes));
    }

    // Where a tag is or could be put; where there is neither, any place, which then holds another tag.
    private static ref UInt128 Find(Span<UInt128> places, ulong hash, UInt128 tag, out bool isFree)
    {
        var place = (int)(uint)hash & (places.Length - 1);
        for (var probes = 0; probes < places.Length; probes++)
        {
            if (places[place] == tag)
            {
                break;
            }

            if (places[place] == UInt128.Zero)
            {
                isFree = true;
                return ref places[place];
            }

            place = (place + 1) & (places.Length - 1);
        }

        isFree = false;
        return ref places[place];
    }

    // Spreads a shard's tags over twice as many places, from a copy behind the last shard.
    private void Grow(ref Shard shard, Span<UInt128> places)
    {
        lock (_copyLock)
        {
            var tags = Places(_shards.Length)[..shard.Places];
            places[..shard.Places].CopyTo(tags);
            places[..shard.Places].Clear();
            shard.Places *= 2;
            foreach (ref var tag in tags)
            {
                if (tag != UInt128.Zero)
                {
                    var hash = SipHash24.Hash(_key0, _key1, MemoryMarshal.AsBytes(new ReadOnlySpan<UInt128>(ref tag)));
                    Find(places[..shard.Places], hash, tag, out _) = tag;
                }
            }
        }
    }

    // An empty place is zero, so the tag of sixteen zero bytes has a place of its own; it always hashes to the same shard, whose lock is held.
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

    private struct Shard
    {
        public Lock Lock;
        public int Places;
        public int Tags;
    }
}
