using MixMq.Crypto;

namespace MixMq.Simulation.Anonymity;

/// <summary>
/// Random connected d-regular graphs: a circulant one, mixed by exchanging the ends of pairs of links (McKay 1981), which leaves every
/// degree as it was.
/// </summary>
public static class RegularGraph
{
    private const int ExchangesPerLink = 20;
    private const int Attempts = 1000;

    /// <param name="nodes">More than the degree; even where the degree is odd.</param>
    /// <param name="degree">At least 2.</param>
    /// <param name="random">For the exchanges.</param>
    /// <returns>For each node its neighbours.</returns>
    public static int[][] Create(int nodes, int degree, IRandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degree, 2);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(nodes, degree);
        if (nodes % 2 == 1 && degree % 2 == 1)
        {
            throw new ArgumentException("An odd number of nodes can't all have an odd degree.", nameof(degree));
        }

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var neighbours = Draw(nodes, degree, random);
            if (IsConnected(neighbours))
            {
                return [.. neighbours.Select(set => set.Order().ToArray())];
            }
        }

        throw new InvalidOperationException("No connected graph was found.");
    }

    private static HashSet<int>[] Draw(int nodes, int degree, IRandomSource random)
    {
        var links = new List<(int A, int B)>();
        for (var node = 0; node < nodes; node++)
        {
            for (var step = 1; step <= degree / 2; step++)
            {
                links.Add((node, (node + step) % nodes));
            }

            if (degree % 2 == 1 && node < nodes / 2)
            {
                links.Add((node, node + (nodes / 2)));
            }
        }

        var neighbours = new HashSet<int>[nodes];
        for (var node = 0; node < nodes; node++)
        {
            neighbours[node] = [];
        }

        foreach (var (a, b) in links)
        {
            neighbours[a].Add(b);
            neighbours[b].Add(a);
        }

        for (var exchange = 0; exchange < ExchangesPerLink * links.Count; exchange++)
        {
            var (first, second) = (random.NextInt32(links.Count), random.NextInt32(links.Count));
            var (a, b) = links[first];
            var (c, d) = links[second];
            if (random.NextInt32(2) == 1)
            {
                (c, d) = (d, c);
            }

            if (a != d && c != b && a != c && b != d && !neighbours[a].Contains(d) && !neighbours[c].Contains(b))
            {
                _ = neighbours[a].Remove(b) && neighbours[b].Remove(a) && neighbours[c].Remove(d) && neighbours[d].Remove(c);
                _ = neighbours[a].Add(d) && neighbours[d].Add(a) && neighbours[c].Add(b) && neighbours[b].Add(c);
                (links[first], links[second]) = ((a, d), (c, b));
            }
        }

        return neighbours;
    }

    private static bool IsConnected(HashSet<int>[] neighbours)
    {
        var seen = new HashSet<int> { 0 };
        var queue = new Queue<int>(seen);
        while (queue.TryDequeue(out var node))
        {
            foreach (var next in neighbours[node].Where(seen.Add))
            {
                queue.Enqueue(next);
            }
        }

        return seen.Count == neighbours.Length;
    }
}
