namespace MixMq.Endpoint.Paths;

/// <summary>
/// For each number of links, the weight of all non-backtracking walks from the sender through relays, by the directed edge they end with:
/// f[k+1](u→v) = w(u,v) · (sum of f[k] into u − f[k](v→u)). Made once a topology, grown by a row when a longer walk is first asked for.
/// </summary>
internal sealed class WalkTable
{
    private readonly RelayGraph _graph;
    private readonly List<double[]> _byEdge = [];
    private readonly List<double[]> _byNode = [];

    public WalkTable(RelayGraph graph, ReadOnlySpan<int> firstRelays)
    {
        _graph = graph;
        var start = new double[graph.IsRelay.Length];
        foreach (var relay in firstRelays)
        {
            start[relay] = 1;
        }

        // Walks of one link come from the sender, over no edge between relays.
        _byEdge.Add(new double[graph.EdgeCount]);
        _byNode.Add(start);
    }

    /// <summary>Weight of the walks of so many links that end with an edge.</summary>
    public ReadOnlySpan<double> ByEdge(int links)
    {
        Grow(links);
        return _byEdge[links - 1];
    }

    /// <summary>Weight of the walks of so many links that end at a node.</summary>
    public ReadOnlySpan<double> ByNode(int links)
    {
        Grow(links);
        return _byNode[links - 1];
    }

    private void Grow(int links)
    {
        while (_byEdge.Count < links)
        {
            var previous = _byEdge[^1];
            var previousSum = _byNode[^1];
            var next = new double[_graph.EdgeCount];
            var sum = new double[previousSum.Length];
            for (var node = 0; node < sum.Length; node++)
            {
                var (first, end) = _graph.Into(node);
                for (var edge = first; edge < end; edge++)
                {
                    // Where only the way back leads on, both terms are one number, so the difference is exactly zero.
                    var from = _graph.Source[edge];
                    next[edge] = _graph.Weight[edge] * Math.Max(0, previousSum[from] - previous[_graph.Reverse[edge]]);
                    sum[node] += next[edge];
                }
            }

            _byEdge.Add(next);
            _byNode.Add(sum);
        }
    }
}
