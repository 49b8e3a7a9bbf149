using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
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
internal sealed class TopologyDatabase(TopologyOptions options, NetworkGovernance governance, IRandomSource random)
{
    private readonly Dictionary<NodeAddress, Origin> _origins = new(AddressComparer.Instance);
    private readonly Dictionary<NodeAddress, RecordSource> _sources = new(AddressComparer.Instance);
    private readonly EvidenceHalves _halves = new();
    private readonly Expiries _expiries = new();
    private readonly long _skewMillis = options.Network.SkewSeconds * 1000L;
    private long _sweptUnixMillis;

    /// <summary>What is held by ascending address, with the hashes that neighbours compare.</summary>
    public DatabaseBuckets Buckets { get; } = new(options.Network.Definition.Id);

    /// <summary>Unexpired records of origins that aren't quarantined.</summary>
    public int LiveCount { get; private set; }

    /// <summary>Origins that contradict themselves.</summary>
    public int QuarantinedCount { get; private set; }

    /// <summary>How many records were evicted so far.</summary>
    public long Evictions { get; private set; }

    /// <summary>Wall clock at which <see cref="Sweep"/> next has something to do.</summary>
    public long NextExpiryUnixMillis => _expiries.NextUnixMillis;

    private int RecordCount => _origins.Count - QuarantinedCount;

    public LinkStateRecord? Find(NodeAddress address) => _origins.TryGetValue(address, out var origin) && origin.Live ? origin.Record : null;

    /// <summary>What an announcement means to us.</summary>
    public Interest Consider(in Announcement announced)
    {
        var known = _origins.TryGetValue(announced.Address, out var origin);
        if (known && origin!.IsQuarantined)
        {
            return Interest.Known;
        }

        if (governance.IsExcluded(announced.Address, _sweptUnixMillis))
        {
            return Interest.Known;
        }

        if (announced.IsEvidence)
        {
            return _halves.Find(announced.Address)?.Hash == announced.Hash ? Interest.Known : Interest.Wanted;
        }

        if (!known || announced.Sequence > origin!.Record.Sequence)
        {
            return Interest.Wanted;
        }

        if (announced.Sequence < origin.Record.Sequence)
        {
            return origin.Live ? Interest.Behind : Interest.Known;
        }

        return announced.Hash == origin.Record.Hash ? Interest.Known : Interest.Wanted;
    }

    /// <summary>The earliest moment at which this origin may have another record accepted, in microseconds.</summary>
    public long WhenAccepts(NodeAddress address) => _origins.TryGetValue(address, out var origin) ? origin.Bucket.WhenHolds(1) : long.MinValue;

    /// <summary>Everything that can be said about a record before its signature is verified; null: verify it.</summary>
    public TopologyCounter? Refuses(LinkStateRecord record, bool isEvidence, Moment now) => Refuses(record, isEvidence, now, out _);

    /// <summary>Takes a verified record, if it still may be taken.</summary>
    /// <returns><see cref="TopologyCounter.Accepted"/>, <see cref="TopologyCounter.Equivocations"/>, or why not.</returns>
    public TopologyCounter Accept(LinkStateRecord record, bool isEvidence, NodeAddress source, Moment now)
    {
        if (Refuses(record, isEvidence, now, out var origin) is { } refusal)
        {
            return refusal;
        }

        if (origin is not null && origin.Record.Sequence == record.Sequence && origin.Record.Hash != record.Hash)
        {
            return Quarantine(origin.Record, record, source, now);
        }

        if (isEvidence)
        {
            return AcceptHalf(record, source, now);
        }

        if (origin is null)
        {
            return AcceptNew(record, source, now);
        }

        if (!origin.Bucket.TryTake(now.Micros))
        {
            return TopologyCounter.Deferred;
        }

        LiveCount += origin.Live ? 0 : 1;
        origin.Record = record;
        origin.Live = true;
        Buckets.Touch(origin);
        _expiries.Add(origin, record.ExpiresUnixMillis, _origins.Count);
        return TopologyCounter.Accepted;
    }

    /// <summary>Replaces the own record, whatever was there.</summary>
    public void AcceptOwn(LinkStateRecord record, Moment now)
    {
        if (_origins.TryGetValue(record.Address, out var origin))
        {
            Remove(origin);
        }

        _ = Accept(record, isEvidence: false, options.Own, now);
    }

