using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Overlay.Links;

/// <summary>
/// All links of a node: dialling, handshakes, HELLOs, which connection carries which link, what a peer may send and how fast.
/// Driven by <see cref="OverlayCore"/>, which drains <see cref="Changes"/> after each call.
/// </summary>
internal sealed partial class LinkCore
{
    private readonly OverlayOptions _options;
    private readonly IRandomSource _random;
    private readonly RequestIds _ids;
    private readonly OverlayCounters _counters;
    private readonly PeerTable _peers;
    private readonly Dictionary<ConnectionId, LinkConnection> _connections = [];
    private readonly Dictionary<RequestId, LinkConnection> _pending = [];
    private readonly List<LinkConnection> _scratch = [];
    private readonly LinkDeadlines _deadlines = new();
    private readonly TokenBucket _nodePackets;
    private readonly LocalState _local;
    private int _acceptedHandshakes;
    private bool _stopped;

    public LinkCore(OverlayOptions options, LocalState local, IRandomSource random, RequestIds ids, OverlayCounters counters)
    {
        _local = local;
        _options = options;
        _random = random;
        _ids = ids;
        _counters = counters;
        _peers = new PeerTable(options.Peers);

        var share = Share.Of(options, _peers.All.Length);
        _nodePackets = new TokenBucket(share.RestRate, share.RestBurst);
        foreach (var peer in _peers.All)
        {
            peer.OwnPackets = share.IsDivided ? new TokenBucket(share.Rate, share.Burst) : null;
        }
    }

    /// <summary>What the topology must be told, in order.</summary>
    public Queue<NeighbourChange> Changes { get; } = new();

    public PeerTable Peers => _peers;

    public int ConnectionCount => _connections.Count;

    public int HandshakeCount => _connections.Values.Count(connection => connection.Handshake is not null);

    public int PendingCount => _pending.Count;

    /// <summary>Kept between inputs, because most inputs are packets and those move no deadline of the links.</summary>
    public long NextDeadline
    {
        get
        {
            if (!_deadlines.IsKnown)
            {
                _deadlines.Gather(_connections.Values, _peers.All);
            }

            return _deadlines.Next;
        }
    }

    public void Start<TSink>(Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        foreach (var peer in _peers.All)
        {
            peer.SinceMicros = now.Micros;
            if (peer.Options.Dials)
            {
                peer.Dial = DialState.Waiting;
                peer.DialMicros = now.Micros;
            }
        }

        Advance(now, ref sink);
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (NextDeadline > now.Micros)
        {
            return;
        }

        _scratch.Clear();
        _deadlines.AddDue(now.Micros, _scratch);
        foreach (var connection in CollectionsMarshal.AsSpan(_scratch))
        {
            if (connection.NextDeadline <= now.Micros && _connections.ContainsKey(connection.Id))
            {
                AdvanceConnection(connection, now, ref sink);
            }
        }

        if (_deadlines.IsKnown && _deadlines.Peers > now.Micros)
        {
            return;
        }

        Touch();
        foreach (var peer in _peers.All)
        {
            AdvancePeer(peer, now, ref sink);
        }
    }

    public void HandleConnected<TSink>(ConnectionId id, ConnectionInfo info, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (info.LocalCertificateHash.Length != LinkTranscript.HashBytes || info.RemoteCertificateHash.Length != LinkTranscript.HashBytes)
        {
            throw new ArgumentException("A certificate hash is 32 bytes.", nameof(info));
        }

        Touch();
        PeerLink? dialled = null;
        if (info.DialledPeer is { } address)
        {
            dialled = _peers.Find(address);
            if (dialled is null)
            {
                // Removed while it was dialled.
                sink.Close(id, LinkCloseReason.PeerRemoved);
                return;
            }

            dialled.Dial = DialState.Connected;
        }

        var handshake = new LinkHandshake(_options, info, dialled, _random);
        var connection = new LinkConnection(
            id, handshake, dialled is not null, new TokenBucket(_options.LinkPacketsPerSecond, _options.LinkPacketBurst))
        {
            Deadline = now.Micros + LinkProtocol.HandshakeMicros,
            TrustVersion = info.TrustVersion,
        };
        _connections.Add(id, connection);
        if (!connection.Dialled)
        {
            _acceptedHandshakes++;
        }

        if (_stopped)
        {
            Close(connection, LinkCloseReason.Stopping, now, ref sink);
            return;
        }

        if (dialled?.Options.TrustVersion > info.TrustVersion)
        {
            // TLS came up by the setting before: nobody's fault, and dialled again at once.
            Close(connection, LinkCloseReason.TrustChanged, now, ref sink);
            DialAnew(dialled, now);
            return;
        }

        var step = _acceptedHandshakes > LinkTuning.AcceptedHandshakes && !connection.Dialled
            ? handshake.Refuse(LinkRefusalReason.TooManyHandshakes)
            : handshake.Start();
        Apply(connection, step, now, ref sink);
    }

    public void HandleDialFailed<TSink>(NodeAddress address, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        _ = sink;
        Touch();
        if (_peers.Find(address) is { Dial: DialState.Dialling } peer)
        {
            peer.Dial = DialState.None;
            ScheduleDial(peer, now);
        }
    }

