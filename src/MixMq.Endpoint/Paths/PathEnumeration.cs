using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Paths;

/// <summary>
/// Goes through all simple paths of a length, or all loops, by depth first search from the sender, pruned where the destination is too far
/// to be reached. Nothing is stored: a first pass sums the weights, further ones stop where a drawn part of the sum is reached. A search
/// that would take too many steps is given up.
/// </summary>
internal sealed class PathEnumeration(RelayGraph graph, int own, int[] firstRelays, int[] lastRelays, int destination)
{
    /// <summary>Steps of one search: about a millisecond.</summary>
    internal const int StepLimit = 100_000;

    private const int Unreachable = int.MaxValue / 2;
    private readonly int[] _distance = Distances(graph, own, lastRelays, destination);

    /// <summary>All simple paths of so many links, or those without two inner nodes of one institution; null: too many to go through.</summary>
    public PathWeights? Sum(int links, bool isDistinct, int stepLimit = StepLimit)
    {
        var search = new Search(this, links, isDistinct, double.PositiveInfinity, stepLimit);
        return search.Run() ? search.Weights : null;
    }

    /// <summary>The path at which the running sum of weights passes a value.</summary>
    /// <param name="links">Links of the path.</param>
    /// <param name="isDistinct">Whether no two inner nodes may be of one institution.</param>
    /// <param name="stopAt">At least 0 and below the weight that <see cref="Sum"/> gave, which must not have been zero.</param>
    public ImmutableArray<int> Pick(int links, bool isDistinct, double stopAt)
    {
        var search = new Search(this, links, isDistinct, stopAt, StepLimit);
        _ = search.Run();
        search.Found![links - 1] = destination;
        return ImmutableCollectionsMarshal.AsImmutableArray(search.Found);
    }

    private static int[] Distances(RelayGraph graph, int own, int[] lastRelays, int destination)
    {
        var distance = new int[graph.NodeCount];
        Array.Fill(distance, Unreachable);
        var queue = new Queue<int>();
        foreach (var relay in lastRelays)
        {
            if (relay != own)
            {
                distance[relay] = 1;
                queue.Enqueue(relay);
            }
        }

        while (queue.TryDequeue(out var node))
        {
            var (first, end) = graph.Into(node);
            for (var edge = first; edge < end; edge++)
            {
                var from = graph.Source[edge];
                if (distance[from] == Unreachable && from != destination && from != own)
                {
                    distance[from] = distance[node] + 1;
                    queue.Enqueue(from);
                }
            }
        }

        return distance;
    }

    private bool IsLoop => own == destination;

    private sealed class Search(PathEnumeration owner, int links, bool isDistinct, double stopAt, int stepLimit)
    {
        // The last place is the destination's.
        private readonly int[] _nodes = new int[links];
        private int _steps;
        private long _count;
        private double _total;
        private double _weighedLogs;

        public PathWeights Weights => new(_count, _total, _weighedLogs);

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
            return _steps <= stepLimit;
        }

        // Whether to go on.
        private bool Enter(int node, int depth, double weight)
        {
            var left = links - 1 - depth;
            if (node == owner.Destination || owner._distance[node] > left || !MayStand(node, depth, left))
            {
                return true;
            }

            if (++_steps > stepLimit)
            {
                return false;
            }

            _nodes[depth] = node;
            if (left == 1)
            {
                _count++;
                _total += weight;
                if (!double.IsPositiveInfinity(stopAt))
                {
                    Found = [.. _nodes];
                    return _total <= stopAt;
                }

                _weighedLogs += weight * Math.Log2(weight);
                return true;
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

        // A loop's last relay may be its first, but not straight after one other, which would see that its packet came to turn round.
        private bool MayStand(int node, int depth, int left)
        {
            var seen = Array.IndexOf(_nodes, node, 0, depth);
            if (seen < 0 && isDistinct)
            {
                for (var i = 0; i < depth; i++)
                {
                    // Of a loop the first and the last are the sender's own floats.
                    if (owner.Graph.AreOfOneInstitution(_nodes[i], node) && !(owner.IsLoop && left == 1 && i == 0))
                    {
                        return false;
                    }
                }
            }

            return seen < 0 || (owner.IsLoop && left == 1 && seen == 0 && depth > 2);
        }
    }

    private RelayGraph Graph => graph;

    private int[] FirstRelays => firstRelays;

    private int Destination => destination;
}
