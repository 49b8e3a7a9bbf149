using MixMq.Endpoint.Paths;

namespace MixMq.Endpoint.Tests.Paths.Anonymity;

/// <summary>Paths and walks by plain recursion over a graph's links, with nothing of the sampler's in it but the graph.</summary>
internal static class BruteForce
{
    /// <summary>All simple paths, or loops, of so many links, each with its weight; the sender isn't in them, the destination is last.</summary>
    public static List<(int[] Nodes, double Weight)> Paths(RelayGraph graph, int from, int to, int links, int without = -1) =>
        [.. Walks(graph, from, to, links, without).Where(walk => IsSimple(walk.Nodes, from, to))];

    /// <summary>All non-backtracking walks through relays other than the sender.</summary>
    public static List<(int[] Nodes, double Weight)> Walks(RelayGraph graph, int from, int to, int links, int without = -1)
    {
        var found = new List<(int[], double)>();
        Extend([from], 1);
        return found;

        void Extend(List<int> walk, double weight)
        {
            var isLast = walk.Count == links;
            foreach (var next in graph.Links(walk[^1]))
            {
                var turnsBack = walk.Count > 1 && walk[^2] == next && !(walk.Count == 2 && from == to);
                if (next == without || turnsBack || (isLast ? next != to : !graph.IsRelay[next] || next == from))
                {
                    continue;
                }

                if (isLast)
                {
                    found.Add(([.. walk.Skip(1), next], weight));
                }
                else
                {
                    var isInner = walk.Count > 1;
                    Extend([.. walk, next], isInner ? weight / Math.Max(1, Math.Max(Degree(walk[^1]), Degree(next)) - 1) : weight);
                }
            }
        }

        int Degree(int relay) => graph.Links(relay).Count(other => graph.IsRelay[other]);
    }

    /// <summary>Whether there is a path of any length up to a limit.</summary>
    public static bool HasPath(RelayGraph graph, int from, int to, int mostLinks, int without = -1) =>
        Enumerable.Range(2, mostLinks - 1).Any(links => Paths(graph, from, to, links, without).Count > 0);

    private static bool IsSimple(int[] walk, int from, int to)
    {
        if (from != to)
        {
            return walk.Distinct().Count() == walk.Length && !walk.Contains(from);
        }

        // A loop: the last relay may be the first, if more than one is between.
        var relays = walk[..^1];
        var rest = relays.Length > 3 && relays[^1] == relays[0] ? relays[1..] : relays;
        return rest.Distinct().Count() == rest.Length;
    }
}
