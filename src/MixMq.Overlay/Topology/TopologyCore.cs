using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// The topology protocol of one node: publishes its own link-state record, exchanges records with its neighbours, and keeps the view.
/// Pure and single-threaded.
/// </summary>
/// <remarks>
/// Driving it: call <see cref="Start"/> once, then one method for each thing that happens, and <see cref="Advance"/> when
/// <see cref="NextDeadline"/> has come (calling it earlier does no harm). <c>now</c> never goes back in its microseconds; its wall clock
/// may. Each call may write to the sink; the sink never calls back. Signatures and stored sequences are answered by later calls, never
/// from within the sink. See spec/06-topology.md.
/// </remarks>
public sealed class TopologyCore
{
    /// <summary>The furthest ahead that a deadline is: decades.</summary>
    private const long FarMillis = 1L << 40;

    private readonly TopologyOptions _options;
    private readonly OwnRecord _own;
    private readonly TopologyDatabase _database;
    private readonly RecordExchange _exchange;
    private readonly NetworkGovernance _governance;
    private readonly StatementExchange _statements;
    private readonly NetworkMap _map;
    private readonly MapInUse _mapInUse;
    private readonly MapExchange _maps;
    private readonly AdmissionWatch _watch;
    private readonly TopologyTally _tally = new();
    private TopologyView? _view = TopologyView.Empty;

