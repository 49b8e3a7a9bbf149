using System.Security.Cryptography;
using System.Text;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Simulation;

namespace MixMq.Testing.Virtual;

/// <summary>
/// One node of a <see cref="VirtualNetwork"/>: an overlay core and the smallest shell around it. Its disk (identity and stored sequence) outlives a
/// crash; all else doesn't.
/// </summary>
public sealed class VirtualNode : IOverlaySink, IDisposable
{
    private const long CryptoMicros = 100;
    private readonly VirtualNetwork _network;
    private readonly byte[] _seed = new byte[Ed25519.SeedBytes];
    private readonly Unwrapper _unwrapper = new();
    private readonly Dictionary<ConnectionId, VirtualConnection> _connections = [];
    private readonly Queue<Action> _toConsumer = new();
    private readonly SeededRandomSource _random;
    private OverlayCore? _core;
    private ulong _storedSequence;
    private long _wakeMicros = Moment.Never;
    private long _lastNow;

    internal VirtualNode(VirtualNetwork network, string name, bool relays, NetworkParameters parameters, long seed)
    {
        _network = network;
        Name = name;
        Relays = relays;
        Parameters = parameters;
        _random = new SeededRandomSource($"node {seed} {name}");
        _random.Fill(_seed);
        SigningSeed = _seed;
        Span<byte> address = stackalloc byte[Ed25519.PublicKeyBytes];
        Ed25519.DerivePublic(_seed, address);
        Address = NodeAddress.FromBytes(address);
        CertificateHash = SHA256.HashData(Encoding.UTF8.GetBytes($"certificate of {name}"));
        Pool = NewPool();
    }

    public string Name { get; }

    public NodeAddress Address { get; }

    public bool Relays { get; }

    public NetworkParameters Parameters { get; }

    /// <summary>Changes take effect at the next start.</summary>
    public List<PeerOptions> Peers { get; } = [];

    /// <summary>Changes the options at each start.</summary>
    public Func<OverlayOptions, OverlayOptions>? Configure { get; set; }

    public byte[] CertificateHash { get; set; }

    /// <summary>What it signs with; its own key unless a test wants it otherwise.</summary>
    public byte[] SigningSeed { get; set; }

    /// <summary>How far its wall clock is off.</summary>
    public long ClockSkewMillis { get; set; }

    public IVirtualConsumer? Consumer { get; set; }

    public PacketPool Pool { get; private set; }

    public OverlayCore Core => _core ?? throw new InvalidOperationException($"{Name} isn't running.");

    public bool IsRunning => _core is not null;

    public TopologyView View => _core?.View ?? TopologyView.Empty;

    /// <summary>What was told of its links, with the time.</summary>
    public List<(long Micros, LinkEvent Event)> Events { get; } = [];

    /// <summary>Times at which it dialled.</summary>
    public List<long> Dials { get; } = [];

    public Moment Now => _network.Clock.Moment(ClockSkewMillis);

    internal int Incarnation { get; private set; }

    public OverlaySnapshot Snapshot() => Core.Snapshot(Now);

    public LinkSnapshot LinkTo(VirtualNode other) => Snapshot().Links.First(link => link.Address == other.Address);

    public bool IsUp(VirtualNode other) => IsRunning && Core.TryGetLink(other.Address, out _);

    public int CountEvents(LinkEventKind kind) => Events.Count(e => e.Event.Kind == kind);

    /// <summary>Starts, or starts again after a crash or stop, with nothing but its disk.</summary>
    public void Start()
    {
        var options = new OverlayOptions { Network = Parameters, Own = Address, Relays = Relays, Peers = [.. Peers] };
        options = Configure is null ? options : Configure(options);
        Pool = NewPool();
        _wakeMicros = Moment.Never;
        _core = new OverlayCore(options, _random, _storedSequence);
        Drive((core, now, sink) => core.Start(now, ref sink));
    }

