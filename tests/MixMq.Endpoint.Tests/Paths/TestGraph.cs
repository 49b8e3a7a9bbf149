using System.Globalization;
using MixMq.Crypto;
using MixMq.Endpoint.Paths;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Paths;

/// <summary>A topology written down by names: "A-a1 a1-b1"; capital letters first are endpoints, the others relays.</summary>
internal sealed class TestGraph
{
    public const uint Epoch = 7;
    private static readonly List<(NodeAddress Address, MixPublicKey Key)> Pool = [];
    private readonly Dictionary<string, NodeAddress> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<NodeAddress, string> _names = [];
    private readonly Func<string, string>? _institution;

    public TestGraph(IEnumerable<(string A, string B)> links, int pathLinks = 5, string? withoutKey = null, int maxLinks = 16, string? claims = null, Func<string, string>? institution = null)
    {
        _institution = institution;
        var neighbours = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var (a, b) in links)
        {
            Neighbours(a).Add(b);
            Neighbours(b).Add(a);
        }

        // One end's word alone: "a-b" is what a says.
        foreach (var (claimant, other) in claims is null ? [] : Parse(claims))
        {
            Neighbours(claimant).Add(other);
        }

        foreach (var name in neighbours.Keys)
        {
            _addresses[name] = Identity(_addresses.Count).Address;
            _names[_addresses[name]] = name;
        }

        Assert.True(NetworkDefinition.TryCreate("paths", PacketGeometry.Default, 1000, out var definition, out _));
        Assert.True(NetworkParameters.TryCreate(definition, out var network, out _, pathLinks, maxLinks));
        Network = network;
        View = TopologyView.FromRecords(neighbours.Select((pair, index) => Record(pair.Key, index, pair.Value, pair.Key == withoutKey)), network, institution is not null);

        SortedSet<string> Neighbours(string name) =>
            neighbours.TryGetValue(name, out var set) ? set : neighbours[name] = new SortedSet<string>(StringComparer.Ordinal);
    }

    public NetworkParameters Network { get; }

    public TopologyView View { get; }

    public NodeAddress this[string name] => _addresses[name];

    public static IEnumerable<(string A, string B)> Parse(string text) =>
        text.Split(' ').Select(link => link.Split('-')).Select(ends => (ends[0], ends[1]));

    public static IEnumerable<(string A, string B)> Complete(params string[] names) =>
        names.SelectMany((a, index) => names.Skip(index + 1).Select(b => (a, b)));

    /// <summary>The demo: three endpoints, the first with two floats, two further relays, all relays linked with each other.</summary>
    public static TestGraph Demo(params string[] dead) => new(
        Parse("A-a1 A-a2 B-b1 C-c1").Concat(Complete("a1", "a2", "b1", "c1", "r1", "r2"))
            .Where(link => !dead.Contains(link.A) && !dead.Contains(link.B)));

    public PathSampler Sampler(string from, uint epoch = Epoch) => new(View, this[from], Network, epoch);

    public int Index(string name) => View.TryFind(this[name], out var index) ? index : throw new InvalidOperationException(name);

    public string Name(int index) => _names[View.Nodes[index].Address];

    public string Show(PathResult.Path path) => string.Join(' ', path.Nodes.Select(Name));

    /// <summary>A path is simple, over links that exist, and relays alone are in its middle.</summary>
    public void RequireValid(string from, string to, PathResult.Path path)
    {
        var nodes = path.Nodes.Prepend(Index(from)).ToArray();
        Assert.Equal(Index(to), nodes[^1]);
        Assert.Equal(nodes.Length, nodes.Distinct().Count());
        for (var i = 1; i < nodes.Length; i++)
        {
            Assert.Contains(nodes[i], View.Nodes[nodes[i - 1]].Links);
            Assert.Contains(nodes[i - 1], View.Nodes[nodes[i]].Links);
            Assert.True(i == nodes.Length - 1 || View.Nodes[nodes[i]].Relays);
            Assert.True(View.TryGetMixKey(nodes[i], Epoch, out _));
        }
    }

    /// <summary>All simple paths with their odds, by plain recursion, independent of the sampler.</summary>
    public Dictionary<string, double> Enumerate(string from, string to, int links)
    {
        var (start, end) = (Index(from), Index(to));
        var nodes = View.Nodes;
        var relays = nodes.Select(node => node.Relays && node.TryGetMixKey(Epoch, out _)).ToArray();
        var degree = nodes.Select((node, i) => relays[i] ? node.Links.Count(j => relays[j]) : 0).ToArray();
        var found = new Dictionary<string, double>(StringComparer.Ordinal);
        Extend([start], 1);
        var total = found.Values.Sum();
        return found.ToDictionary(pair => pair.Key, pair => pair.Value / total, StringComparer.Ordinal);

        void Extend(List<int> path, double weight)
        {
            if (path.Count == links + 1)
            {
                if (path[^1] == end)
                {
                    found.Add(string.Join(' ', path.Skip(1).Select(Name)), weight);
                }

                return;
            }

            foreach (var next in nodes[path[^1]].Links)
            {
                var isLast = path.Count == links;
                if (!path.Contains(next) && (isLast ? next == end : relays[next] && next != end))
                {
                    var isInner = path.Count > 1 && !isLast;
                    Extend([.. path, next], isInner ? weight / Math.Max(1, Math.Max(degree[path[^1]], degree[next]) - 1) : weight);
                }
            }
        }
    }

    private static (NodeAddress Address, MixPublicKey Key) Identity(int number)
    {
        lock (Pool)
        {
            while (Pool.Count <= number)
            {
                var seed = new byte[32];
                BitConverter.TryWriteBytes(seed.AsSpan(4), Pool.Count + 1);
                var bytes = new byte[32];
                Ed25519.DerivePublic(seed, bytes);
                var address = NodeAddress.FromBytes(bytes);
                seed[8] = 1;
                X25519.DerivePublic(seed, bytes);
                Pool.Add((address, MixPublicKey.FromBytes(bytes)));
            }

            return Pool[number];
        }
    }

    private static AdmissionCertificate Certificate(NodeAddress address, string institution) =>
        AdmissionCertificate.TryCreate(address, institution, AdmissionRoles.Relay, 1, out var certificate) == StatementError.None
            ? certificate! : throw new InvalidOperationException(institution);

    private LinkStateRecord Record(string name, int index, IEnumerable<string> neighbours, bool isWithoutKey)
    {
        var draft = new LinkStateDraft
        {
            Address = Identity(index).Address,
            Sequence = 1,
            IssuedUnixMillis = 0,
            ExpiresUnixMillis = 1,
            Flags = char.IsUpper(name[0]) ? LinkStateFlags.None : LinkStateFlags.Relays,
            MixKeys = [new PublishedMixKey(isWithoutKey ? Epoch + 1 : Epoch, Identity(index).Key)],
            Neighbours = [.. neighbours.Select(neighbour => _addresses[neighbour])],
            Certificate = _institution is null ? null : Certificate(Identity(index).Address, _institution(name)),
        };
        var encoded = LinkStateDraft.Complete(draft.ToSignedMessage(Network.Definition), new byte[64]);
        var error = LinkStateRecord.TryParse(encoded, Network.Definition, out var record);
        return record ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{name}: {error}"));
    }
}
