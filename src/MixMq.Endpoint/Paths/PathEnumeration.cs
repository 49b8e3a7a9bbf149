using System.Collections.Immutable;

namespace MixMq.Endpoint.Paths;

/// <summary>
/// Goes through all simple paths of a length by depth first search from the sender, pruned where the destination is too far to be
/// reached. Nothing is stored: a first pass sums the weights, further ones stop where a drawn part of the sum is reached. A search that
/// would take too many steps is given up.
/// </summary>
internal sealed class PathEnumeration(RelayGraph graph, ImmutableArray<int> firstRelays, ImmutableArray<int> lastRelays, int destination)
{
    /// <summary>Steps of one search: about a millisecond.</summary>
    internal const int StepLimit = 100_000;

    private const int Unreachable = int.MaxValue / 2;
    private readonly int[] _distance = Distances(graph, lastRelays, destination);

    /// <summary>The weight of all simple paths of so many links; null: too many to go through.</summary>
    public double? Sum(int links)
    {
        var search = new Search(this, links, double.PositiveInfinity);
        return search.Run() ? search.Total : null;
    }

    /// <summary>The path at which the running sum of weights passes a value.</summary>
    /// <param name="links">Links of the path.</param>
    /// <param name="stopAt">At least 0 and below what <see cref="Sum"/> gave, which must not have been zero.</param>
    public ImmutableArray<int> Pick(int links, double stopAt)
    {
        var search = new Search(this, links, stopAt);
        _ = search.Run();
        return [.. search.Found!, destination];
    }

    private static int[] Distances(RelayGraph graph, ImmutableArray<int> lastRelays, int destination)
    {
        var distance = new int[graph.IsRelay.Length];
        Array.Fill(distance, Unreachable);
        var queue = new Queue<int>();
        foreach (var relay in lastRelays)
        {
            distance[relay] = 1;
            queue.Enqueue(relay);
        }

        while (queue.TryDequeue(out var node))
        {
            var (first, end) = graph.Into(node);
            for (var edge = first; edge < end; edge++)
            {
                var from = graph.Source[edge];
                if (distance[from] == Unreachable && from != destination)
                {
                    distance[from] = distance[node] + 1;
                    queue.Enqueue(from);
                }
            }
        }

        return distance;
    }

    private sealed class Search(PathEnumeration owner, int links, double stopAt)
    {
        private readonly int[] _inner = new int[links - 1];
        private int _steps;

        public double Total { get; private set; }

        public int[]? Found { get; private set; }

        /// <summary>Whether it came to its end within the limit, or found what it was to find.</summary>
        public bool Run()
        {
            foreach (var relay in owner.FirstRelays)
            {
                if (!Enter(relay, 0, 1))
                {
                    break;
                }
            }

            // Rounding may leave the last path's end below what was drawn; then it is the last path.
            return _steps <= StepLimit;
        }

        // Whether to go on.
        private bool Enter(int node, int depth, double weight)
        {
            var left = links - 1 - depth;
            if (node == owner.Destination || owner._distance[node] > left || Array.IndexOf(_inner, node, 0, depth) >= 0)
            {
                return true;
            }

            if (++_steps > StepLimit)
            {
                return false;
            }

            _inner[depth] = node;
            if (left == 1)
            {
                Total += weight;
                Found = double.IsPositiveInfinity(stopAt) ? null : [.. _inner];
                return Total <= stopAt;
            }

            // The edges into a node are the links out of it, and a link weighs the same both ways.
            var (first, end) = owner.Graph.Into(node);
            for (var edge = first; edge < end; edge++)
            {
                if (!Enter(owner.Graph.Source[edge], depth + 1, weight * owner.Graph.Weight[edge]))
                {
                    return false;
                }
            }

            return true;
        }
    }

    private RelayGraph Graph => graph;

    private ImmutableArray<int> FirstRelays => firstRelays;

    private int Destination => destination;
}