    /// <summary>Drops what has expired.</summary>
    /// <returns>Whether the view changes by it.</returns>
    public bool Sweep(Moment now)
    {
        var changed = now.UnixMillis < _sweptUnixMillis && Revive(now);
        _sweptUnixMillis = now.UnixMillis;
        while (_expiries.TryTakeDue(now.UnixMillis, out var origin))
        {
            if (origin!.Live && origin.Record.ExpiresUnixMillis <= now.UnixMillis)
            {
                origin.Live = false;
                LiveCount--;
                Buckets.Touch(origin);
                changed = true;
            }

            var until = DueOf(origin);
            if (until > now.UnixMillis)
            {
                _expiries.Add(origin, until, _origins.Count);
            }
            else
            {
                changed |= origin.IsQuarantined;
                Remove(origin);
            }
        }

        return changed;
    }

    /// <summary>Other statements of the authorities hold: forgets who doesn't belong to the network any more.</summary>
    public void Recheck(Moment now)
    {
        foreach (var origin in Buckets.All().Where(origin => !governance.Admits(origin.Record, now.UnixMillis)).ToArray())
        {
            Remove(origin);
        }
    }

    // The wall clock was set back: what had expired by the wrong time hasn't. Nobody would give it again, for its hash is known.
    private bool Revive(Moment now)
    {
        var revived = false;
        foreach (var origin in Buckets.All())
        {
            if (!origin.IsShown && origin.Record.ExpiresUnixMillis > now.UnixMillis)
            {
                origin.Live = true;
                LiveCount++;
                Buckets.Touch(origin);
                _expiries.Add(origin, origin.Record.ExpiresUnixMillis, _origins.Count);
                revived = true;
            }
        }

        return revived;
    }

