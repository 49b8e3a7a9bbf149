using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Map;
using MixMq.Overlay.Mixing;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <summary>
/// The overlay of one node, float or endpoint alike: its links, its view of the network, its mixing. Pure: no I/O, no clock, no threads.
/// </summary>
/// <remarks>
/// <b>Driving it.</b> One input, then drain: call <see cref="Start"/> once, then one <c>Handle…</c> method for each thing that happens, and
/// <see cref="Advance"/> when <see cref="NextDeadline"/> has come (earlier does no harm). Every call takes the present time, whose microseconds
/// never go back, and writes what is to be done to the sink during the call. Requests are answered by later calls, never from within the sink.
/// <b>Threads.</b> One at a time, for everything but <see cref="Count"/>, which any thread may call.
/// <b>Buffers.</b> A <see cref="PacketBuffer"/> that is handed in belongs to the core, one that is handed to the sink to the shell.
/// Source: spec/04-links.md, spec/05-mixing.md, spec/06-topology.md.
/// </remarks>
public sealed partial class OverlayCore
{
    private readonly OverlayOptions _options;
    private readonly OverlayCounters _counters = new();
    private readonly RequestIds _ids = new();
    private readonly Queue<NodeAddress> _faulty = new();
    private readonly Queue<NodeAddress> _unadmitted = new();
    private readonly LinkCore _links;
    private readonly TopologyCore _topology;
    private readonly MixKeyRing _keys;
    private readonly PacketFlow _packets;
    private long _wallClockMillis = long.MinValue / 2;
    private bool _stopped;