    /// <summary>The process is killed: its peers see their connections end.</summary>
    public void Crash() => End(connection => connection.CloseFrom(this));

    /// <summary>The machine is gone: its peers see nothing at all.</summary>
    public void LosePower() => End(connection => connection.Vanish(this));

    /// <summary>An orderly stop.</summary>
    public void Stop()
    {
        Drive((core, now, sink) => core.Stop(now, ref sink));
        Crash();
    }

    /// <summary>Sends a packet of the node's own on its link to a neighbour, as a node's shell does.</summary>
    /// <returns>False where the link isn't up or its queue is full; the caller still owns the packet.</returns>
    public bool TrySendPacket(NodeAddress neighbour, PacketBuffer packet)
    {
        if (_core is null || !_core.TryGetLink(neighbour, out var id) || !_connections.TryGetValue(id, out var connection))
        {
            return false;
        }

        packet.Cell[0] = (byte)CellType.Packet;
        if (!connection.TrySend(this, packet))
        {
            return false;
        }

        connection.Pump(this);
        return true;
    }

    /// <summary>Sends any cell on the link to a neighbour.</summary>
    public void SendRawCell(NodeAddress neighbour, ReadOnlySpan<byte> cell)
    {
        if (Core.TryGetLink(neighbour, out var id) && Pool.TryRent(out var buffer))
        {
            cell.CopyTo(buffer.Cell);
            if (!_connections[id].TrySend(this, buffer))
            {
                buffer.Return();
            }

            _connections[id].Pump(this);
        }
    }

    public void Dispose()
    {
        if (_core is not null)
        {
            var sink = this;
            _core.Stop(Now, ref sink);
            _core = null;
        }

        _unwrapper.Dispose();
    }

    void IOverlaySink.Dial(NodeAddress peer)
    {
        Dials.Add(_network.Clock.Micros);
        _network.Dial(this, peer);
    }

