using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Network;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Time;
using MixMq.Sphinx;

namespace MixMq.Simulation.Nodes;

/// <content>What the overlay core asks for, and what reaches it.</content>
public partial class SimNode
{
    private readonly Dictionary<ConnectionId, SimEnd> _ends = [];
    private readonly List<SimEnd> _dirty = [];
    private readonly List<MixKey> _keys = [];
    private long _lastConnection;
    private long _readerFreeAt;
    private bool _isDriving;
    private bool _viewIsPosted;
    private bool _mapIsPosted;

    /// <summary>Buffers for packets; a bound of the process, taken as they are needed.</summary>
    public PacketPool Pool { get; private set; } = null!;

    /// <summary>Buffers for all other cells.</summary>
    public PacketPool ControlPool { get; private set; } = null!;

    /// <summary>Cells that wait for writers, over all connections.</summary>
    public int QueuedCells => _ends.Values.Sum(end => end.Queued);

    /// <summary>Cells that wait for the writer of the link to a neighbour.</summary>
    public int QueuedTo(SimNode other) => _ends.Values.Where(end => end.Peer == other).Sum(end => end.Queued);

    internal SimRandom Dice => _dice;

    internal ConnectionId NextConnection() => new(++_lastConnection);

    /// <summary>When the node's reader comes to a cell that is there now.</summary>
    internal long ReserveReader(long now)
    {
        if (MicrosPerCell == 0 && _readerFreeAt <= now)
        {
            return now;
        }

        World.Marks.Hit(Mark.SlowReader);
        _readerFreeAt = Math.Max(now, _readerFreeAt) + MicrosPerCell;
        return _readerFreeAt;
    }

    internal void Connected(SimEnd end, ConnectionInfo info)
    {
        _ends.Add(end.Id, end);
        Enter();
        _core!.HandleConnected(end.Id, info, Now, ref _port);
        Leave();
    }

    internal void DialFailed(NodeAddress peer)
    {
        if (_core is not null)
        {
            Enter();
            _core.HandleDialFailed(peer, Now, ref _port);
            Leave();
        }
    }

    internal void CellArrived(SimEnd end, Span<byte> bytes)
    {
        if (!OnReading(end.Peer, bytes))
        {
            return;
        }

        // Only packets may be lost; topology and control cells have buffers of their own, which packets can't use up.
        var droppable = (CellType)bytes[0] is CellType.Packet or CellType.Padding;
        if (!(droppable ? Pool : ControlPool).TryRent(out var cell))
        {
            _core!.Count(DropCause.PoolEmpty);
            World.Marks.Hit(Mark.PoolEmpty);
            if (!droppable)
            {
                end.Close();
            }

            return;
        }

        World.Events.CellArrived(end.Peer, this, bytes);
        bytes.CopyTo(cell.Cell);
        Enter();
        _core!.HandleCell(end.Id, cell, Now, ref _port);
        Leave();
    }

    internal void Disconnected(SimEnd end)
    {
        if (_ends.Remove(end.Id) && _core is not null)
        {
            Enter();
            _core.HandleDisconnected(end.Id, Now, ref _port);
            Leave();
        }
    }

    /// <summary>What was stored of what the authorities said; it outlives the process.</summary>
    public ImmutableArray<AuthorityStatement> Statements { get; private set; } = [];

    /// <summary>The operator installs something that the authorities signed.</summary>
    public void Give(AuthorityStatement statement)
    {
        Enter();
        _core!.HandleStatement(statement, Now, ref _port);
        Leave();
    }

    internal void PersistStatements(ImmutableArray<AuthorityStatement> statements) => Statements = statements;

    /// <summary>Has the core hand something over to a peer.</summary>
    public void HandOver(NodeAddress peer, HandoverMessage message)
    {
        Enter();
        _core!.HandOver(peer, message, Now, ref _port);
        Leave();
    }

    /// <summary>Has the core take a new peer, without a restart.</summary>
    public void AddPeer(PeerOptions peer)
    {
        Enter();
        _core!.AddPeer(peer, Now, ref _port);
        Leave();
    }

    /// <summary>Has the core forget a peer, without a restart.</summary>
    public void RemovePeer(NodeAddress peer)
    {
        Enter();
        _core!.RemovePeer(peer, Now, ref _port);
        Leave();
    }