    /// <summary>Makes a core; nothing happens before <see cref="Start"/>.</summary>
    /// <param name="options">Options in which <see cref="OverlayOptions.Validate"/> finds nothing wrong.</param>
    /// <param name="random">For nonces and jitter; used by this core during calls into it alone.</param>
    /// <param name="storedSequence">The greatest sequence that the shell was ever asked to store for this identity; 0 for a new node.</param>
    /// <exception cref="ArgumentException">The options aren't valid.</exception>
    public OverlayCore(OverlayOptions options, IRandomSource random, ulong storedSequence)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        var errors = options.Validate();
        if (!errors.IsEmpty)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        }

        _options = options;
        _keys = new MixKeyRing(options.Network);
        _topology = new TopologyCore(
            new TopologyOptions
            {
                Network = options.Network,
                Own = options.Own,
                Relays = options.Relays,
                Reachable = options.Peers.Any(peer => peer.Accepts),
                PublicEndpoints = options.PublicEndpoints,
                MaxCellContent = LinkCell.ContentRoom(options.Network.CellBytes),
                RecordLifetimeMillis = options.RecordLifetimeMillis,
                RecordLimit = options.RecordLimit,
                Admission = options.Admission,
            },
            random,
            storedSequence);
        _links = new LinkCore(options, new LocalState(_keys, _topology), random, _ids, _counters);
        _packets = new PacketFlow(options, _links, _keys, _counters);
    }

    /// <summary>When <see cref="Advance"/> is due, in <see cref="Moment.Micros"/>; <see cref="Moment.Never"/> before the start and after the stop.</summary>
    public long NextDeadline { get; private set; } = Moment.Never;

    /// <summary>The network as this node knows it now: made when it is asked for and kept until the next change. Immutable once it is there.</summary>
    public TopologyView View => _topology.View;

    /// <summary>The network map as this node holds it now; made as <see cref="View"/> is.</summary>
    public NetworkMapView Map => _topology.Map;

    /// <summary>Another number whenever <see cref="Map"/> has changed.</summary>
    public long MapVersion => _topology.MapVersion;

    /// <summary>The statement in use by which another key has taken the place of the own address; null: there is none. Another one only where <see cref="MapVersion"/> is another.</summary>
    public Succession? Replacement => _topology.Replacement;

    /// <summary>Begins: asks for mix keys, dials, publishes.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void Start<TSink>(Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        UpdateKeys(now, ref sink);
        var output = Output(ref sink);
        _topology.Start(now, ref output);
        _links.Start(now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>Does what is due: HELLOs, dials, delayed packets, epochs, expiry.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (_stopped)
        {
            return;
        }

        _packets.ForwardDue(now, ref sink);
        UpdateKeys(now, ref sink);
        if (_topology.NextDeadline <= now.Micros || WallClockWasSet(now))
        {
            var output = Output(ref sink);
            _topology.Advance(now, ref output);
        }

        _links.Advance(now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>A connection is there and TLS is up, whichever end opened it.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="id">A new id.</param>
    /// <param name="info">What TLS told.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    /// <exception cref="ArgumentException">The id was used before, or the info isn't what its documentation says.</exception>
    public void HandleConnected<TSink>(ConnectionId id, ConnectionInfo info, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        ArgumentNullException.ThrowIfNull(info);
        _links.HandleConnected(id, info, now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>A connection that <see cref="IOverlaySink.Dial"/> asked for couldn't be made; it is tried again after a back-off.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="peer">The peer that was dialled.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleDialFailed<TSink>(NodeAddress peer, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        _links.HandleDialFailed(peer, now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>A cell has arrived; cells of one connection in their order.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="id">The connection; of one that the core has closed the cell is dropped.</param>
    /// <param name="cell">Ownership moves to the core.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleCell<TSink>(ConnectionId id, PacketBuffer cell, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        ArgumentNullException.ThrowIfNull(cell);
        switch (_links.HandleCell(id, cell, now, ref sink, out var peer, out var content))
        {
            case CellOutcome.Packet:
                Unwrap(cell, now, ref sink);
                return;
            case CellOutcome.Topology:
                var output = Output(ref sink);
                if (_topology.HandleMessage(peer!.Options.Address, content, now, ref output) != TopologyFault.None)
                {
                    _faulty.Enqueue(peer.Options.Address);
                }

                break;
            case CellOutcome.Digest:
                output = Output(ref sink);
                _topology.HandleNeighbourDigest(peer!.Options.Address, content, now, ref output);
                break;
            default:
                break;
        }

        cell.Return();
        Drain(now, ref sink);
    }

    /// <summary>A connection has ended.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="id">The connection; one that the core has closed is ignored.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleDisconnected<TSink>(ConnectionId id, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        _links.HandleDisconnected(id, now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IOverlaySink.RequestSign"/>.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="id">The request; one that nobody waits for any more is ignored.</param>
    /// <param name="signature">64 bytes.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    /// <exception cref="ArgumentException">The signature hasn't 64 bytes.</exception>
    public void HandleSigned<TSink>(RequestId id, ReadOnlySpan<byte> signature, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (signature.Length != Ed25519.SignatureBytes)
        {
            throw new ArgumentException("A signature is 64 bytes.", nameof(signature));
        }

        if (!_links.HandleSigned(id, signature, now, ref sink) && _topology.Owns(id))
        {
            var output = Output(ref sink);
            _topology.HandleSigned(id, signature, now, ref output);
        }

        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IOverlaySink.RequestVerify"/> and <see cref="IOverlaySink.RequestVerifyRecord"/>.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="id">The request; one that nobody waits for any more is ignored.</param>
    /// <param name="valid">Whether what was asked holds.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (!_links.HandleVerified(id, valid, now, ref sink) && _topology.Owns(id))
        {
            var output = Output(ref sink);
            _topology.HandleVerified(id, valid, now, ref output);
        }

        Drain(now, ref sink);
    }

    /// <summary>
    /// A reply that this node's endpoint has made with a SURB, whose first hop is this node itself (spec/03 §7): it is unwrapped like any packet, held, and sent to a neighbour, also by a node that relays nothing
    /// else.
    /// </summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="packet">Ownership moves to the core.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleOwnReply<TSink>(PacketBuffer packet, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        ArgumentNullException.ThrowIfNull(packet);
        if (_stopped)
        {
            _packets.Drop(packet, DropCause.Stopped);
            return;
        }

        UpdateKeys(now, ref sink);
        _packets.UnwrapOwn(packet, now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IOverlaySink.RequestUnwrap"/>.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="packet">The same buffer, unwrapped in place; ownership moves back to the core.</param>
    /// <param name="result">The outcome.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleUnwrapped<TSink>(PacketBuffer packet, in UnwrapResult result, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        ArgumentNullException.ThrowIfNull(packet);
        if (_stopped)
        {
            _packets.Drop(packet, DropCause.Stopped);
            return;
        }

        _packets.HandleUnwrapped(packet, result, ref sink);
        Schedule(now);
    }

    /// <summary>Answers <see cref="IOverlaySink.RequestMixKey"/>: there is no memory for it. It is asked for again after a second.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="epoch">Of the key.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleMixKeyFailed<TSink>(uint epoch, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        _keys.Fail(epoch, now.UnixMillis);
        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IOverlaySink.RequestMixKey"/>.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="key">Ownership moves to the core, which disposes of it when its time has passed.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleMixKey<TSink>(MixKey key, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        ArgumentNullException.ThrowIfNull(key);
        if (_stopped)
        {
            key.Dispose();
            return;
        }

        if (_keys.Add(key, now.UnixMillis))
        {
            Publish(now, ref sink);
        }

        Drain(now, ref sink);
    }

    /// <summary>Answers <see cref="IOverlaySink.PersistSequence"/>.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="sequence">The sequence that is durable now.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleSequencePersisted<TSink>(ulong sequence, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        var output = Output(ref sink);
        _topology.HandleSequencePersisted(sequence, now, ref output);
        Drain(now, ref sink);
    }

    /// <summary>The operator has installed something that the network's authorities signed; see <see cref="TopologyCore.HandleStatement"/>.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="statement">Anything; what isn't of this network or isn't news does nothing.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandleStatement<TSink>(AuthorityStatement statement, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        ArgumentNullException.ThrowIfNull(statement);
        if (!_stopped)
        {
            var output = Output(ref sink);
            _topology.HandleStatement(statement, now, ref output);
        }

        Drain(now, ref sink);
    }

    /// <summary>Hands something over to a peer, now and on each connection to come, in place of what was to be handed over of its kind.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="peer">A configured peer that expects it; for any other address nothing happens.</param>
    /// <param name="message">Ownership moves to the core.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void HandOver<TSink>(NodeAddress peer, HandoverMessage message, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        ArgumentNullException.ThrowIfNull(message);
        _links.HandOver(peer, message, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>
    /// Ends: says goodbye on every link, closes all connections, drops what waits, destroys the keys. Inputs that still come are dropped. A shell
    /// that wants to drain waits until <see cref="OverlaySnapshot.Delayed"/> is 0 first.
    /// </summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void Stop<TSink>(Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (_stopped)
        {
            return;
        }

        _packets.ForwardDue(now, ref sink);
        _stopped = true;
        _links.Stop(now, ref sink);
        _links.Changes.Clear();
        _packets.Stop();
        _keys.Destroy();
        NextDeadline = Moment.Never;
    }

    /// <summary>Which connection carries the link to a neighbour now.</summary>
    /// <param name="neighbour">Any address.</param>
    /// <param name="id">The connection; default where there is none.</param>
    /// <returns>Whether the link is up.</returns>
    public bool TryGetLink(NodeAddress neighbour, out ConnectionId id)
    {
        var connection = _links.Peers.Find(neighbour)?.Current;
        id = connection?.Id ?? default;
        return connection is not null;
    }

    /// <summary>The record in use of a node. It is immutable and may be given to any thread.</summary>
    /// <param name="origin">Any address.</param>
    /// <returns>The record; null where there is none, it has expired, or its origin is quarantined.</returns>
    public LinkStateRecord? FindRecord(NodeAddress origin) => _topology.Find(origin);

    /// <summary>Counts what the shell drops. Any thread may call it at any time.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="count">How many; not negative.</param>
    public void Count(DropCause cause, long count = 1) => _counters.Drop(cause, count);

    /// <summary>What can be shown of the node's overlay.</summary>
    /// <param name="now">The present.</param>
    /// <returns>A copy of everything.</returns>
    public OverlaySnapshot Snapshot(Moment now) => new()
    {
        Taken = now,
        Links = [.. _links.Peers.All.ToArray().Select(peer => peer.Snapshot())],
        Connections = _links.ConnectionCount,
        Handshakes = _links.HandshakeCount,
        Drops = _counters.Drops(),
        Refusals = _counters.Refusals(),
        Epoch = _keys.Epoch,
        KeyEpochs = [.. _keys.Epochs],
        Delayed = _packets.Delayed,
        Relayed = _packets.Relayed,
        Delivered = _packets.Delivered,
        CoverEnded = _packets.CoverEnded,
        OwnSequence = _topology.OwnSequence,
        Admission = _topology.Admission(now),
        TopologyRecords = _topology.RecordCount,
        QuarantinedOrigins = _topology.QuarantinedCount,
        Equivocations = [.. _topology.Quarantined().Take(OverlaySnapshot.MostEquivocations)],
        TopologyDigest = ImmutableArray.Create(_topology.Digest),
    };

    /// <summary>Signatures and verifications that a handshake waits for; for tests.</summary>
    internal int PendingHandshakeRequests => _links.PendingCount;
}