    void IOverlaySink.SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type)
    {
        if (!_connections.TryGetValue(id, out var connection))
        {
            return;
        }

        if (!Pool.TryRent(out var cell))
        {
            throw new InvalidOperationException("The test's pool is too small.");
        }

        LinkCell.Write(type, content, cell.Cell);
        Send(connection, cell);
    }

    void IOverlaySink.SendPacket(ConnectionId id, PacketBuffer packet)
    {
        if (_connections.TryGetValue(id, out var connection))
        {
            Send(connection, packet);
        }
        else
        {
            packet.Return();
        }
    }

    void IOverlaySink.Close(ConnectionId id, LinkCloseReason reason)
    {
        if (_connections.Remove(id, out var connection))
        {
            connection.CloseFrom(this);
        }
    }

    void IOverlaySink.RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        var signature = new byte[Ed25519.SignatureBytes];
        Ed25519.Sign(SigningSeed, message, signature);
        Answer((core, now, sink) => core.HandleSigned(id, signature, now, ref sink));
    }

    void IOverlaySink.RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var valid = Ed25519.Verify(signer.ToArray(), message, signature);
        Answer((core, now, sink) => core.HandleVerified(id, valid, now, ref sink));
    }

    void IOverlaySink.RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage)
    {
        var valid = record.Verify(signedMessage);
        Answer((core, now, sink) => core.HandleVerified(id, valid, now, ref sink));
    }

    void IOverlaySink.RequestUnwrap(PacketBuffer packet, ReadOnlyMemory<MixKey> candidates) =>
        Answer((core, now, sink) =>
        {
            var result = _unwrapper.Unwrap(packet.Packet, Parameters.Definition, candidates.Span);
            core.HandleUnwrapped(packet, result, now, ref sink);
        });

    void IOverlaySink.RequestMixKey(uint epoch)
    {
        var key = MixKey.Generate(epoch, 1 << 16, _random);
        Answer((core, now, sink) => core.HandleMixKey(key, now, ref sink));
    }

    void IOverlaySink.PersistSequence(ulong sequence)
    {
        _storedSequence = Math.Max(_storedSequence, sequence);
        Answer((core, now, sink) => core.HandleSequencePersisted(sequence, now, ref sink));
    }

    void IOverlaySink.Deliver(PacketBuffer packet, in UnwrapResult result)
    {
        var outcome = result;
        _toConsumer.Enqueue(() =>
        {
            if (Consumer is null)
            {
                Core.Count(DropCause.NotForFloat);
                packet.Return();
            }
            else
            {
                Consumer.OnDelivered(packet, outcome);
            }
        });
    }

    void IOverlaySink.TopologyChanged()
    {
        if (Consumer is not null)
        {
            _toConsumer.Enqueue(() => Consumer?.OnTopology(View));
        }
    }

    void IOverlaySink.LinkEvent(in LinkEvent linkEvent) => Events.Add((_network.Clock.Micros, linkEvent));

    internal void Connected(VirtualConnection connection, ConnectionInfo info)
    {
        var id = connection.IdOf(this);
        _connections.Add(id, connection);
        Drive((core, now, sink) => core.HandleConnected(id, info, now, ref sink));
    }

    internal void DialFailed(NodeAddress peer) => Drive((core, now, sink) => core.HandleDialFailed(peer, now, ref sink));

    internal void CellArrived(ConnectionId id, ReadOnlySpan<byte> bytes)
    {
        if (_core is null)
        {
            return;
        }

        if (!Pool.TryRent(out var cell))
        {
            _core.Count(DropCause.PoolEmpty);
            return;
        }

        bytes.CopyTo(cell.Cell);
        Drive((core, now, sink) => core.HandleCell(id, cell, now, ref sink));
    }

    internal void Disconnected(ConnectionId id)
    {
        if (_connections.Remove(id))
        {
            Drive((core, now, sink) => core.HandleDisconnected(id, now, ref sink));
        }
    }

    private PacketPool NewPool() => new(Parameters.CellBytes, 8_192);

    private void Send(VirtualConnection connection, PacketBuffer cell)
    {
        var type = (CellType)cell.Cell[0];
        if (!connection.TrySend(this, cell))
        {
            cell.Return();
            Core.Count(type == CellType.Packet ? DropCause.LinkQueueFull : DropCause.ConnectionGone);
        }

        // Written after the input, as a writer task of its own would: the queue's order shows.
        _network.Clock.At(_network.Clock.Micros, () => connection.Pump(this));
    }

    private void End(Action<VirtualConnection> leave)
    {
        _core = null;
        Incarnation++;
        _connections.Clear();
        foreach (var connection in _network.ConnectionsOf(this))
        {
            leave(connection);
        }
    }

    /// <summary>Answers a request a moment later, if this process is still the one that asked.</summary>
    private void Answer(Action<OverlayCore, Moment, VirtualNode> input)
    {
        var incarnation = Incarnation;
        _network.Clock.At(_network.Clock.Micros + CryptoMicros, () =>
        {
            if (Incarnation == incarnation)
            {
                Drive(input);
            }
        });
    }

    private void Drive(Action<OverlayCore, Moment, VirtualNode> input)
    {
        if (_core is null)
        {
            return;
        }

        var now = Now;
        if (now.Micros < _lastNow)
        {
            throw new InvalidOperationException("Time went back.");
        }

        _lastNow = now.Micros;
        input(_core, now, this);
        while (_toConsumer.TryDequeue(out var call))
        {
            call();
        }

        if (_core is not null && _core.NextDeadline < _wakeMicros)
        {
            Wake(_core.NextDeadline);
        }
    }

    private void Wake(long micros)
    {
        _wakeMicros = micros;
        var incarnation = Incarnation;
        _network.Clock.At(micros, () =>
        {
            if (Incarnation != incarnation || _wakeMicros != micros)
            {
                return;
            }

            _wakeMicros = Moment.Never;
            Drive((core, now, sink) => core.Advance(now, ref sink));
        });
    }
}
