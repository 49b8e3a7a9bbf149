using System.Security.Cryptography;
using System.Text;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Disk;
using MixMq.Simulation.Network;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Time;
using MixMq.Sphinx;

namespace MixMq.Simulation.Nodes;

/// <summary>
/// One node of a <see cref="World"/>: the shipping overlay core, for an endpoint the shipping endpoint core too, and around them what a node's
/// shell does. Its disk and its clock outlive a process; nothing else does.
/// </summary>
public partial class SimNode : IEventTarget, IDisposable
{
    private readonly SimRandom _random;
    private readonly SimRandom _dice;
    private OverlayPort _port;
    private OverlayCore? _core;
    private long _wakeMicros = Moment.Never;
    private long _lastNow;
    private StopKind _stopKind;
    private bool _isStopping;
    private long _mapVersion;

    public SimNode(World world, string name, bool relays, NetworkParameters? parameters = null)
    {
        World = world;
        Name = name;
        Relays = relays;
        Index = world.Nodes.Count;
        Parameters = parameters ?? world.Parameters;
        Clock = new NodeClock(world.Clock);
        Disk = new SimDisk(world.Marks);
        _random = new SimRandom(world.Seed, $"node {name}");
        _dice = new SimRandom(world.Seed, $"shell {name}");
        Span<byte> seed = stackalloc byte[Ed25519.SeedBytes];
        _random.Fill(seed);
        Identity = world.Crypto.CreateIdentity(seed);
        SigningIdentity = Identity;
        CertificateHash = SHA256.HashData(Encoding.UTF8.GetBytes($"certificate of {name}"));
        _port = new OverlayPort(this);
        NewPools();
    }

    public World World { get; }

    public string Name { get; }

    /// <summary>Its place in <see cref="World.Nodes"/>.</summary>
    public int Index { get; }

    public SimIdentity Identity { get; private set; }

    public NodeAddress Address => Identity.Address;

    /// <summary>The addresses that it had before, the oldest first.</summary>
    public List<NodeAddress> FormerAddresses { get; } = [];

    /// <summary>By which statements its former addresses have become the present one: it is configured with them, and tells them at each start.</summary>
    public List<Succession> OwnSuccessions { get; } = [];

    /// <summary>The address under which correspondents know its endpoint: the first one that it had.</summary>
    public NodeAddress KnownAs => FormerAddresses.Count > 0 ? FormerAddresses[0] : Address;

    public bool Relays { get; }

    public NetworkParameters Parameters { get; }

    /// <summary>Changes take effect at the next start.</summary>
    public List<PeerOptions> Peers { get; } = [];

    /// <summary>What it starts from in a network with authorities; what it has stored since is added.</summary>
    public AdmissionOptions? Governance { get; set; }

    /// <summary>Changes the options at each start.</summary>
    public Func<OverlayOptions, OverlayOptions>? Configure { get; set; }

    public byte[] CertificateHash { get; set; }

    /// <summary>What it signs with; its own identity unless a scenario wants it otherwise.</summary>
    public SimIdentity SigningIdentity { get; set; }

    public NodeClock Clock { get; }

    public SimDisk Disk { get; }

    /// <summary>The endpoint on top; null: a float.</summary>
    public SimEndpoint? Endpoint { get; internal set; }

    /// <summary>What takes delivered packets; the endpoint, unless a test puts something else there.</summary>
    public IPacketSink? PacketSink { get; set; }

    /// <summary>How long its reader takes for each cell; 0: no time.</summary>
    public long MicrosPerCell { get; set; }

    public OverlayCore Core => _core ?? throw new InvalidOperationException($"{Name} isn't running.");

    public bool IsRunning => _core is not null;

    /// <summary>Whether the machine answers, if no process does.</summary>
    public bool IsMachineUp { get; private set; } = true;

    /// <summary>Which process of the node this is; counts up with each end.</summary>
    public int Incarnation { get; private set; }

    public int Starts { get; private set; }

    /// <summary>The network as it knows it; made when asked for.</summary>
    public TopologyView View => _core?.View ?? TopologyView.Empty;

    public Moment Now => Clock.Now;

    /// <summary>Whether anything is left of the process, so that it isn't settled what it did.</summary>
    public bool IsStopping => _isStopping;

    public OverlaySnapshot Snapshot() => Core.Snapshot(Now);

    public LinkSnapshot LinkTo(SimNode other) => Snapshot().Links.First(link => link.Address == other.Address);

    public bool IsUp(SimNode other) => IsRunning && Core.TryGetLink(other.Address, out _);

    /// <summary>Has another key from the next start on. Its disk stays; what its neighbours and correspondents are to know of it is the scenario's to tell them.</summary>
    /// <returns>The identity that it had until now.</returns>
    public SimIdentity ChangeKey()
    {
        if (_core is not null)
        {
            throw new InvalidOperationException($"{Name} runs.");
        }

        var old = Identity;
        FormerAddresses.Add(old.Address);
        Span<byte> seed = stackalloc byte[Ed25519.SeedBytes];
        _random.Fill(seed);
        SigningIdentity = Identity = World.Crypto.CreateIdentity(seed);
        World.Network.Move(old.Address, this);
        if (Endpoint is { Pipe: { } pipe } endpoint)
        {
            pipe.Attach(endpoint);
        }

        return old;
    }

