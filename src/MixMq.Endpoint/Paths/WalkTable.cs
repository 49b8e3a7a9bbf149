namespace MixMq.Endpoint.Paths;

/// <summary>
/// For each number of links, the weight of all non-backtracking walks from a sender through relays, by the directed edge they end with:
/// f[k+1](u→v) = w(u,v) · (sum of f[k] into u − f[k](v→u)). The sender is never entered again. Made once a topology, grown by a row when
/// a longer walk is first asked for.
/// </summary>
internal sealed class WalkTable
{
    private readonly RelayGraph _graph;
    private readonly int _own;
    private readonly List<double[]> _byEdge = [];
    private readonly List<double[]> _byNode = [];

    /// <param name="graph">The relays.</param>
    /// <param name="own">The sender.</param>
    /// <param name="firstRelays">The relays it is linked with.</param>
    public WalkTable(RelayGraph graph, int own, ReadOnlySpan<int> firstRelays)
    {
        _graph = graph;
        _own = own;
        var start = new double[graph.NodeCount];
        foreach (var relay in firstRelays)
        {
            start[relay] = 1;
        }

        // Walks of one link come from the sender, over no edge between relays.
        _byEdge.Add(new double[graph.EdgeCount]);
        _byNode.Add(start);
    }

    /// <summary>Weight of the walks of so many links that end with an edge.</summary>
    public double[] ByEdge(int links)
    {
        Grow(links);
        return _byEdge[links - 1];
    }

    /// <summary>Weight of the walks of so many links that end at a node.</summary>
    public double[] ByNode(int links)
    {
        Grow(links);
        return _byNode[links - 1];
    }

    /// <summary>One step of the recurrence.</summary>
    public static void Step(RelayGraph graph, int own, double[] byEdge, double[] byNode, double[] nextByEdge, double[] nextByNode)
    {
        var (source, weight, reverse) = (graph.Source, graph.Weight, graph.Reverse);
        for (var node = 0; node < byNode.Length; node++)
        {
            var sum = 0.0;
            if (node != own)
            {
                var (first, end) = graph.Into(node);
                for (var edge = first; edge < end; edge++)
                {
                    // Where only the way back leads on, both terms are one number, so the difference is exactly zero.
                    var value = weight[edge] * Math.Max(0, byNode[source[edge]] - byEdge[reverse[edge]]);
                    nextByEdge[edge] = value;
                    sum += value;
                }
            }

            nextByNode[node] = sum;
        }
    }

    private void Grow(int links)
    {
        while (_byEdge.Count < links)
        {
            var byEdge = new double[_graph.EdgeCount];
            var byNode = new double[_graph.NodeCount];
            Step(_graph, _own, _byEdge[^1], _byNode[^1], byEdge, byNode);
            _byEdge.Add(byEdge);
            _byNode.Add(byNode);
        }
    }
}