    /// <summary>Has the core take other settings of a peer, without a restart.</summary>
    public void ChangePeer(PeerOptions peer, bool renew = false)
    {
        Enter();
        _core!.ChangePeer(peer, renew, Now, ref _port);
        Leave();
    }

    internal void Dial(NodeAddress peer)
    {
        World.Events.Dialled(this, peer);
        World.Network.Dial(this, peer);
    }

    internal void SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type)
    {
        if (!_ends.TryGetValue(id, out var end))
        {
            return;
        }

        if (!ControlPool.TryRent(out var cell))
        {
            _core!.Count(DropCause.PoolEmpty);
            World.Marks.Hit(Mark.PoolEmpty);
            return;
        }

        World.Events.ControlSent(this, end.Peer, type, content);
        LinkCell.Write(type, content, cell.Cell);
        Enqueue(end, cell);
    }

    internal void SendPacket(ConnectionId id, PacketBuffer packet)
    {
        if (_ends.TryGetValue(id, out var end))
        {
            World.Events.PacketSent(this, end.Peer, packet.Packet, own: false);
            Enqueue(end, packet);
        }
        else
        {
            packet.Return();
            _core!.Count(DropCause.NoLink);
        }
    }

    internal void Close(ConnectionId id)
    {
        if (_ends.TryGetValue(id, out var end))
        {
            end.Close();
        }
    }

    internal void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        World.Events.SignatureWanted(this, message);
        var signature = new byte[Ed25519.SignatureBytes];
        Sign(message, signature);
        Answer(NodeEvent.Signed, id.Value, signature);
    }

    internal void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var valid = World.Crypto.Verify(signer, message, signature);
        World.Events.SignatureChecked(this, signer, message, valid);
        Answer(NodeEvent.Verified, id.Value, valid ? this : null);
    }

    internal void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage)
    {
        var valid = World.Crypto.VerifyRecord(record, signedMessage);
        World.Events.SignatureChecked(this, record.Address, signedMessage, valid);
        Answer(NodeEvent.Verified, id.Value, valid ? this : null);
    }

    internal void RequestMixKey(uint epoch)
    {
        if (epoch > 0 && _keys.Count > 3)
        {
            World.Marks.Hit(Mark.EpochTurned);
        }

        var key = World.Crypto.CreateMixKey(epoch, World.Options.ReplayCapacity, _random);
        _keys.RemoveAll(old => old.IsDisposed);
        _keys.Add(key);
        Answer(NodeEvent.MixKeyMade, 0, key);
    }

    internal void TopologyChanged()
    {
        World.Events.ViewChanged(this);

        // As in the shipping shell, which asks for the view once a round however often it changed, and in a float never.
        if (PacketSink is not null && !_viewIsPosted)
        {
            _viewIsPosted = true;
            Post(NodeEvent.TopologyChanged, null);
        }
    }

    internal void OnLinkEvent(in LinkEvent linkEvent)
    {
        World.Events.LinkChanged(this, linkEvent);
        SignalGate(linkEvent);
    }

    /// <summary>Queued inputs of another thread of the node: after a hop.</summary>
    internal void Post(NodeEvent kind, object? payload) =>
        World.Clock.At(World.Clock.Micros + World.Options.Hop.Sample(_dice), new SimEvent(this, (int)kind, Incarnation, 0, payload));

    /// <summary>What it signs is its own affair; a hostile node changes it.</summary>
    protected internal virtual void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => World.Crypto.Sign(SigningIdentity, message, signature);

    /// <summary>Each cell as this node writes it; false keeps it back. A hostile node changes it.</summary>
    protected internal virtual bool OnWriting(SimNode to, Span<byte> cell) => true;

    /// <summary>Each cell before this node's core sees it; false keeps it from the core.</summary>
    protected internal virtual bool OnReading(SimNode from, Span<byte> cell) => true;

    /// <summary>Each packet after a crypto worker of this node unwrapped it.</summary>
    protected internal virtual UnwrapResult OnUnwrapped(in UnwrapResult result, Span<byte> packet) => result;

    private void Happen(in SimEvent what)
    {
        switch ((NodeEvent)what.Kind)
        {
            case NodeEvent.Wake:
                if (what.Number == _wakeMicros || what.Number == Moment.Never)
                {
                    _wakeMicros = what.Number == Moment.Never ? _wakeMicros : Moment.Never;
                    Enter();
                    _core!.Advance(Now, ref _port);
                    Leave();
                }

                break;
            case NodeEvent.Signed:
                Enter();
                _core!.HandleSigned(new RequestId(what.Number), (byte[])what.Payload!, Now, ref _port);
                Leave();
                break;
            case NodeEvent.Verified:
                Enter();
                _core!.HandleVerified(new RequestId(what.Number), what.Payload is not null, Now, ref _port);
                Leave();
                break;
            case NodeEvent.Unwrapped:
                Unwrap((UnwrapJob)what.Payload!);
                break;
            case NodeEvent.MixKeyMade:
                Enter();
                _core!.HandleMixKey((MixKey)what.Payload!, Now, ref _port);
                Leave();
                break;
            case NodeEvent.SequenceStored:
                SequenceStored((ulong)what.Number);
                break;
            case NodeEvent.Delivered:
                Hand((UnwrapJob)what.Payload!);
                break;
            case NodeEvent.TopologyChanged:
                _viewIsPosted = false;
                PacketSink?.OnTopology(View);
                break;
            case NodeEvent.SuccessionsChanged:
                _mapIsPosted = false;
                Endpoint!.Follow(_core!.Map.Successions);
                break;
            case NodeEvent.Draining:
                Drain(what.Number);
                break;
            case NodeEvent.GateSignalled:
                FollowGate(IsActivated);
                break;
            default:
                throw new InvalidOperationException("An event without a meaning.");
        }
    }

    private void Answer(NodeEvent kind, long number, object? payload) =>
        World.Clock.At(World.Clock.Micros + World.Options.Crypto.Sample(_dice), new SimEvent(this, (int)kind, Incarnation, number, payload));

    private void Enqueue(SimEnd end, PacketBuffer cell)
    {
        var isPacket = cell.Cell[0] == (byte)CellType.Packet;
        if (end.TryEnqueue(cell))
        {
            if (!end.IsDirty)
            {
                end.IsDirty = true;
                _dirty.Add(end);
            }

            return;
        }

        cell.Return();
        if (isPacket)
        {
            _core!.Count(DropCause.LinkQueueFull);
            World.Marks.Hit(Mark.LinkQueueFull);
        }
        else
        {
            // Topology cells come in order or not at all.
            end.Close();
        }
    }

    private void Enter()
    {
        if (_isDriving)
        {
            throw new InvalidOperationException("A core is entered from within its own sink.");
        }

        var now = Now.Micros;
        if (now < _lastNow)
        {
            throw new InvalidOperationException("Time went back.");
        }

        _lastNow = now;
        _isDriving = true;
    }

    /// <summary>After an input: what was queued is written, and the next deadline is waited for.</summary>
    private void Leave()
    {
        _isDriving = false;
        foreach (var end in _dirty)
        {
            end.IsDirty = false;
            end.Pump();
        }

        _dirty.Clear();
        FollowMap();
        if (_core is not null && _core.NextDeadline < _wakeMicros)
        {
            _wakeMicros = _core.NextDeadline;
            World.Clock.At(Clock.World(_wakeMicros), new SimEvent(this, (int)NodeEvent.Wake, Incarnation, _wakeMicros, null));
        }
    }

    // As the shipping shell, which tells its endpoint whenever the map has changed; here where there is something in it for an endpoint.
    private void FollowMap()
    {
        if (Endpoint is { } endpoint && Governance is not null && _core is not null && _core.MapVersion != _mapVersion)
        {
            _mapVersion = _core.MapVersion;
            if (!_mapIsPosted && (!_core.Map.Successions.IsEmpty || endpoint.IsFollowing))
            {
                _mapIsPosted = true;
                Post(NodeEvent.SuccessionsChanged, null);
            }
        }
    }

    private void CloseAll()
    {
        foreach (var end in _ends.Values.ToArray())
        {
            end.Close();
        }
    }

    private void NewPools()
    {
        Pool = World.SharedPool ?? new PacketPool(Parameters.CellBytes, World.Options.PacketBuffers);
        ControlPool = World.SharedPool ?? new PacketPool(Parameters.CellBytes, World.Options.ControlBuffers);
        _unwrapsUnderWay = 0;
        _deliveriesUnderWay = 0;
        _readerFreeAt = 0;
        _viewIsPosted = false;
        _mapIsPosted = false;
    }

    private void DisposeKeys()
    {
        foreach (var key in _keys)
        {
            key.Dispose();
        }

        _keys.Clear();
    }
}