    /// <summary>Starts, or starts again, with nothing but its disk.</summary>
    /// <returns>False: its store contradicts itself, as the shipping node would say.</returns>
    public bool Start()
    {
        if (_core is not null)
        {
            throw new InvalidOperationException($"{Name} runs already.");
        }

        IsMachineUp = true;
        try
        {
            Endpoint?.Load();
        }
        catch (InvalidDataException damage)
        {
            World.Events.StartRefused(this, damage);
            return false;
        }

        var options = new OverlayOptions { Network = Parameters, Own = Address, Relays = Relays, Peers = [.. Peers], Admission = Governance is null ? null : Governance with { Stored = Statements } };
        options = Configure is null ? options : Configure(options);
        NewPools();
        Starts++;
        _isStopping = false;
        _mapVersion = 0;
        _core = new OverlayCore(options, _random, Disk.Sequence);
        World.Events.Started(this);
        Endpoint?.Begin();
        Enter();
        _core.Start(Now, ref _port);
        Leave();
        foreach (var succession in OwnSuccessions)
        {
            Give(succession);
        }

        return true;
    }

    /// <summary>The process is killed: its peers see their connections end.</summary>
    public void Crash()
    {
        if (_core is not null)
        {
            End(StopKind.Killed);
        }
    }

    /// <summary>The machine is gone: its peers see nothing at all.</summary>
    public void LosePower()
    {
        if (_core is not null)
        {
            World.Marks.Hit(Mark.MachineLost);
            End(StopKind.MachineLost);
        }

        IsMachineUp = false;
    }

    /// <summary>Killed or lost, and started again after a while.</summary>
    public void CrashAndRestart(double downSeconds)
    {
        Crash();
        var incarnation = Incarnation;
        World.After(downSeconds, () =>
        {
            if (!IsRunning && Incarnation == incarnation)
            {
                _ = Start();
            }
        });
    }

    /// <summary>
    /// An orderly stop, as the shipping node's: the endpoint takes no more submissions and answers those it has, the overlay forwards what it
    /// holds within a bound, says goodbye and closes. A float without a bound is gone at once.
    /// </summary>
    public void Stop(double drainSeconds = 0) => Stop(StopKind.Stopped, drainSeconds);

    /// <summary>The wall clock is set, ahead or back.</summary>
    public void JumpClock(long millis)
    {
        Clock.SkewMillis += millis;
        World.Events.ClockJumped(this, millis);

        // The shipping scheduler looks at the clock once a second at the latest.
        if (_core is not null)
        {
            World.Clock.At(World.Clock.Micros + Moment.MicrosPerSecond, new SimEvent(this, (int)NodeEvent.Wake, Incarnation, Moment.Never, null));
        }
    }

    /// <summary>Hands the core a reply of this node's own, as a node's shell does.</summary>
    public void SendOwnReply(PacketBuffer packet)
    {
        Enter();
        _core!.HandleOwnReply(packet, Now, ref _port);
        Leave();
    }

    /// <summary>Queues an own packet on the link to a neighbour, as a node's shell does.</summary>
    /// <returns>False where the link isn't up or its queue is full; the caller still owns the packet.</returns>
    public bool TrySendPacket(NodeAddress neighbour, PacketBuffer packet)
    {
        if (_core is null || !_core.TryGetLink(neighbour, out var id) || !_ends.TryGetValue(id, out var end))
        {
            return false;
        }

        packet.Cell[0] = (byte)CellType.Packet;
        if (!end.TryEnqueue(packet))
        {
            return false;
        }

        World.Events.PacketSent(this, end.Peer, packet.Packet, own: true);
        end.Pump();
        return true;
    }

    /// <summary>Queues any cell on the link to a neighbour.</summary>
    public bool SendRawCell(NodeAddress neighbour, ReadOnlySpan<byte> cell)
    {
        if (_core is null || !_core.TryGetLink(neighbour, out var id) || !_ends.TryGetValue(id, out var end))
        {
            return false;
        }

        end.WriteRaw(cell);
        return true;
    }

    public void Dispose()
    {
        if (_core is not null)
        {
            _core.Stop(Now, ref _port);
            _core = null;
        }

        DisposeKeys();
        GC.SuppressFinalize(this);
    }

    void IEventTarget.Fire(in SimEvent what)
    {
        if (what.Incarnation == Incarnation && _core is not null)
        {
            Happen(what);
        }
        else if (what.Payload is MixKey key)
        {
            key.Dispose();
        }
    }

    internal void Stop(StopKind kind, double drainSeconds)
    {
        if (_core is null || _isStopping)
        {
            return;
        }

        _isStopping = true;
        _stopKind = kind;
        Endpoint?.BeginStop();
        Drain(World.Clock.Micros + (long)(drainSeconds * Moment.MicrosPerSecond));
    }

    private void Drain(long until)
    {
        if (Endpoint is { IsQuiet: false } || (World.Clock.Micros < until && _core!.Snapshot(Now).Delayed > 0))
        {
            World.Clock.At(World.Clock.Micros + (50 * Moment.MicrosPerMilli), new SimEvent(this, (int)NodeEvent.Draining, Incarnation, until, null));
            return;
        }

        World.Marks.Hit(Mark.StoppedInOrder);
        Enter();
        _core!.Stop(Now, ref _port);
        Leave();
        CloseAll();
        End(_stopKind);
    }

    private void End(StopKind kind)
    {
        Endpoint?.End(kind is StopKind.Killed or StopKind.MachineLost);
        LoseSequence();
        FollowGate(isWanted: false);
        _core = null;
        Incarnation++;
        _isStopping = false;
        _wakeMicros = Moment.Never;
        foreach (var end in _ends.Values)
        {
            if (kind == StopKind.MachineLost)
            {
                end.Vanish();
            }
            else if (kind == StopKind.Killed)
            {
                end.Abort();
            }
        }

        _ends.Clear();
        _dirty.Clear();
        DisposeKeys();
        if (kind is StopKind.Killed or StopKind.MachineLost)
        {
            Disk.Crash();
        }

        World.Events.Stopped(this, kind);
    }
}