    public void HandleDisconnected<TSink>(ConnectionId id, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (!_connections.TryGetValue(id, out var connection))
        {
            return;
        }

        Touch();
        if (connection.Handshake is { } handshake)
        {
            Refuse(connection, handshake.Refuse(LinkRefusalReason.ClosedByPeer).Refusal!.Value, tellShell: false, now, ref sink);
        }
        else if (!connection.Lingers && !connection.Hello!.IsUp)
        {
            Refuse(connection, new LinkRefusal(LinkRefusalReason.ClosedByPeer, connection.Peer!.Options.Name), tellShell: false, now, ref sink);
        }
        else
        {
            Remove(connection, LinkCloseReason.Disconnected, clean: false, now, ref sink);
        }
    }

    /// <summary>False: the request isn't the links'.</summary>
    public bool HandleSigned<TSink>(RequestId id, ReadOnlySpan<byte> signature, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (!TryTakePending(id, out var connection))
        {
            return false;
        }

        Apply(connection, connection.Handshake!.HandleSigned(signature), now, ref sink);
        return true;
    }

    /// <summary>False: the request isn't the links'.</summary>
    public bool HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (!TryTakePending(id, out var connection))
        {
            return false;
        }

        Apply(connection, connection.Handshake!.HandleVerified(valid), now, ref sink);
        return true;
    }

    /// <summary>Sends a piece of a topology message to a neighbour; one that is no longer there gets nothing.</summary>
    public void SendTopology<TSink>(NodeAddress neighbour, ReadOnlySpan<byte> content, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (_peers.Find(neighbour)?.Current is { } connection)
        {
            sink.SendControl(connection.Id, content, CellType.Topology);
        }
    }

    /// <summary>Sends a packet to a neighbour. False: its link is down, and the caller still owns the packet.</summary>
    public bool TrySendPacket<TSink>(int peer, PacketBuffer packet, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (_peers[peer] is not { Current: { } connection } link)
        {
            return false;
        }

        packet.Cell[0] = (byte)CellType.Packet;
        link.PacketsOut++;
        sink.SendPacket(connection.Id, packet);
        return true;
    }

    /// <summary>The topology found that a neighbour breaks its protocol, or doesn't belong to the network.</summary>
    public void CloseNeighbour<TSink>(NodeAddress neighbour, LinkCloseReason reason, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (_peers.Find(neighbour) is not { } peer)
        {
            return;
        }

        Touch();
        if (reason == LinkCloseReason.NotAdmitted)
        {
            // On whatever else it has, too: nothing must take over.
            peer.Backoff.Slow();
            foreach (var other in peer.Established.Where(other => other != peer.Current).ToArray())
            {
                Close(other, reason, now, ref sink);
            }
        }

        if (peer.Current is { } connection)
        {
            Close(connection, reason, now, ref sink);
        }
    }

    public void Stop<TSink>(Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        Touch();
        _stopped = true;
        DropHandovers();
        ReadOnlySpan<byte> goodbye = [(byte)ControlKind.Goodbye];
        foreach (var connection in _connections.Values.ToArray())
        {
            if (connection.Hello is not null && !connection.Lingers)
            {
                sink.SendControl(connection.Id, goodbye, CellType.Control);
            }

            Close(connection, LinkCloseReason.Stopping, now, ref sink);
        }

        foreach (var peer in _peers.All)
        {
            peer.Dial = DialState.None;
            peer.RenewMicros = Moment.Never;
        }
    }

    private void Touch() => _deadlines.Forget();

    private bool TryTakePending(RequestId id, [NotNullWhen(true)] out LinkConnection? connection)
    {
        if (!_pending.Remove(id, out connection))
        {
            return false;
        }

        Touch();
        connection.Pending = null;
        return true;
    }

    private void Apply<TSink>(LinkConnection connection, in HandshakeStep step, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (step.Refusal is null && connection.Handshake?.Peer is { } peer && _local.IsExcluded(peer.Options.Address, now))
        {
            Refuse(connection, connection.Handshake.Refuse(LinkRefusalReason.NotAdmitted).Refusal!.Value, tellShell: true, now, ref sink);
            return;
        }

        if (step.Send is { } content)
        {
            sink.SendControl(connection.Id, content, CellType.Control);
        }

        if (step.Sign is { } toSign)
        {
            sink.RequestSign(Await(connection), toSign);
        }

        if (step.Verify is { } toVerify)
        {
            sink.RequestVerify(Await(connection), connection.Handshake!.Peer!.Options.Address, toVerify, step.Signature);
        }

        if (step.Established)
        {
            Establish(connection, now, ref sink);
        }

        if (step.Refusal is { } refusal)
        {
            Refuse(connection, refusal, tellShell: true, now, ref sink);
        }
    }

    private RequestId Await(LinkConnection connection)
    {
        var id = _ids.Next();
        connection.Pending = id;
        _pending.Add(id, connection);
        return id;
    }

    private void Refuse<TSink>(LinkConnection connection, LinkRefusal refusal, bool tellShell, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        _counters.Refuse(refusal.Reason);
        var peer = connection.Peer ?? connection.Handshake?.Peer;
        if (peer is not null)
        {
            peer.LastRefusal = refusal;
            if (connection.Dialled && refusal.NeedsOperator)
            {
                peer.Backoff.Slow();
            }
        }

        // Port scanners and health probes connect and hang up: counted, but no news.
        if (peer is not null || refusal.Reason != LinkRefusalReason.ClosedByPeer)
        {
            sink.LinkEvent(new LinkEvent(LinkEventKind.TurnedAway, refusal.Peer, refusal));
        }

        if (tellShell)
        {
            sink.Close(connection.Id, LinkCloseReason.Refused);
        }

        Remove(connection, LinkCloseReason.Refused, clean: false, now, ref sink);
    }
}