    /// <summary>Makes a core that knows no one.</summary>
    /// <param name="options">The network and the node.</param>
    /// <param name="random">For jitter and eviction; used by this core alone while it is in a call.</param>
    /// <param name="storedSequence">The greatest sequence ever asked to be stored, 0 for a new node.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public TopologyCore(TopologyOptions options, IRandomSource random, ulong storedSequence)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxCellContent, 64, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RecordLimit, 2, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RecordLifetimeMillis, 1000, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.RecordLifetimeMillis, TopologyLimits.MaxLifetimeMillis, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(storedSequence, TopologyLimits.MaxSequence);
        _options = options;
        _governance = new NetworkGovernance(options);
        _own = new OwnRecord(options, _governance, random, storedSequence);
        _database = new TopologyDatabase(options, _governance, random);
        _statements = new StatementExchange(options, _governance, _tally);
        _map = new NetworkMap(options, _governance);
        _mapInUse = new MapInUse(options, _map);
        _maps = new MapExchange(options, _governance, _map, _tally);
        _watch = new AdmissionWatch(_governance, _database);
        _exchange = new RecordExchange(options, _database, _own, _statements, _maps, _watch, _tally, random);
    }

    /// <summary>When <see cref="Advance"/> is to be called, on the clock of <see cref="Moment.Micros"/>; <see cref="Moment.Never"/>: not before something happens.</summary>
    public long NextDeadline { get; private set; } = Moment.Never;

    /// <summary>The greatest own sequence used or asked to be stored.</summary>
    public ulong OwnSequence => _own.Sequence;

    /// <summary>
    /// The network as it is known now: made when it is asked for, and kept until the next change. Ask on the thread that drives the core,
    /// between two calls; what is returned never changes, and may be given to any thread.
    /// </summary>
    public TopologyView View =>
        _view ??= TopologyViewBuilder.Build(
            _database.Live(), _governance.Network, _governance.RequiresAdmission, _options.Own, _own.IsLinkUp, Digest.ToArray());

    /// <summary>The network map as it is held now: made when it is asked for, and kept until the next change. To be asked for as <see cref="View"/> is.</summary>
    public NetworkMapView Map => _mapInUse.View;

    /// <summary>Another number whenever <see cref="Map"/> has changed.</summary>
    public long MapVersion => _mapInUse.Version;

    /// <summary>The statement in use by which another key has taken the place of the own address; null: there is none. To be asked when <see cref="MapVersion"/> is another.</summary>
    public Succession? Replacement => _mapInUse.Replacement;

    /// <summary>Records in use, the own one included.</summary>
    public int RecordCount => _database.LiveCount;

    /// <summary>Origins that contradict themselves.</summary>
    public int QuarantinedCount => _database.QuarantinedCount;

    /// <summary>The evidence against origins that contradict themselves, by ascending address. Go through it between two calls.</summary>
    /// <returns>Each origin once.</returns>
    public IEnumerable<Equivocation> Quarantined() => _database.Quarantined();

    /// <summary>The sequence held of an origin; for tests.</summary>
    internal ulong SequenceOf(NodeAddress address) => _database.Find(address)?.Sequence ?? 0;

    /// <summary>The database by buckets; for tests.</summary>
    internal DatabaseBuckets Buckets => _database.Buckets;

    /// <summary>32 bytes for HELLO: equal at two nodes that hold the same records. Of this moment, also where the view is still being gathered.</summary>
    public ReadOnlySpan<byte> Digest => _database.Buckets.Digest();

    /// <summary>The record in use of a node.</summary>
    /// <param name="origin">Any address.</param>
    /// <returns>The record; null where there is none, it has expired, or its origin is quarantined.</returns>
    public LinkStateRecord? Find(NodeAddress origin) => _database.Find(origin);

    /// <summary>How often something happened since the start.</summary>
    /// <param name="counter">What to ask for.</param>
    /// <returns>The count.</returns>
    public long Count(TopologyCounter counter) => counter == TopologyCounter.Evicted ? _database.Evictions : _tally[counter];

    /// <summary>Whether an answer is for this core.</summary>
    /// <param name="id">The id of a signature or verification.</param>
    /// <returns>Whether this core asked for it and hasn't been answered.</returns>
    public bool Owns(RequestId id) => _own.Owns(id) || _exchange.Owns(id) || _statements.Owns(id) || _maps.Owns(id);

    /// <summary>How the network is governed; null: this node was told of no authorities.</summary>
    /// <param name="now">The present.</param>
    /// <returns>A copy of everything.</returns>
    public AdmissionSnapshot? Admission(Moment now)
    {
        if (_governance.Snapshot(now.UnixMillis) is not { } snapshot)
        {
            return null;
        }

        return snapshot with
        {
            MapEntries = _map.Count - _map.SuccessionCount,
            Successions = _map.SuccessionCount,
            Replacement = Replacement,
        };
    }

    /// <summary>Whether there must be no link with an address, because its admission was revoked.</summary>
    /// <param name="address">Any.</param>
    /// <param name="now">The present.</param>
    /// <returns>Whether it is kept out.</returns>
    public bool IsExcluded(NodeAddress address, Moment now) => _governance.IsExcluded(address, now.UnixMillis);

    /// <summary>Begins.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void Start<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _governance.Start(now);
        _mapInUse.Start(now);
        _own.Start(now);
        Drain(now, ref sink);
    }

    /// <summary>Does what has become due.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        Drain(now, ref sink);
    }

    /// <summary>A link is up, and stable enough to be told of.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="neighbour">The node at its other end; told again, nothing happens.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleLinkUp<TSink>(NodeAddress neighbour, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _own.AddLink(neighbour, now);
        _exchange.AddNeighbour(neighbour, now);
        _statements.AddNeighbour(neighbour, now);
        _maps.AddNeighbour(neighbour, now);
        _watch.AddNeighbour(neighbour, now);
        Drain(now, ref sink);
    }

    /// <summary>A link is gone.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="neighbour">The node that was at its other end; one whose link isn't up is ignored.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleLinkDown<TSink>(NodeAddress neighbour, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _own.RemoveLink(neighbour, now);
        _statements.RemoveNeighbour(neighbour);
        _maps.RemoveNeighbour(neighbour);
        _watch.RemoveNeighbour(neighbour);
        if (_exchange.RemoveNeighbour(neighbour))
        {
            // At once, whatever else is being gathered: a path over a link that is down loses its packet.
            _view = null;
            sink.TopologyChanged();
        }

        Drain(now, ref sink);
    }

    /// <summary>The mix keys to publish are these, and no others.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="keys">At most <see cref="TopologyLimits.MaxMixKeys"/>, one an epoch, ascending.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleMixKeys<TSink>(ReadOnlySpan<PublishedMixKey> keys, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Length, TopologyLimits.MaxMixKeys, nameof(keys));
        _own.SetMixKeys(keys, now);
        Drain(now, ref sink);
    }

    /// <summary>Whether others may dial this node has changed, or not.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="reachable">In place of <see cref="TopologyOptions.Reachable"/>.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleReachable<TSink>(bool reachable, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _own.SetReachable(reachable, now);
        Drain(now, ref sink);
    }

    /// <summary>The content of a topology cell; cells of one link in the order in which they came.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="neighbour">Whose cell it is; of one whose link isn't up it is ignored.</param>
    /// <param name="cellContent">Unchecked bytes.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    /// <returns>Anything but <see cref="TopologyFault.None"/> is reason to close the link.</returns>
    public TopologyFault HandleMessage<TSink>(NodeAddress neighbour, ReadOnlySpan<byte> cellContent, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var fault = _exchange.HandleCell(neighbour, cellContent, now, ref sink);
        if (fault != TopologyFault.None)
        {
            _tally.Add(TopologyCounter.Faults);
        }

        Drain(now, ref sink);
        return fault;
    }

    /// <summary>The digest in a neighbour's HELLO.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="neighbour">Whose HELLO it is.</param>
    /// <param name="digest">32 bytes; another length counts as different.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleNeighbourDigest<TSink>(NodeAddress neighbour, ReadOnlySpan<byte> digest, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _exchange.HandleDigest(neighbour, digest.SequenceEqual(Digest), now);
        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="ITopologySink.RequestSign"/>.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="id">The request; one that isn't this core's is ignored.</param>
    /// <param name="signature">64 bytes.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleSigned<TSink>(RequestId id, ReadOnlySpan<byte> signature, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (_own.Owns(id) && _own.HandleSigned(signature, now) is { } record)
        {
            _tally.Add(TopologyCounter.Published);
            _database.AcceptOwn(record, now);
            _exchange.Spread(record, from: null, now);
        }

        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="ITopologySink.RequestVerifyRecord"/>.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="id">The request; one that isn't this core's is ignored.</param>
    /// <param name="valid">What <see cref="LinkStateRecord.Verify"/> said.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (_maps.Owns(id))
        {
            _mapInUse.Changed(_maps.HandleVerified(id, valid, now, ref sink));
        }
        else if (!_statements.Owns(id))
        {
            _exchange.HandleVerified(id, valid, now, ref sink);
        }
        else if (_statements.HandleVerified(id, valid, now, ref sink))
        {
            Govern(now, ref sink);
        }

        Drain(now, ref sink);
    }

    /// <summary>
    /// The operator has installed something that the authorities signed. Parameters, lists and entries of the map are verified and taken as if a neighbour had sent
    /// them, and spread; an admission certificate is this node's own, and is shown from the next record on.
    /// </summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="statement">Anything; what isn't of this network or isn't news does nothing.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleStatement<TSink>(AuthorityStatement statement, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(statement);
        if (statement is MapStatement ofMap)
        {
            _maps.Give(ofMap, now);
        }
        else if (statement is not AdmissionCertificate certificate)
        {
            _statements.Give(statement);
        }
        else if (certificate.Address == _options.Own)
        {
            _governance.Certificate = certificate;
            _own.CertificateChanged(now);
        }

        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="ITopologySink.PersistSequence"/>.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="sequence">The sequence that is durable now.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleSequencePersisted<TSink>(ulong sequence, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _own.HandlePersisted(sequence, now, ref sink);
        Drain(now, ref sink);
    }

    private void Drain<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (_governance.Advance(now))
        {
            Govern(now, ref sink);
        }

        _mapInUse.Advance(now);
        if (_database.Sweep(now))
        {
            _exchange.MarkChanged(now);
        }

        _own.Advance(now, ref sink);
        if (_exchange.Flush(now, ref sink))
        {
            _view = null;
            sink.TopologyChanged();
        }

        _exchange.Settle(now, ref sink);
        _statements.Settle(now, ref sink);
        _maps.Settle(now, ref sink);
        _watch.Check(now, ref sink);
        if (!_maps.IsVerifying && _mapInUse.TakeToBeStored())
        {
            Store(ref sink);
        }

        _mapInUse.LookAhead(now);

        NextDeadline = Math.Min(Math.Min(_own.NextDeadline, _exchange.NextDeadline), WallClockDeadline(now));
        NextDeadline = Math.Min(NextDeadline, Math.Min(Math.Min(_statements.NextDeadline, _maps.NextDeadline), _watch.NextDeadline));
    }

    // Other statements hold than before.
    private void Govern<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        _database.Recheck(now);
        if (_own.Published is { } own && _database.Find(own.Address) is null)
        {
            _database.AcceptOwn(own, now);
        }

        // At once: nobody who was revoked is to be on one more path.
        _view = null;
        sink.TopologyChanged();
        _mapInUse.Judge(now);
        Store(ref sink);
        _statements.LookAgain();
        _maps.LookAgain(now);
        _watch.Wake(now);
    }

    private void Store<TSink>(ref TSink sink)
        where TSink : ITopologySink, allows ref struct => sink.PersistStatements([.. _governance.State, .. _map.Stored]);

    private long WallClockDeadline(Moment now)
    {
        var unixMillis = Math.Min(Math.Min(_database.NextExpiryUnixMillis, _mapInUse.NextUnixMillis), _governance.NextActivationUnixMillis);

        // Statements may name times whose microseconds can't be counted: who is called earlier looks again.
        return unixMillis == long.MaxValue ? Moment.Never : now.Micros + (Math.Clamp(unixMillis - now.UnixMillis, 0, FarMillis) * Moment.MicrosPerMilli);
    }
}
