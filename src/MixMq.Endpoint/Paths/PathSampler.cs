using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Paths;

/// <summary>
/// Draws paths from one node over one topology, for packets of one epoch. A path is simple, has the network's number of links, and all
/// its inner nodes are relays with a mix key for the epoch; among these it is drawn with the product of its links' weights (see
/// <c>RelayGraph</c>: 1 / max(degree, degree) between relays).
/// </summary>
/// <remarks>
/// Non-backtracking walks are counted once from the sender forward, and drawn backward from the destination. A walk that repeats a node
/// is rejected, which leaves the simple ones with the right odds. After <see cref="Rejections"/> rejections in a row all simple paths
/// are enumerated, with the same odds. Where there is none of that length, the nearest length that has one is used, of two the longer,
/// within 2 and hops − 1 (a reply needs a slot more than links). A length whose paths are too many to enumerate and too seldom simple to
/// be drawn in <see cref="LastAttempts"/> attempts counts as having none.
/// Nothing that a node has seen fail has any influence: a relay must not be able to steer. Not for use by two threads at once.
/// </remarks>
public sealed class PathSampler
{
    /// <summary>Rejected walks in a row after which simple paths are enumerated.</summary>
    public const int Rejections = 64;

    /// <summary>Attempts with a length whose paths are too many to enumerate.</summary>
    public const int LastAttempts = 4096;

    /// <summary>Fewest links of a path: with one there would be no relay on it.</summary>
    public const int FewestLinks = 2;

    private readonly NetworkParameters _network;
    private readonly int _own = -1;
    private readonly RelayGraph? _graph;
    private readonly WalkTable? _walks;
    private readonly ImmutableArray<int> _firstRelays = [];
    private readonly Dictionary<int, Plan> _plans = [];

