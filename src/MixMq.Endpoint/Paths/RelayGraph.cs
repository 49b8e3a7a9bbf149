using MixMq.Overlay.Topology;

namespace MixMq.Endpoint.Paths;

/// <summary>
/// The links between relays as directed edges, with their weights. An edge into a node is stored with that node; <see cref="Reverse"/>
/// finds the same link in the other direction.
/// </summary>
/// <remarks>
/// A link between relays weighs 1 / max(degree, degree), where a degree counts links between relays only. So the weights at any relay
/// sum to at most 1, whatever links it makes: a clique of colluders that link each other lowers the weight of each of its links as it
/// adds more. Links of endpoints don't count, or a float would lose weight with every endpoint it serves. The outer links, sender to
/// first relay and last relay to destination, all weigh 1: the far end's degree must not decide between the floats of one endpoint, or
/// a badly connected one, which may be malicious, would be preferred.
/// </remarks>
internal sealed class RelayGraph
{
    private readonly int[] _first;

    /// <param name="view">The topology.</param>
    /// <param name="own">Index of the node itself, which is never in the middle of its own paths.</param>
    /// <param name="isUsable">Whether a relay can be used at all; others are left out, degrees included.</param>
    public RelayGraph(TopologyView view, int own, Func<TopologyNode, bool> isUsable)
    {
        var nodes = view.Nodes;
        IsRelay = new bool[nodes.Length];
        var degrees = new int[nodes.Length];
        for (var i = 0; i < nodes.Length; i++)
        {
            IsRelay[i] = nodes[i].Relays && isUsable(nodes[i]);
        }

        var edges = 0;
        for (var i = 0; i < nodes.Length; i++)
        {
            degrees[i] = IsRelay[i] ? nodes[i].Links.Count(j => IsRelay[j]) : 0;
            edges += degrees[i];
        }

        IsRelay[own] = false;
        _first = new int[nodes.Length + 1];
        Source = new int[edges];
        Weight = new double[edges];
        Reverse = new int[edges];
        var at = 0;
        for (var to = 0; to < nodes.Length; to++)
        {
            _first[to] = at;
            if (!IsRelay[to])
            {
                continue;
            }

            foreach (var from in nodes[to].Links)
            {
                if (IsRelay[from])
                {
                    Source[at] = from;
                    Weight[at] = 1.0 / Math.Max(degrees[from], degrees[to]);
                    at++;
                }
            }
        }

        _first[nodes.Length] = at;
        EdgeCount = at;
        for (var to = 0; to < nodes.Length; to++)
        {
            for (var edge = _first[to]; edge < _first[to + 1]; edge++)
            {
                Reverse[edge] = Find(to, Source[edge]);
            }
        }
    }

    /// <summary>Whether a node may be in the middle of a path.</summary>
    public bool[] IsRelay { get; }

    public int EdgeCount { get; }

    public int[] Source { get; }

    public double[] Weight { get; }

    public int[] Reverse { get; }

    /// <summary>The edges into a node.</summary>
    public (int First, int End) Into(int node) => (_first[node], _first[node + 1]);

    /// <summary>The edge between two nodes, or -1. Sources are ascending, as the view's links are.</summary>
    public int Find(int from, int to)
    {
        var index = Array.BinarySearch(Source, _first[to], _first[to + 1] - _first[to], from);
        return Math.Max(index, -1);
    }
}
