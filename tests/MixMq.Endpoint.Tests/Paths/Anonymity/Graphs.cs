using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Endpoint.Paths;

namespace MixMq.Endpoint.Tests.Paths.Anonymity;

/// <summary>Graphs by indices, without records: as large as is wanted.</summary>
internal static class Graphs
{
    /// <summary>A random regular graph of relays: stubs paired at random, then loops and repetitions swapped away.</summary>
    public static RelayGraph Regular(int nodes, int degree, IRandomSource random) => Of(nodes, RegularLinks(nodes, degree, random));

    /// <summary>A graph of nodes of which the first so many relay.</summary>
    public static RelayGraph Of(int nodes, IEnumerable<(int A, int B)> links, int relays = int.MaxValue, bool isWeighted = true)
    {
        var neighbours = Enumerable.Range(0, nodes).Select(_ => new SortedSet<int>()).ToArray();
        foreach (var (a, b) in links)
        {
            _ = neighbours[a].Add(b);
            _ = neighbours[b].Add(a);
        }

        bool[] isRelay = [.. Enumerable.Range(0, nodes).Select(node => node < relays)];
        return new RelayGraph(isRelay, [.. neighbours.Select(set => set.ToImmutableArray())], isWeighted);
    }

    public static List<(int A, int B)> RegularLinks(int nodes, int degree, IRandomSource random)
    {
        var stubs = Enumerable.Range(0, nodes * degree).Select(stub => stub / degree).ToArray();
        for (var i = stubs.Length - 1; i > 0; i--)
        {
            var j = random.NextInt32(i + 1);
            (stubs[i], stubs[j]) = (stubs[j], stubs[i]);
        }

        var count = stubs.Length / 2;
        var links = new HashSet<(int, int)>();
        var bad = new Queue<int>();
        for (var i = 0; i < count; i++)
        {
            if (!TryAdd(i))
            {
                bad.Enqueue(i);
            }
        }

        var isBad = bad.ToHashSet();
        while (bad.TryDequeue(out var one))
        {
            // Swap ends with a link drawn at random, if both results are links that aren't there yet.
            var other = random.NextInt32(count);
            if (isBad.Contains(other))
            {
                bad.Enqueue(one);
                continue;
            }

            _ = links.Remove(Link(other));
            (stubs[2 * one], stubs[2 * other]) = (stubs[2 * other], stubs[2 * one]);
            if (TryAdd(one))
            {
                if (TryAdd(other))
                {
                    _ = isBad.Remove(one);
                    continue;
                }

                _ = links.Remove(Link(one));
            }

            (stubs[2 * one], stubs[2 * other]) = (stubs[2 * other], stubs[2 * one]);
            _ = links.Add(Link(other));
            bad.Enqueue(one);
        }

        return [.. links.Order()];

        (int, int) Link(int i) => (Math.Min(stubs[2 * i], stubs[(2 * i) + 1]), Math.Max(stubs[2 * i], stubs[(2 * i) + 1]));

        bool TryAdd(int i) => stubs[2 * i] != stubs[(2 * i) + 1] && links.Add(Link(i));
    }
}
