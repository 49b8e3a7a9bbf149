using MixMq.Overlay;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Network;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Time;
using MixMq.Sphinx;

namespace MixMq.Simulation;

/// <summary>
/// A network of nodes on virtual time, all from one seed: the shipping cores, and around them a clock, a network, disks and cryptography that do
/// what they are told. One thread; nothing outside of a world has any influence on it.
/// </summary>
public sealed class World : IEventTarget, IDisposable
{
    private readonly List<SimNode> _nodes = [];
    private readonly List<WorldObserver> _observers = [];
    private long _lastToken;

    /// <summary>A world without nodes.</summary>
    /// <param name="parameters">The network's parameters.</param>
    /// <param name="seed">All that happens follows from it.</param>
    /// <param name="crypto">Becomes the world's own; null: the ideal one.</param>
    /// <param name="options">What holds for all nodes.</param>
    public World(NetworkParameters parameters, long seed, CryptoProvider? crypto = null, WorldOptions? options = null)
    {
        Parameters = parameters;
        Seed = seed;
        Options = options ?? new WorldOptions();
        Crypto = crypto ?? new IdealCrypto(seed);
        Random = new SimRandom(seed, "scenario");
        Trace = new Trace(Clock);
        Events = new WorldEvents(Trace, Marks, _observers);
        Cells = new CellStock(parameters.CellBytes);
        Network = new SimNetwork(this);
        SharedPool = Options.SharePools ? new PacketPool(parameters.CellBytes, int.MaxValue) : null;
        if (Options.SampleMicros > 0)
        {
            Clock.At(Options.SampleMicros, new SimEvent(this, 0, 0, 0, null));
        }
    }

    public long Seed { get; }

    public NetworkParameters Parameters { get; }

    public WorldOptions Options { get; }

    public SimClock Clock { get; } = new();

    public SimNetwork Network { get; }

    public CryptoProvider Crypto { get; }

    /// <summary>For the scenario's own dice.</summary>
    public SimRandom Random { get; }

    public Trace Trace { get; }

    public Marks Marks { get; } = new();

    public IReadOnlyList<SimNode> Nodes => _nodes;

    internal WorldEvents Events { get; }

    internal CellStock Cells { get; }

    /// <summary>Where all nodes' buffers come from; null: each has its own pools.</summary>
    internal PacketPool? SharedPool { get; }

    /// <summary>Parameters of a small, quick network.</summary>
    public static NetworkParameters SmallParameters(
        string name = "virtual", int epochSeconds = 3600, int maxDelayMs = 1_000, int skewSeconds = 5, int pathLinks = 5, PacketGeometry? geometry = null)
    {
        if (!NetworkDefinition.TryCreate(name, geometry ?? new PacketGeometry(10, 1024, 256), maxDelayMs, out var definition, out _) ||
            !NetworkParameters.TryCreate(
                definition, out var parameters, out var errors, pathLinks: pathLinks, epochSeconds: epochSeconds, skewSeconds: skewSeconds))
        {
            throw new InvalidOperationException("The parameters are not valid.");
        }

        return parameters;
    }

    /// <summary>Lets an observer see all that happens from now on; they are told in the order in which they came.</summary>
    public T Observe<T>(T observer)
        where T : WorldObserver
    {
        observer.World = this;
        _observers.Add(observer);
        return observer;
    }

    /// <summary>Adds a node; configure and start it afterwards.</summary>
    public SimNode AddNode(string name, bool relays = true, NetworkParameters? parameters = null) => Add(new SimNode(this, name, relays, parameters));

    /// <summary>Adds an endpoint node, which doesn't relay.</summary>
    public SimNode AddEndpoint(string name, NetworkParameters? parameters = null)
    {
        var node = new SimNode(this, name, relays: false, parameters);
        _ = new SimEndpoint(node);
        return Add(node);
    }

    /// <summary>Adds a node made elsewhere, such as a hostile one.</summary>
    public T Add<T>(T node)
        where T : SimNode
    {
        _nodes.Add(node);
        Network.Add(node);
        return node;
    }

    /// <summary>Makes two nodes peers of each other; before either is started.</summary>
    public static void Peer(SimNode dialler, SimNode acceptor, bool bothDial = false)
    {
        dialler.Peers.Add(new PeerOptions(acceptor.Address, acceptor.Name, Dials: true, Accepts: bothDial));
        acceptor.Peers.Add(new PeerOptions(dialler.Address, dialler.Name, Dials: bothDial, Accepts: true));
    }

    public void StartAll()
    {
        foreach (var node in _nodes)
        {
            _ = node.Start();
        }
    }

    public void RunFor(double seconds) => Clock.RunFor(TimeSpan.FromSeconds(seconds));

    /// <summary>The condition is looked at before every event.</summary>
    public bool RunUntil(Func<bool> condition, double limitSeconds) => Clock.RunUntil(condition, TimeSpan.FromSeconds(limitSeconds));

    /// <summary>The condition is looked at once an interval.</summary>
    public bool RunUntil(Func<bool> condition, double limitSeconds, double intervalSeconds) =>
        Clock.RunUntil(condition, TimeSpan.FromSeconds(limitSeconds), TimeSpan.FromSeconds(intervalSeconds));

    /// <summary>An action at a time from now.</summary>
    public void After(double seconds, Action action) => Clock.After(TimeSpan.FromSeconds(seconds), action);

    public void Dispose()
    {
        foreach (var node in _nodes)
        {
            node.Dispose();
        }

        Crypto.Dispose();
    }

    void IEventTarget.Fire(in SimEvent what)
    {
        Events.Sampled();
        Clock.At(Clock.Micros + Options.SampleMicros, what);
    }

    /// <summary>A number for a submission that no other of this world has.</summary>
    public long NextToken() => ++_lastToken;
}
