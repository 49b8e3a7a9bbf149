using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// When the own record is published, and under which sequence. Each publication goes: sequence stored durably, content signed, record
/// flooded. What changes meanwhile waits for the next.
/// </summary>
/// <remarks>
/// The node paces itself by the bucket that others hold it to. Lost links and a jump over a record heard may take the last token; new
/// links and keys leave it, so that a lost link is never kept waiting by them.
/// </remarks>
internal sealed class OwnRecord(TopologyOptions options, NetworkGovernance governance, IRandomSource random, ulong storedSequence)
{
    private enum Stage
    {
        Idle,
        Persisting,
        Signing,
    }

    private readonly SortedSet<NodeAddress> _links = [];
    private PublishedMixKey[] _mixKeys = [];
    private IntervalBucket _bucket;
    private Stage _stage;
    private RequestId _signature;
    private byte[] _signedMessage = [];
    private long _urgentSince = Moment.Never;
    private long _changedSince = Moment.Never;
    private long _changedLast = Moment.Never;
    private long _refreshAt = Moment.Never;
    private long _issuedUnixMillis;
    private bool _mustPass;
    private bool _reachable = options.Reachable;

    /// <summary>The greatest sequence used, or to be passed over.</summary>
    public ulong Sequence { get; private set; } = storedSequence;

    public LinkStateRecord? Published { get; private set; }

    public void Start(Moment now) => _bucket = new IntervalBucket(TopologyLimits.OriginBurst, TopologyLimits.OriginIntervalMicros, now.Micros);

    public bool Owns(RequestId id) => _stage == Stage.Signing && id == _signature;

    public bool IsLinkUp(NodeAddress neighbour) => _links.Contains(neighbour);

    public void AddLink(NodeAddress neighbour, Moment now)
    {
        if (_links.Add(neighbour))
        {
            Change(now);
        }
    }

    public void RemoveLink(NodeAddress neighbour, Moment now)
    {
        if (_links.Remove(neighbour))
        {
            _urgentSince = Math.Min(_urgentSince, now.Micros);
        }
    }

    public void SetReachable(bool reachable, Moment now)
    {
        if (reachable != _reachable)
        {
            _reachable = reachable;
            Change(now);
        }
    }

    public void SetMixKeys(ReadOnlySpan<PublishedMixKey> keys, Moment now)
    {
        if (!keys.SequenceEqual(_mixKeys))
        {
            _mixKeys = keys.ToArray();
            if (!IsPublishedAhead())
            {
                Change(now);
                return;
            }

            // Others know the keys of this epoch and the next, so a new epoch is no reason for the whole network to publish at once.
            var epoch = options.Network.EpochSeconds * Moment.MicrosPerSecond;
            if (_refreshAt > now.Micros + epoch)
            {
                _refreshAt = now.Micros + (long)(epoch * (0.25 + (0.5 * random.NextDouble())));
            }
        }
    }

    /// <summary>Another certificate is to be shown.</summary>
    public void CertificateChanged(Moment now) => Change(now);

    /// <summary>A verified record of our own was heard that isn't the one we published last.</summary>
    /// <returns>Whether it forces us past it.</returns>
    public bool Hear(LinkStateRecord record, Moment now)
    {
        if (record.Sequence < Sequence || (record.Sequence == Sequence && Published?.Hash == record.Hash))
        {
            return false;
        }

        Sequence = record.Sequence;
        _mustPass = true;
        _urgentSince = Math.Min(_urgentSince, now.Micros);
        return true;
    }

    /// <summary>When <see cref="Advance"/> is to be called, in microseconds.</summary>
    public long NextDeadline
    {
        get
        {
            // Without a link there is nobody to tell, and without keys nothing to say.
            if (_stage != Stage.Idle || _links.Count == 0 || _mixKeys.Length == 0 || Sequence >= TopologyLimits.MaxSequence)
            {
                return Moment.Never;
            }

            var urgent = _urgentSince == Moment.Never
                ? Moment.Never
                : Math.Max(_urgentSince + TopologyLimits.LinkDownMicros, _bucket.WhenHolds(1));
            var changed = _changedSince == Moment.Never
                ? Moment.Never
                : Math.Max(
                    Math.Min(_changedLast + TopologyLimits.LinkUpQuietMicros, _changedSince + TopologyLimits.LinkUpLongestMicros),
                    _bucket.WhenHolds(TopologyLimits.OriginBurst));
            var refresh = _refreshAt == Moment.Never ? Moment.Never : Math.Max(_refreshAt, _bucket.WhenHolds(1));
            return Math.Min(Math.Min(urgent, changed), refresh);
        }
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        // A wall clock that was set may bring the expiry nearer, or put the record into the future.
        if (Published is not null
            && (now.UnixMillis - _issuedUnixMillis >= options.RecordLifetimeMillis * 3 / 4
                || now.UnixMillis < _issuedUnixMillis - (options.Network.SkewSeconds * 1000L)))
        {
            _refreshAt = Math.Min(_refreshAt, now.Micros);
        }

        if (NextDeadline > now.Micros)
        {
            return;
        }

        if (SaysAllAlready(now))
        {
            // A link that was down for a moment, or moved to another connection: nothing to tell anybody, and no token to spend on it.
            _urgentSince = _changedSince = _changedLast = Moment.Never;
            return;
        }

        if (!_bucket.TryTake(now.Micros))
        {
            return;
        }

        Sequence = Math.Max(Sequence + 1, Math.Min((ulong)Math.Max(0, now.UnixMillis), TopologyLimits.MaxSequence));
        _stage = Stage.Persisting;
        sink.PersistSequence(Sequence);
    }

