using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// The database in the order of its addresses, split by their first byte into 256 buckets, each with a hash over what is shown of it. Sixteen
/// buckets in a row make a group, whose hash is over theirs; the digest is over those of the groups. A change costs the hashes of one bucket
/// and one group, when the digest is next asked for.
/// </summary>
/// <remarks>
/// Addresses are public keys, so honest ones fall evenly. Who makes keys until they fall into one bucket gains nothing: a bucket is listed
/// in pages like everything else, and hashing one that holds the whole database costs what hashing the whole database did.
/// </remarks>
internal sealed class DatabaseBuckets(ReadOnlySpan<byte> networkId)
{
    public const int Count = 256;
    private const int GroupCount = 16;
    private const int GroupSize = Count / GroupCount;
    private const int ItemBytes = 32 + sizeof(ulong) + RecordHash.Bytes;
    private const int HashBytes = Sha256.HashBytes;
    private readonly List<Origin>[] _origins = new List<Origin>[Count];
    private readonly byte[] _hashes = new byte[Count * HashBytes];
    private readonly byte[] _groups = new byte[GroupCount * HashBytes];
    private readonly byte[] _digest = new byte[HashBytes];
    private readonly bool[] _changed = new bool[Count];
    private bool _isOld;
    private ushort _changedGroups = ushort.MaxValue;
    private readonly byte[] _networkId = networkId.ToArray();
    private byte[] _items = new byte[16 * ItemBytes];

    public static ReadOnlySpan<byte> BucketLabel => "MixMq-topology-bucket-v1"u8;

    public static ReadOnlySpan<byte> GroupLabel => "MixMq-topology-group-v1"u8;

    public static ReadOnlySpan<byte> DigestLabel => "MixMq-topology-digest-v3"u8;

    public static int IndexOf(NodeAddress address)
    {
        Span<byte> bytes = stackalloc byte[NodeAddress.ByteLength];
        address.CopyTo(bytes);
        return bytes[0];
    }

    public void Add(Origin origin)
    {
        var bucket = _origins[IndexOf(origin.Address)] ??= [];
        bucket.Insert(FirstAfter(bucket, origin.Address), origin);
        Touch(origin);
    }

    public void Remove(Origin origin)
    {
        var bucket = _origins[IndexOf(origin.Address)];
        bucket.RemoveAt(FirstAfter(bucket, origin.Address) - 1);
        Touch(origin);
    }

    /// <summary>What is shown of an origin has changed.</summary>
    public void Touch(Origin origin) => (_changed[IndexOf(origin.Address)], _isOld) = (true, true);

    /// <summary>The origins of a bucket that come after an address, ascending.</summary>
    public ReadOnlySpan<Origin> After(int bucket, NodeAddress address) =>
        _origins[bucket] is { } origins ? CollectionsMarshal.AsSpan(origins)[FirstAfter(origins, address)..] : default;

    /// <summary>The origins of a bucket, ascending.</summary>
    public ReadOnlySpan<Origin> this[int bucket] => CollectionsMarshal.AsSpan(_origins[bucket]);

    /// <summary>All origins, ascending.</summary>
    public IEnumerable<Origin> All() => _origins.Where(static bucket => bucket is not null).SelectMany(static bucket => bucket);

    /// <summary>A digest that two nodes share exactly when they hold the same live records and quarantine the same origins.</summary>
    /// <returns>32 bytes, valid until the next change.</returns>
    public ReadOnlySpan<byte> Digest()
    {
        Refresh();
        if (_changedGroups != 0)
        {
            for (var changed = (uint)_changedGroups; changed != 0; changed &= changed - 1)
            {
                var group = BitOperations.TrailingZeroCount(changed);
                Hash(GroupLabel, _hashes.AsSpan(group * GroupSize * HashBytes, GroupSize * HashBytes), _groups.AsSpan(group * HashBytes, HashBytes));
            }

            _changedGroups = 0;
            Hash(DigestLabel, _groups, _digest);
        }

        return _digest;
    }

    /// <summary>
    /// A bucket's hash, made short under the asker's salt: two buckets that differ look alike with a chance of 2^-64 in one comparison, and
    /// nobody can prepare records that do.
    /// </summary>
    /// <param name="bucket">0 to 255.</param>
    /// <param name="salt">16 bytes.</param>
    /// <returns>0 for an empty bucket.</returns>
    public ulong Short(int bucket, ReadOnlySpan<byte> salt)
    {
        Refresh();
        var hash = _hashes.AsSpan(bucket * HashBytes, HashBytes);
        if (!hash.ContainsAnyExcept((byte)0))
        {
            return 0;
        }

        var key0 = BinaryPrimitives.ReadUInt64LittleEndian(salt);
        var key1 = BinaryPrimitives.ReadUInt64LittleEndian(salt[sizeof(ulong)..]);
        var first = SipHash24.Hash(key0, key1, hash[..SipHash24.InputBytes]);
        return SipHash24.Hash(key0 ^ first, key1, hash[SipHash24.InputBytes..]);
    }

    private static int FirstAfter(List<Origin> origins, NodeAddress address)
    {
        var (low, high) = (0, origins.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = origins[middle].Address <= address ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private void Refresh()
    {
        if (!_isOld)
        {
            return;
        }

        _isOld = false;
        for (var bucket = Array.IndexOf(_changed, true); bucket >= 0; bucket = Array.IndexOf(_changed, true, bucket))
        {
            _changed[bucket] = false;
            _changedGroups |= (ushort)(1 << (bucket / GroupSize));
            Hash(bucket, _hashes.AsSpan(bucket * HashBytes, HashBytes));
        }
    }

    private void Hash(ReadOnlySpan<byte> label, ReadOnlySpan<byte> hashes, Span<byte> hash)
    {
        Span<byte> input = stackalloc byte[label.Length + NetworkDefinition.IdBytes + (GroupSize * HashBytes)];
        label.CopyTo(input);
        _networkId.CopyTo(input[label.Length..]);
        hashes.CopyTo(input[(label.Length + NetworkDefinition.IdBytes)..]);
        Sha256.Hash(input, hash);
    }

    private void Hash(int bucket, Span<byte> hash)
    {
        var origins = _origins[bucket];
        var length = BucketLabel.Length + (origins.Count * ItemBytes);
        if (_items.Length < length)
        {
            _items = new byte[2 * length];
        }

        BucketLabel.CopyTo(_items);
        var at = BucketLabel.Length;
        foreach (var origin in origins)
        {
            if (origin.IsShown)
            {
                Write(origin, _items.AsSpan(at, ItemBytes));
                at += ItemBytes;
            }
        }

        hash.Clear();
        if (at > BucketLabel.Length)
        {
            Sha256.Hash(_items.AsSpan(0, at), hash);
        }
    }

    private static void Write(Origin origin, Span<byte> item)
    {
        item.Clear();
        origin.Address.CopyTo(item);
        if (origin.Live)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(item[32..], origin.Record.Sequence);
            origin.Record.Hash.CopyTo(item[40..]);
        }
    }
}