    /// <summary>Live records by ascending address. Asked for after every change, so it is a loop.</summary>
    public ImmutableArray<LinkStateRecord> Live()
    {
        var records = new LinkStateRecord[LiveCount];
        var count = 0;
        for (var bucket = 0; count < records.Length; bucket++)
        {
            foreach (var origin in Buckets[bucket])
            {
                if (origin.Live)
                {
                    records[count++] = origin.Record;
                }
            }
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(records);
    }

    /// <summary>Origins that contradict themselves, with the two records of each, by ascending address.</summary>
    public IEnumerable<Equivocation> Quarantined() =>
        Buckets.All().Where(static origin => origin.IsQuarantined).Select(static origin => new Equivocation(origin.Record, origin.Second!));

    /// <summary>What is to be announced of an origin: its live record, or both records that contradict each other, or nothing.</summary>
    public void Describe(NodeAddress address, List<Announcement> announcements)
    {
        if (_origins.TryGetValue(address, out var origin))
        {
            Describe(origin, announcements);
        }
    }

    /// <inheritdoc cref="Describe(NodeAddress, List{Announcement})"/>
    public static void Describe(Origin origin, List<Announcement> announcements)
    {
        if (origin.IsShown)
        {
            announcements.Add(new Announcement(origin.Address, origin.Record.Sequence, origin.Record.Hash, origin.IsQuarantined));
        }

        if (origin.Second is { } second)
        {
            announcements.Add(new Announcement(origin.Address, second.Sequence, second.Hash, IsEvidence: true));
        }
    }

    /// <summary>The record to answer a pull with: the very one that is asked for, or the origin's current one.</summary>
    public LinkStateRecord? Answer(NodeAddress address, RecordHash hash)
    {
        if (!_origins.TryGetValue(address, out var origin))
        {
            return null;
        }

        if (origin.Second is { } second)
        {
            return second.Hash == hash ? second : origin.Record.Hash == hash ? origin.Record : null;
        }

        return origin.Live ? origin.Record : null;
    }

    private TopologyCounter? Refuses(LinkStateRecord record, bool isEvidence, Moment now, out Origin? origin)
    {
        if (_origins.TryGetValue(record.Address, out origin) && origin.IsQuarantined)
        {
            return TopologyCounter.Quarantined;
        }

        if (!governance.Admits(record, now.UnixMillis))
        {
            return TopologyCounter.NotAdmitted;
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

        if (origin is null || record.Sequence > origin.Record.Sequence)
        {
            return null;
        }

        if (record.Sequence < origin.Record.Sequence)
        {
            return TopologyCounter.Stale;
        }

        return record.Hash == origin.Record.Hash ? TopologyCounter.Known : null;
    }

    private TopologyCounter AcceptNew(LinkStateRecord record, NodeAddress source, Moment now)
    {
        if (RecordCount >= options.RecordLimit && source != options.Own && !TryMakeRoom(source))
        {
            return TopologyCounter.Full;
        }

        var origin = Add(record, source, now);
        _ = origin.Bucket.TryTake(now.Micros);
        origin.Live = true;
        LiveCount++;
        _expiries.Add(origin, record.ExpiresUnixMillis, _origins.Count);
        return TopologyCounter.Accepted;
    }

    private TopologyCounter AcceptHalf(LinkStateRecord record, NodeAddress source, Moment now)
    {
        if (_halves.Find(record.Address) is { } half)
        {
            if (half.Hash == record.Hash)
            {
                return TopologyCounter.Known;
            }

            if (half.Sequence == record.Sequence)
            {
                return Quarantine(half, record, source, now);
            }
        }

        return _halves.TryAdd(record, now) ? TopologyCounter.Known : TopologyCounter.Full;
    }

    private TopologyCounter Quarantine(LinkStateRecord first, LinkStateRecord second, NodeAddress source, Moment now)
    {
        var until = Math.Max(first.ExpiresUnixMillis, second.ExpiresUnixMillis);
        if (until <= now.UnixMillis)
        {
            return TopologyCounter.Expired;
        }

        // Evidence against an origin in use must never be lost to a table full of throw-away origins.
        if (QuarantinedCount >= options.RecordLimit)
        {
            Remove(AtRandom(static origin => origin.IsQuarantined, QuarantinedCount));
        }

        _halves.Remove(first.Address);
        if (_origins.TryGetValue(first.Address, out var origin))
        {
            LiveCount -= origin.Live ? 1 : 0;
            Uncount(origin);
        }
        else
        {
            origin = Add(first, source, now);
            Uncount(origin);
        }

        (origin.Record, origin.Second, origin.Live) = (first, second, false);
        QuarantinedCount++;
        Buckets.Touch(origin);
        _expiries.Add(origin, until, _origins.Count);
        return TopologyCounter.Equivocations;
    }

    // Who fills the database pays for it: the neighbour that told of the most origins loses one, if it told of more than this one did.
    private bool TryMakeRoom(NodeAddress source)
    {
        if (!TryFindGreediest(out var greediest) || greediest.Count <= (_sources.TryGetValue(source, out var own) ? own.Count : 0) + 1)
        {
            return false;
        }

        Remove(AtRandom(origin => !origin.IsQuarantined && origin.Source == greediest, greediest.Count));
        Evictions++;
        return true;
    }

    private bool TryFindGreediest([NotNullWhen(true)] out RecordSource? greediest)
    {
        greediest = null;
        foreach (var candidate in _sources.Values)
        {
            if (candidate.Address != options.Own
                && (greediest is null || candidate.Count > greediest.Count || (candidate.Count == greediest.Count && candidate.Address < greediest.Address)))
            {
                greediest = candidate;
            }
        }

        return greediest is not null;
    }

    private Origin AtRandom(Func<Origin, bool> among, int count) => Buckets.All().Where(among).ElementAt(random.NextInt32(count));

    private long DueOf(Origin origin) => origin switch
    {
        { Second: { } second } => Math.Max(origin.Record.ExpiresUnixMillis, second.ExpiresUnixMillis),
        { Live: true } => origin.Record.ExpiresUnixMillis,
        _ => origin.Record.ExpiresUnixMillis + _skewMillis,
    };

    private Origin Add(LinkStateRecord record, NodeAddress address, Moment now)
    {
        if (!_sources.TryGetValue(address, out var source))
        {
            _sources.Add(address, source = new RecordSource(address));
        }

        source.Count++;
        var origin = new Origin(record, source) { Bucket = new IntervalBucket(TopologyLimits.OriginBurst, TopologyLimits.OriginIntervalMicros, now.Micros) };
        _origins.Add(record.Address, origin);
        Buckets.Add(origin);
        return origin;
    }

    private void Remove(Origin origin)
    {
        _ = _origins.Remove(origin.Address);
        Buckets.Remove(origin);
        origin.ExpiryQueued = long.MaxValue;
        if (origin.IsQuarantined)
        {
            QuarantinedCount--;
            return;
        }

        LiveCount -= origin.Live ? 1 : 0;
        Uncount(origin);
    }

    private void Uncount(Origin origin)
    {
        if (--origin.Source.Count == 0)
        {
            _ = _sources.Remove(origin.Source.Address);
        }
    }
}
