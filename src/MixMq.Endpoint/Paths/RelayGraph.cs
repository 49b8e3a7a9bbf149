using System.Collections.Immutable;
using MixMq.Overlay.Topology;

namespace MixMq.Endpoint.Paths;

/// <summary>
/// The links between relays as directed edges, with their weights: sparse rows in flat arrays, an edge stored with the node it leads into.
/// <see cref="Reverse"/> finds the same link in the other direction. One graph serves all senders.
/// </summary>
/// <remarks>
/// A link between relays weighs 1 / (max(degree, degree) − 1), or 1 where neither end has another link; a degree counts links between
/// relays only. A walk that doesn't turn back has degree − 1 ways on, so at any relay these weigh at most 1 together, whatever links it
/// makes: a clique of colluders that link each other lowers the weight of each of its links as it adds more. With 1 / max(degree, degree)
/// the way back, which is never taken, would cost a relay of few links more than one of many, and walks would still gather in a clique.
/// Links of endpoints don't count, or a float would lose weight with every endpoint it serves. The outer links, sender to
/// first relay and last relay to destination, all weigh 1: the far end's degree must not decide between the floats of one endpoint, or
/// a badly connected one, which may be malicious, would be preferred.
/// </remarks>
internal sealed class RelayGraph
{
    private readonly int[] _first;
    private readonly ImmutableArray<int>[] _links;
    private readonly int[]? _institutions;

    /// <param name="isRelay">Whether a node may be in the middle of a path; kept.</param>
    /// <param name="links">The neighbours of each node, ascending, each link with both its ends; kept.</param>
    /// <param name="isWeighted">False: all weights are 1. The measurement of what the weights are good for needs that, nothing else.</param>
    /// <param name="institutions">A number for each node's institution, 0: it isn't known; kept. Null: none is.</param>
    public RelayGraph(bool[] isRelay, ImmutableArray<int>[] links, bool isWeighted = true, int[]? institutions = null)
    {
        _links = links;
        _institutions = institutions;
        IsRelay = isRelay;
        _first = new int[isRelay.Length + 1];
        for (var node = 0; node < isRelay.Length; node++)
        {
            var degree = 0;
            foreach (var other in links[node])
            {
                degree += isRelay[node] && isRelay[other] ? 1 : 0;
            }

            _first[node + 1] = _first[node] + degree;
        }

        EdgeCount = _first[^1];
        Source = new int[EdgeCount];
        Weight = new double[EdgeCount];
        Reverse = new int[EdgeCount];
        var edge = 0;
        for (var to = 0; to < isRelay.Length; to++)
        {
            foreach (var from in links[to])
            {
                if (isRelay[to] && isRelay[from])
                {
                    Source[edge] = from;
                    Weight[edge++] = isWeighted ? 1.0 / Math.Max(1, Math.Max(Degree(from), Degree(to)) - 1) : 1;
                }
            }
        }

        // Edges are in the order of (to, from). Those out of a node, taken in this order, are those into it: one cursor a node pairs them.
        var cursor = _first[..^1];
        for (edge = 0; edge < EdgeCount; edge++)
        {
            Reverse[edge] = cursor[Source[edge]]++;
        }
    }

    /// <summary>Whether a node may be in the middle of a path.</summary>
    public bool[] IsRelay { get; }

    public int NodeCount => IsRelay.Length;

    /// <summary>Directed edges: twice the links between relays.</summary>
    public int EdgeCount { get; }

    public int[] Source { get; }

    public double[] Weight { get; }

    public int[] Reverse { get; }

    /// <summary>The graph of a view, with the relays that have a mix key for an epoch.</summary>
    public static RelayGraph Of(TopologyView view, uint epoch)
    {
        var nodes = view.Nodes;
        var isRelay = new bool[nodes.Length];
        var links = new ImmutableArray<int>[nodes.Length];
        for (var i = 0; i < nodes.Length; i++)
        {
            isRelay[i] = IsUsable(nodes[i], epoch);
            links[i] = nodes[i].Links;
        }

        return new RelayGraph(isRelay, links, institutions: InstitutionsOf(view));
    }

    /// <summary>Whether any node's institution is known.</summary>
    public bool HasInstitutions => _institutions is not null;

    /// <summary>Whether two nodes are of one institution, as far as is known; a node is with itself.</summary>
    public bool AreOfOneInstitution(int one, int other) =>
        one == other || (_institutions is not null && _institutions[one] != 0 && _institutions[one] == _institutions[other]);

    private static int[]? InstitutionsOf(TopologyView view)
    {
        int[]? institutions = null;
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < view.Nodes.Length; i++)
        {
            if (view.Nodes[i].Institution is { } name)
            {
                institutions ??= new int[view.Nodes.Length];
                institutions[i] = numbers.TryGetValue(name, out var number) ? number : numbers[name] = numbers.Count + 1;
            }
        }

        return institutions;
    }

    /// <summary>Whether a node of a view can be an inner node of paths for an epoch.</summary>
    public static bool IsUsable(TopologyNode node, uint epoch) => node.Relays && node.TryGetMixKey(epoch, out _);

    /// <summary>All links of a node, those with endpoints too.</summary>
    public ImmutableArray<int> Links(int node) => _links[node];

    /// <summary>The relays that a node is linked with, ascending.</summary>
    public int[] RelaysAt(int node) => [.. _links[node].Where(other => IsRelay[other])];

    /// <summary>How many relays a relay is linked with.</summary>
    public int Degree(int relay) => _first[relay + 1] - _first[relay];

    /// <summary>The edges into a node.</summary>
    public (int First, int End) Into(int node) => (_first[node], _first[node + 1]);

    /// <summary>The edge between two nodes, or -1. Sources are ascending, as a node's links are.</summary>
    public int Find(int from, int to)
    {
        var index = Array.BinarySearch(Source, _first[to], _first[to + 1] - _first[to], from);
        return Math.Max(index, -1);
    }
}
