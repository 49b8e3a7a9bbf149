using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// The records this node holds: at most one current record an origin, and for origins that contradict themselves the two records that
/// show it. Every record put here has been verified.
/// </summary>
/// <remarks>
/// Past its expiry a record stays for the clocks' skew, unused and unannounced, only so that a neighbour with a slow clock can't make us
/// fetch it again and again.
/// </remarks>
internal sealed class TopologyDatabase(TopologyOptions options, IRandomSource random)
{
    private const int MaxHalves = 64;
    private const long HalfMillis = 30_000;
    private readonly Dictionary<NodeAddress, Entry> _entries = new(AddressComparer.Instance);
    private readonly Dictionary<NodeAddress, Evidence> _evidence = new(AddressComparer.Instance);
    private readonly Dictionary<NodeAddress, Half> _halves = new(AddressComparer.Instance);
    private readonly Dictionary<NodeAddress, int> _sources = new(AddressComparer.Instance);
    private readonly SortedSet<NodeAddress> _order = [];
    private readonly long _skewMillis = options.Network.SkewSeconds * 1000L;
    private static readonly NodeAddress Greatest = NodeAddress.FromBytes(Enumerable.Repeat(byte.MaxValue, 32).ToArray());

    public static ReadOnlySpan<byte> DigestLabel => "MixMq-topology-digest-v1"u8;

    /// <summary>Unexpired records of origins that aren't quarantined.</summary>
    public int LiveCount { get; private set; }

    /// <summary>Wall clock at which <see cref="Sweep"/> next has something to do.</summary>
    public long NextExpiryUnixMillis { get; private set; } = long.MaxValue;

    public LinkStateRecord? Find(NodeAddress address) => _entries.TryGetValue(address, out var entry) && entry.Live ? entry.Record : null;

    public bool IsQuarantined(NodeAddress address) => _evidence.ContainsKey(address);

    /// <summary>What an announcement means to us.</summary>
    public Interest Consider(in Announcement announced)
    {
        if (_evidence.ContainsKey(announced.Address))
        {
            return Interest.Known;
        }

        if (announced.IsEvidence)
        {
            return _halves.TryGetValue(announced.Address, out var half) && half.Record.Hash == announced.Hash ? Interest.Known : Interest.Wanted;
        }

        if (!_entries.TryGetValue(announced.Address, out var entry) || announced.Sequence > entry.Record.Sequence)
        {
            return Interest.Wanted;
        }

        if (announced.Sequence < entry.Record.Sequence)
        {
            return entry.Live ? Interest.Behind : Interest.Known;
        }

        return announced.Hash == entry.Record.Hash ? Interest.Known : Interest.Wanted;
    }

    /// <summary>The earliest moment at which this origin may have another record accepted, in microseconds.</summary>
    public long WhenAccepts(NodeAddress origin) => _entries.TryGetValue(origin, out var entry) ? entry.Bucket.WhenHolds(1) : long.MinValue;

    /// <summary>Everything that can be said about a record before its signature is verified; null: verify it.</summary>
    public TopologyCounter? Refuses(LinkStateRecord record, bool isEvidence, Moment now)
    {
        if (_evidence.ContainsKey(record.Address))
        {
            return TopologyCounter.Quarantined;
        }

        if (record.IssuedUnixMillis > now.UnixMillis + _skewMillis)
        {
            return TopologyCounter.FromFuture;
        }

        if (isEvidence)
        {
            return null;
        }

        if (record.ExpiresUnixMillis <= now.UnixMillis)
        {
            return TopologyCounter.Expired;
        }

        if (!_entries.TryGetValue(record.Address, out var entry) || record.Sequence > entry.Record.Sequence)
        {
            return null;
        }

        if (record.Sequence < entry.Record.Sequence)
        {
            return TopologyCounter.Stale;
        }

        return record.Hash == entry.Record.Hash ? TopologyCounter.Known : null;
    }

