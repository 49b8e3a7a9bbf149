using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Simulation;

namespace MixMq.Testing.Virtual;

/// <summary>Sees every cell between two nodes and may change it. False: the cell is lost.</summary>
public delegate bool CellFilter(VirtualNode from, VirtualNode to, Span<byte> cell);

/// <summary>Sees what TLS tells an end and may tell it otherwise.</summary>
public delegate ConnectionInfo InfoFilter(VirtualNode end, VirtualNode other, ConnectionInfo info);

/// <summary>
/// A network of overlay cores over virtual time, with real cryptography answered after a moment: deterministic from its seed. Links have a
/// latency each, and can be broken or cut; nodes can crash, lose power, stop and start again.
/// </summary>
public sealed class VirtualNetwork : IDisposable
{
    private readonly List<VirtualNode> _nodes = [];
    private readonly HashSet<(VirtualNode, VirtualNode)> _cuts = [];
    private readonly List<VirtualConnection> _connections = [];
    private readonly long _seed;
    private long _lastConnection;

    public VirtualNetwork(NetworkParameters parameters, long seed)
    {
        Parameters = parameters;
        _seed = seed;
        Random = new SeededRandomSource($"network {seed}");
    }

    public VirtualClock Clock { get; } = new();

    public NetworkParameters Parameters { get; }

    public IReadOnlyList<VirtualNode> Nodes => _nodes;

    /// <summary>For the network's own dice: latencies, channel bindings.</summary>
    public IRandomSource Random { get; }

    /// <summary>Bounds of a connection's one-way latency; drawn once for each connection, so that cells stay in order.</summary>
    public (TimeSpan Least, TimeSpan Most) Latency { get; set; } = (TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(20));

    public CellFilter? CellFilter { get; set; }

    public InfoFilter? InfoFilter { get; set; }

    /// <summary>Parameters of a small, quick network for tests.</summary>
    public static NetworkParameters SmallParameters(
        string name = "virtual", int epochSeconds = 3600, int maxDelayMs = 1_000, int skewSeconds = 5, int pathLinks = 5)
    {
        if (!NetworkDefinition.TryCreate(name, new PacketGeometry(10, 1024, 256), maxDelayMs, out var definition, out _) ||
            !NetworkParameters.TryCreate(
                definition, out var parameters, out var errors, pathLinks: pathLinks, epochSeconds: epochSeconds, skewSeconds: skewSeconds))
        {
            throw new InvalidOperationException("The test's parameters are not valid.");
        }

        return parameters;
    }

    /// <summary>Adds a node; configure and start it afterwards.</summary>
    public VirtualNode AddNode(string name, bool relays = true, NetworkParameters? parameters = null)
    {
        var node = new VirtualNode(this, name, relays, parameters ?? Parameters, _seed);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Makes two nodes peers of each other; before either is started.</summary>
    public static void Peer(VirtualNode dialler, VirtualNode acceptor, bool bothDial = false)
    {
        dialler.Peers.Add(new PeerOptions(acceptor.Address, acceptor.Name, Dials: true, Accepts: bothDial));
        acceptor.Peers.Add(new PeerOptions(dialler.Address, dialler.Name, Dials: bothDial, Accepts: true));
    }

    public void StartAll()
    {
        foreach (var node in _nodes)
        {
            node.Start();
        }
    }

    public void RunFor(double seconds) => Clock.RunFor(TimeSpan.FromSeconds(seconds));

    public bool RunUntil(Func<bool> condition, double limitSeconds) => Clock.RunUntil(condition, TimeSpan.FromSeconds(limitSeconds));

    /// <summary>Ends the connections between two nodes; both ends notice, and may connect again.</summary>
    public void Break(VirtualNode a, VirtualNode b)
    {
        foreach (var connection in Between(a, b))
        {
            connection.Break();
        }
    }

    /// <summary>From now on nothing gets through between two nodes and neither notices, until <see cref="Restore"/>.</summary>
    public void Cut(VirtualNode a, VirtualNode b)
    {
        _ = _cuts.Add((a, b));
        _ = _cuts.Add((b, a));
    }

    /// <summary>Ends a cut. What was under way in it is lost, so connections that were there are broken.</summary>
    public void Restore(VirtualNode a, VirtualNode b)
    {
        _ = _cuts.Remove((a, b));
        _ = _cuts.Remove((b, a));
        Break(a, b);
    }

    public VirtualNode? Find(NodeAddress address) => _nodes.Find(node => node.Address == address);

    public void Dispose()
    {
        foreach (var node in _nodes)
        {
            node.Dispose();
        }
    }

    internal bool IsCut(VirtualNode a, VirtualNode b) => _cuts.Contains((a, b));

    internal void Dial(VirtualNode from, NodeAddress address)
    {
        var to = Find(address);
        var incarnation = from.Incarnation;
        var latency = DrawLatency();

        // TCP and TLS 1.3 take two round trips; an attempt into the void takes the shell's bound.
        Clock.At(Clock.Micros + (4 * latency), () =>
        {
            if (from.Incarnation != incarnation)
            {
                return;
            }

            if (to is not { IsRunning: true } || IsCut(from, to))
            {
                from.DialFailed(address);
                return;
            }

            Connect(from, to, latency);
        });
    }

    internal void Forget(VirtualConnection connection) => _connections.Remove(connection);

    internal IEnumerable<VirtualConnection> ConnectionsOf(VirtualNode node) => _connections.Where(c => c.Has(node)).ToArray();

    private VirtualConnection[] Between(VirtualNode a, VirtualNode b) => [.. _connections.Where(c => c.Has(a) && c.Has(b))];

    private long DrawLatency()
    {
        var least = (long)Latency.Least.TotalMicroseconds;
        return least + (long)(Random.NextDouble() * ((long)Latency.Most.TotalMicroseconds - least));
    }

    private void Connect(VirtualNode dialler, VirtualNode acceptor, long latency)
    {
        var binding = new byte[32];
        Random.Fill(binding);
        var connection = new VirtualConnection(this, dialler, acceptor, new(++_lastConnection), new(++_lastConnection), latency);
        _connections.Add(connection);
        dialler.Connected(connection, Info(dialler, acceptor, acceptor.Address, binding));
        acceptor.Connected(connection, Info(acceptor, dialler, dialled: null, binding));
    }

    private ConnectionInfo Info(VirtualNode end, VirtualNode other, NodeAddress? dialled, byte[] binding)
    {
        var info = new ConnectionInfo
        {
            DialledPeer = dialled,
            ChannelBinding = binding,
            LocalCertificateHash = end.CertificateHash,
            RemoteCertificateHash = other.CertificateHash,
            TrustedFor = [other.Address],
        };
        return InfoFilter is null ? info : InfoFilter(end, other, info);
    }
}