    /// <summary>Prepares a topology.</summary>
    /// <param name="view">The topology.</param>
    /// <param name="own">The node itself.</param>
    /// <param name="network">Says how many links a path has, and how many it may have.</param>
    /// <param name="epoch">The epoch for which every node on a path must have a mix key. Make another sampler for another epoch.</param>
    public PathSampler(TopologyView view, NodeAddress own, NetworkParameters network, uint epoch)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(network);
        View = view;
        Epoch = epoch;
        _network = network;
        Own = own;
        if (view.TryFind(own, out _own))
        {
            _graph = new RelayGraph(view, _own, node => node.TryGetMixKey(epoch, out _));
            _firstRelays = [.. view.Nodes[_own].Links.Where(node => _graph.IsRelay[node])];
            _walks = new WalkTable(_graph, _firstRelays.AsSpan());
        }
    }

    /// <summary>The topology that paths are over: indices in paths are into its nodes.</summary>
    public TopologyView View { get; }

    /// <summary>The sender.</summary>
    public NodeAddress Own { get; }

    /// <summary>The epoch for which every node on a path has a mix key.</summary>
    public uint Epoch { get; }

    /// <summary>A mix key of a node on a path.</summary>
    /// <param name="node">Index in the view's nodes.</param>
    /// <param name="epoch">Any epoch; for <see cref="Epoch"/> every node of a drawn path has a key.</param>
    /// <param name="key">The key, or a default value.</param>
    /// <returns>Whether the node has published one.</returns>
    public bool TryGetMixKey(int node, uint epoch, out MixPublicKey key) => View.TryGetMixKey(node, epoch, out key);

    /// <summary>Draws a path.</summary>
    /// <param name="destination">Where it is to end.</param>
    /// <param name="random">For the draw.</param>
    /// <returns>A path, or why there is none.</returns>
    public PathResult Sample(NodeAddress destination, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (destination == Own)
        {
            return new PathResult.NoPath(NoPathReason.Oneself);
        }

        if (!View.TryFind(destination, out var target))
        {
            return new PathResult.NoPath(NoPathReason.UnknownDestination);
        }

        if (!View.TryGetMixKey(target, Epoch, out _))
        {
            return new PathResult.NoPath(NoPathReason.NoMixKey);
        }

        if (_graph is null || _firstRelays.IsEmpty)
        {
            return new PathResult.NoPath(NoPathReason.NoOwnLink);
        }

        if (!_plans.TryGetValue(target, out var plan))
        {
            plan = new Plan([.. View.Nodes[target].Links.Where(node => _graph.IsRelay[node])], _network.PathLinks);
            _plans.Add(target, plan);
        }

        while (plan.Links != Plan.None)
        {
            if (TryDraw(plan, target, random) is { IsDefault: false } nodes)
            {
                return new PathResult.Path(nodes, plan.Links != _network.PathLinks);
            }

            plan.Links = NextLength(plan.Links);
            plan.EnumeratedWeight = 0;
            plan.IsTooManyToEnumerate = false;
        }

        return new PathResult.NoPath(NoPathReason.NoRelayPath);
    }

    // The wished length, one more, one less, two more … as far as they are allowed; after the last, none.
    private int NextLength(int links)
    {
        var most = _network.Definition.Geometry.Hops - 1;
        var away = links - _network.PathLinks;
        while (true)
        {
            away = away > 0 ? -away : 1 - away;
            var next = _network.PathLinks + away;
            if (next >= FewestLinks && next <= most)
            {
                return next;
            }

            if (_network.PathLinks - Math.Abs(away) < FewestLinks && _network.PathLinks + Math.Abs(away) > most)
            {
                return Plan.None;
            }
        }
    }

    private ImmutableArray<int> TryDraw(Plan plan, int target, IRandomSource random)
    {
        if (plan.EnumeratedWeight > 0)
        {
            return plan.Enumeration!.Pick(plan.Links, random.NextDouble() * plan.EnumeratedWeight);
        }

        // Weights of the last relays, each without the walks that came to it from the destination.
        var lastWeights = new double[plan.LastRelays.Length];
        var byNode = _walks!.ByNode(plan.Links - 1);
        var byEdge = _walks.ByEdge(plan.Links - 1);
        var total = 0.0;
        for (var i = 0; i < lastWeights.Length; i++)
        {
            var back = _graph!.Find(target, plan.LastRelays[i]);
            lastWeights[i] = Math.Max(0, byNode[plan.LastRelays[i]] - (back < 0 ? 0 : byEdge[back]));
            total += lastWeights[i];
        }

        if (total == 0)
        {
            return default;
        }

        var walk = new int[plan.Links];
        for (var attempt = 0; attempt < (plan.IsTooManyToEnumerate ? LastAttempts : Rejections); attempt++)
        {
            if (TryWalk(walk, target, plan.LastRelays, lastWeights, total, random))
            {
                return [.. walk];
            }
        }

        if (plan.IsTooManyToEnumerate)
        {
            return default;
        }

        plan.Enumeration ??= new PathEnumeration(_graph!, _firstRelays, plan.LastRelays, target);
        if (plan.Enumeration.Sum(plan.Links) is not { } sum)
        {
            plan.IsTooManyToEnumerate = true;
            return TryDraw(plan, target, random);
        }

        plan.EnumeratedWeight = sum;
        return sum > 0 ? TryDraw(plan, target, random) : default;
    }

    private bool TryWalk(int[] walk, int target, ImmutableArray<int> lastRelays, double[] lastWeights, double total, IRandomSource random)
    {
        Span<byte> draws = stackalloc byte[sizeof(ulong) * walk.Length];
        random.Fill(draws);
        var links = walk.Length;
        walk[links - 1] = target;
        var drawn = Fraction(draws) * total;
        var chosen = Choose(lastWeights, drawn);
        var node = lastRelays[chosen];
        var follower = target;
        for (var k = links - 1; ; k--)
        {
            // The walk's first k links end at this node; place k − 1 is its own.
            if (Array.IndexOf(walk, node, k) >= 0)
            {
                return false;
            }

            walk[k - 1] = node;
            if (k == 1)
            {
                return true;
            }

            draws = draws[sizeof(ulong)..];
            var (first, end) = _graph!.Into(node);
            var weights = _walks!.ByEdge(k)[first..end];
            var back = _graph.Find(follower, node);
            var sum = _walks.ByNode(k)[node] - (back < 0 ? 0 : weights[back - first]);
            var edge = Choose(weights, Fraction(draws) * sum, back - first);
            (follower, node) = (node, _graph.Source[first + edge]);
        }
    }

    // The index at which the running sum of weights passes the drawn value; rounding can leave it unpassed: then the last that has weight.
    private static int Choose(ReadOnlySpan<double> weights, double drawn, int excluded = -1)
    {
        var last = -1;
        for (var i = 0; i < weights.Length; i++)
        {
            if (i == excluded || weights[i] <= 0)
            {
                continue;
            }

            last = i;
            drawn -= weights[i];
            if (drawn < 0)
            {
                break;
            }
        }

        return last;
    }

    private static double Fraction(ReadOnlySpan<byte> bytes) =>
        (BinaryPrimitives.ReadUInt64LittleEndian(bytes) >> 11) * (1.0 / (1UL << 53));

    // What has been found out about one destination.
    private sealed class Plan(ImmutableArray<int> lastRelays, int links)
    {
        public const int None = -1;

        public ImmutableArray<int> LastRelays { get; } = lastRelays;

        public int Links { get; set; } = links;

        public PathEnumeration? Enumeration { get; set; }

        /// <summary>Above zero: draw by enumeration.</summary>
        public double EnumeratedWeight { get; set; }

        public bool IsTooManyToEnumerate { get; set; }
    }
}