    /// <summary>Takes a verified record, if it still may be taken.</summary>
    /// <returns><see cref="TopologyCounter.Accepted"/>, <see cref="TopologyCounter.Equivocations"/>, or why not.</returns>
    public TopologyCounter Accept(LinkStateRecord record, bool isEvidence, NodeAddress source, Moment now)
    {
        if (Refuses(record, isEvidence, now) is { } refusal)
        {
            return refusal;
        }

        var known = _entries.TryGetValue(record.Address, out var entry);
        if (known && entry!.Record.Sequence == record.Sequence && entry.Record.Hash != record.Hash)
        {
            return Quarantine(entry.Record, record, now);
        }

        if (isEvidence)
        {
            return AcceptHalf(record, now);
        }

        if (known)
        {
            if (!entry!.Bucket.TryTake(now.Micros))
            {
                return TopologyCounter.Deferred;
            }

            LiveCount += entry.Live ? 0 : 1;
            entry.Record = record;
            entry.Live = true;
        }
        else
        {
            if (_entries.Count >= options.RecordLimit && source != options.Own && !TryMakeRoom(source))
            {
                return TopologyCounter.Full;
            }

            var bucket = new IntervalBucket(TopologyLimits.OriginBurst, TopologyLimits.OriginIntervalMicros, now.Micros);
            _ = bucket.TryTake(now.Micros);
            _entries.Add(record.Address, new Entry { Record = record, Source = source, Bucket = bucket, Live = true });
            _sources[source] = _sources.GetValueOrDefault(source) + 1;
            _ = _order.Add(record.Address);
            LiveCount++;
        }

        NextExpiryUnixMillis = Math.Min(NextExpiryUnixMillis, record.ExpiresUnixMillis);
        return TopologyCounter.Accepted;
    }

    /// <summary>Replaces the own record, whatever was there.</summary>
    public void AcceptOwn(LinkStateRecord record, Moment now)
    {
        if (_entries.ContainsKey(record.Address))
        {
            Remove(record.Address);
        }

        _ = Accept(record, isEvidence: false, options.Own, now);
    }

    /// <summary>Drops what has expired.</summary>
    /// <returns>Whether the view changes by it.</returns>
    public bool Sweep(Moment now)
    {
        if (now.UnixMillis < NextExpiryUnixMillis)
        {
            return false;
        }

        var changed = false;
        var next = long.MaxValue;
        foreach (var (address, entry) in _entries)
        {
            if (entry.Live && entry.Record.ExpiresUnixMillis <= now.UnixMillis)
            {
                entry.Live = false;
                LiveCount--;
                changed = true;
            }

            var until = entry.Record.ExpiresUnixMillis + (entry.Live ? 0 : _skewMillis);
            if (until <= now.UnixMillis)
            {
                Remove(address); // Removing while enumerating is allowed for Dictionary.
            }
            else
            {
                next = Math.Min(next, until);
            }
        }

        foreach (var (address, pair) in _evidence)
        {
            if (pair.UntilUnixMillis <= now.UnixMillis)
            {
                _ = _evidence.Remove(address);
                _ = _order.Remove(address);
                changed = true;
            }
            else
            {
                next = Math.Min(next, pair.UntilUnixMillis);
            }
        }

        foreach (var (address, half) in _halves)
        {
            if (half.UntilUnixMillis <= now.UnixMillis)
            {
                _ = _halves.Remove(address);
            }
            else
            {
                next = Math.Min(next, half.UntilUnixMillis);
            }
        }

        NextExpiryUnixMillis = next;
        return changed;
    }

    /// <summary>Live records by ascending address.</summary>
    public IEnumerable<LinkStateRecord> Live()
    {
        foreach (var address in _order)
        {
            if (_entries.TryGetValue(address, out var entry) && entry.Live)
            {
                yield return entry.Record;
            }
        }
    }

    /// <summary>Addresses after a cursor, ascending.</summary>
    public IEnumerable<NodeAddress> After(NodeAddress? cursor)
    {
        if (_order.Count == 0)
        {
            return [];
        }

        return cursor is { } last ? _order.GetViewBetween(last, Greatest).SkipWhile(address => address == last) : _order;
    }

    /// <summary>What is to be announced of an origin: its live record, or both records that contradict each other, or nothing.</summary>
    public void Describe(NodeAddress address, List<Announcement> announcements)
    {
        if (_evidence.TryGetValue(address, out var pair))
        {
            announcements.Add(new Announcement(address, pair.First.Sequence, pair.First.Hash, IsEvidence: true));
            announcements.Add(new Announcement(address, pair.Second.Sequence, pair.Second.Hash, IsEvidence: true));
        }
        else if (Find(address) is { } record)
        {
            announcements.Add(new Announcement(address, record.Sequence, record.Hash, IsEvidence: false));
        }
    }

