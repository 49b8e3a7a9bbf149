namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>
/// The load of links between relays when every pair of ends sends alike: counted over drawn paths, or computed for the walks that paths are
/// drawn from. The latter is the drawing's own recurrence run on probabilities, for all destinations of a sender at once, so nothing is
/// sampled but senders where they are too many.
/// </summary>
internal sealed class LinkLoads(RelayGraph graph)
{
    // Edge steps, a few nanoseconds each.
    private const long Budget = 1_000_000_000;
    private readonly double[] _byEdge = new double[graph.EdgeCount];

    /// <summary>The load on the most used link, over the mean of all links between relays; 0: there is none, or no load.</summary>
    public double GreatestOverMean()
    {
        var (greatest, total) = (0.0, 0.0);
        for (var edge = 0; edge < graph.EdgeCount; edge++)
        {
            greatest = Math.Max(greatest, _byEdge[edge] + _byEdge[graph.Reverse[edge]]);
            total += _byEdge[edge];
        }

        return total > 0 ? greatest / (total / (graph.EdgeCount / 2)) : 0;
    }

    /// <summary>How many senders a computation may take.</summary>
    public int MostSenders(int pathLinks) => (int)Math.Clamp(Budget / (2L * pathLinks * Math.Max(1, graph.EdgeCount)), 16, int.MaxValue);

    /// <summary>Counts a path, first relay first, the destination last.</summary>
    public void Count(ReadOnlySpan<int> path)
    {
        for (var i = 1; i < path.Length - 1; i++)
        {
            _byEdge[graph.Find(path[i - 1], path[i])]++;
        }
    }

    /// <summary>Adds the load of the walks from a sender to all other ends.</summary>
    public void AddWalks(int sender, ReadOnlySpan<int> ends, int pathLinks)
    {
        var firstRelays = graph.RelaysAt(sender);
        var walks = new WalkTable(graph, sender, firstRelays);
        var flow = LastLinks(walks, sender, ends, pathLinks - 1);
        for (var k = pathLinks - 1; k >= 2; k--)
        {
            for (var edge = 0; edge < flow.Length; edge++)
            {
                _byEdge[edge] += flow[edge];
            }

            flow = Before(walks, flow, k - 1);
        }
    }

    // The odds, summed over destinations, that each edge is the last between relays.
    private double[] LastLinks(WalkTable walks, int sender, ReadOnlySpan<int> ends, int links)
    {
        var byNode = walks.ByNode(links);
        var byEdge = walks.ByEdge(links);
        var toRelay = new double[graph.NodeCount];
        var flow = new double[graph.EdgeCount];
        foreach (var end in ends)
        {
            var (total, isRelay) = (0.0, graph.IsRelay[end]);
            foreach (var relay in graph.Links(end))
            {
                total += graph.IsRelay[relay] ? byNode[relay] : 0;
            }

            var rounding = 1e-12 * total;
            var (first, last) = graph.Into(end);
            for (var edge = first; edge < last; edge++)
            {
                total -= byEdge[graph.Reverse[edge]];
            }

            if (end == sender || total <= rounding)
            {
                continue;
            }

            foreach (var relay in graph.Links(end))
            {
                toRelay[relay] += graph.IsRelay[relay] ? 1 / total : 0;
            }

            for (var edge = first; isRelay && edge < last; edge++)
            {
                flow[graph.Reverse[edge]] -= 1 / total;
            }
        }

        for (var node = 0; node < graph.NodeCount; node++)
        {
            var (first, last) = graph.Into(node);
            for (var edge = first; edge < last; edge++)
            {
                flow[edge] = byEdge[edge] * Math.Max(0, toRelay[node] + flow[edge]);
            }
        }

        return flow;
    }

    // From the odds of edges at one place to those at the place before.
    private double[] Before(WalkTable walks, double[] flow, int links)
    {
        var byNode = walks.ByNode(links);
        var byEdge = walks.ByEdge(links);
        var ratio = new double[flow.Length];
        var outOf = new double[byNode.Length];
        for (var edge = 0; edge < flow.Length; edge++)
        {
            if (flow[edge] > 0)
            {
                var from = graph.Source[edge];
                ratio[edge] = flow[edge] / (byNode[from] - byEdge[graph.Reverse[edge]]);
                outOf[from] += ratio[edge];
            }
        }

        var before = new double[flow.Length];
        for (var node = 0; node < byNode.Length; node++)
        {
            var (first, last) = graph.Into(node);
            for (var edge = first; edge < last; edge++)
            {
                before[edge] = byEdge[edge] * Math.Max(0, outOf[node] - ratio[graph.Reverse[edge]]);
            }
        }

        return before;
    }
}