    public void HandlePersisted<TSink>(ulong sequence, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (_stage != Stage.Persisting)
        {
            return;
        }

        if (sequence != Sequence)
        {
            // Heard meanwhile: what was stored is no longer enough. Hear has asked for another round.
            _stage = Stage.Idle;
            return;
        }

        _urgentSince = _changedSince = _changedLast = _refreshAt = Moment.Never;
        _mustPass = false;
        _issuedUnixMillis = Math.Max(0, now.UnixMillis);
        var certificate = governance.CertificateAt(_issuedUnixMillis);
        var draft = new LinkStateDraft
        {
            Address = options.Own,
            Sequence = sequence,
            IssuedUnixMillis = _issuedUnixMillis,
            ExpiresUnixMillis = Math.Min(_issuedUnixMillis + options.RecordLifetimeMillis, certificate?.NotAfterUnixMillis ?? long.MaxValue),
            Flags = (options.Relays ? LinkStateFlags.Relays : LinkStateFlags.None) | (_reachable ? LinkStateFlags.Reachable : LinkStateFlags.None),
            MixKeys = [.. _mixKeys],
            Neighbours = [.. _links.Take(TopologyLimits.MaxNeighbours)],
            Endpoints = options.PublicEndpoints,
            Certificate = certificate,
        };
        _signedMessage = draft.ToSignedMessage(options.Network.Definition);
        _stage = Stage.Signing;
        _signature = sink.NextRequestId();
        sink.RequestSign(_signature, _signedMessage);
    }

    /// <summary>The record is signed.</summary>
    /// <returns>The record to flood, or null if it was overtaken.</returns>
    public LinkStateRecord? HandleSigned(ReadOnlySpan<byte> signature, Moment now)
    {
        _stage = Stage.Idle;
        var encoded = LinkStateDraft.Complete(_signedMessage, signature);
        var error = LinkStateRecord.TryParse(encoded, options.Network.Definition, out var record);
        if (record is null)
        {
            throw new InvalidOperationException($"The own link-state record isn't valid: {error}.");
        }

        // Half the lifetime, a tenth more or less, so that nodes started together don't refresh together.
        var refresh = options.RecordLifetimeMillis * (0.4 + (0.2 * random.NextDouble()));
        _refreshAt = now.Micros + (long)(refresh * 1000);
        if (record.Sequence != Sequence)
        {
            return null;
        }

        Published = record;
        return record;
    }

    private bool SaysAllAlready(Moment now) =>
        Published is not null && !_mustPass && _refreshAt > now.Micros
        && Published.Flags.HasFlag(LinkStateFlags.Reachable) == _reachable
        && Published.Neighbours.AsSpan().SequenceEqual(_links.Take(TopologyLimits.MaxNeighbours).ToArray())
        && Shows(Published, governance.CertificateAt(now.UnixMillis))
        && (Published.MixKeys.AsSpan().SequenceEqual(_mixKeys) || IsPublishedAhead());

    private static bool Shows(LinkStateRecord record, AdmissionCertificate? certificate) => certificate is null
        ? record.Certificate is null
        : record.Certificate is { } shown && shown.Encoded.Span.SequenceEqual(certificate.Encoded.Span);

    // The whole number of keys was published, and the first two of those to publish now, the current and the next, are among them.
    private bool IsPublishedAhead() =>
        Published is { MixKeys.Length: > NetworkParameters.EpochsAhead } && _mixKeys.Length > 1
        && Published.MixKeys.Contains(_mixKeys[0]) && Published.MixKeys.Contains(_mixKeys[1]);

    private void Change(Moment now)
    {
        _changedSince = Math.Min(_changedSince, now.Micros);
        _changedLast = now.Micros;
    }
}