    /// <summary>The record to answer a pull with: the very one that is asked for, or the origin's current one.</summary>
    public LinkStateRecord? Answer(NodeAddress address, RecordHash hash)
    {
        if (_evidence.TryGetValue(address, out var pair))
        {
            return pair.Second.Hash == hash ? pair.Second : pair.First.Hash == hash ? pair.First : null;
        }

        return Find(address);
    }

    /// <summary>A digest that two nodes share exactly when they hold the same live records and quarantine the same origins.</summary>
    public byte[] ComputeDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(DigestLabel);
        hash.AppendData(options.Network.Definition.Id);
        Span<byte> item = stackalloc byte[32 + sizeof(ulong) + RecordHash.Bytes];
        foreach (var address in _order)
        {
            item.Clear();
            address.CopyTo(item[..32]);
            if (Find(address) is { } record)
            {
                System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(item[32..], record.Sequence);
                record.Hash.CopyTo(item[40..]);
            }
            else if (!_evidence.ContainsKey(address))
            {
                continue;
            }

            hash.AppendData(item);
        }

        return hash.GetHashAndReset();
    }

    private TopologyCounter AcceptHalf(LinkStateRecord record, Moment now)
    {
        if (_halves.TryGetValue(record.Address, out var half))
        {
            if (half.Record.Hash == record.Hash)
            {
                return TopologyCounter.Known;
            }

            if (half.Record.Sequence == record.Sequence)
            {
                return Quarantine(half.Record, record, now);
            }
        }
        else if (_halves.Count >= MaxHalves)
        {
            return TopologyCounter.Full;
        }

        _halves[record.Address] = new Half(record, now.UnixMillis + HalfMillis);
        NextExpiryUnixMillis = Math.Min(NextExpiryUnixMillis, now.UnixMillis + HalfMillis);
        return TopologyCounter.Known;
    }

    private TopologyCounter Quarantine(LinkStateRecord first, LinkStateRecord second, Moment now)
    {
        var until = Math.Max(first.ExpiresUnixMillis, second.ExpiresUnixMillis);
        if (until <= now.UnixMillis)
        {
            return TopologyCounter.Expired;
        }

        // Evidence against an origin in use must never be lost to a table full of throw-away origins.
        if (_evidence.Count >= options.RecordLimit)
        {
            var victim = _evidence.Keys.ElementAt(random.NextInt32(_evidence.Count));
            _ = _evidence.Remove(victim);
            _ = _order.Remove(victim);
        }

        if (_entries.ContainsKey(first.Address))
        {
            Remove(first.Address);
        }

        _ = _halves.Remove(first.Address);
        _evidence.Add(first.Address, new Evidence(first, second, until));
        _ = _order.Add(first.Address);
        NextExpiryUnixMillis = Math.Min(NextExpiryUnixMillis, until);
        return TopologyCounter.Equivocations;
    }

    // Who fills the database pays for it: the neighbour that told of the most origins loses one, if it told of more than this one did.
    private bool TryMakeRoom(NodeAddress source)
    {
        var greediest = default(NodeAddress);
        var most = 0;
        foreach (var (candidate, count) in _sources)
        {
            if (candidate != options.Own && (count > most || (count == most && candidate < greediest)))
            {
                (greediest, most) = (candidate, count);
            }
        }

        if (most <= _sources.GetValueOrDefault(source) + 1)
        {
            return false;
        }

        var victim = random.NextInt32(most);
        foreach (var (address, entry) in _entries)
        {
            if (entry.Source == greediest && victim-- == 0)
            {
                Remove(address);
                Evictions++;
                return true;
            }
        }

        return false;
    }

    /// <summary>How many records were evicted so far.</summary>
    public long Evictions { get; private set; }

    private void Remove(NodeAddress address)
    {
        if (_entries.Remove(address, out var entry))
        {
            LiveCount -= entry.Live ? 1 : 0;
            _ = _order.Remove(address);
            if (--_sources[entry.Source] == 0)
            {
                _ = _sources.Remove(entry.Source);
            }
        }
    }

    private sealed class Entry
    {
        public required LinkStateRecord Record { get; set; }

        public required NodeAddress Source { get; init; }

        public required bool Live { get; set; }

#pragma warning disable MA0069, CA1051 // A mutable struct must be a field.
        public required IntervalBucket Bucket;
#pragma warning restore MA0069, CA1051
    }

    private sealed record Evidence(LinkStateRecord First, LinkStateRecord Second, long UntilUnixMillis);

    private sealed record Half(LinkStateRecord Record, long UntilUnixMillis);
}
