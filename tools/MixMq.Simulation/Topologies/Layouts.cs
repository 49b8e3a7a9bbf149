using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Topologies;

/// <summary>Networks to begin with, the same from the same dice.</summary>
public static class Layouts
{
    /// <summary>
    /// The edges of a random graph in which each of n vertices has d neighbours: stubs are paired at random, and a pair that would be a loop or
    /// double edge is mended by a swap with another pair. Connected for d of 3 and more with overwhelming probability; drawn anew otherwise.
    /// </summary>
    public static IReadOnlyList<(int A, int B)> RandomRegular(int n, int d, SimRandom random)
    {
        if (d >= n || d < 1 || (n * d) % 2 != 0)
        {
            throw new ArgumentException("A regular graph needs a degree below the number of vertices, and an even number of ends.", nameof(d));
        }

        while (true)
        {
            if (TryPair(n, d, random) is { } edges && IsConnected(n, edges))
            {
                return edges;
            }
        }
    }

    /// <summary>Floats in a random regular graph, all relaying.</summary>
    public static SimNode[] AddFloats(World world, int n, int degree, string prefix = "float")
    {
        SimNode[] floats = [.. Enumerable.Range(0, n).Select(i => world.AddNode($"{prefix}-{i}"))];
        foreach (var (a, b) in RandomRegular(n, degree, world.Random))
        {
            World.Peer(floats[a], floats[b]);
        }

        return floats;
    }

    /// <summary>Institutions: each an endpoint linked to its own floats, which it dials; the floats are meshed with those of other institutions.</summary>
    public static Institutions AddInstitutions(World world, int count, int floatsEach, int degree)
    {
        var floats = AddFloats(world, count * floatsEach, degree);
        var endpoints = new SimNode[count];
        for (var i = 0; i < count; i++)
        {
            endpoints[i] = world.AddEndpoint($"endpoint-{i}");
            for (var j = 0; j < floatsEach; j++)
            {
                World.Peer(endpoints[i], floats[(i * floatsEach) + j]);
            }
        }

        return new Institutions(endpoints, floats);
    }

    private static List<(int A, int B)>? TryPair(int n, int d, SimRandom random)
    {
        var stubs = new int[n * d];
        for (var i = 0; i < stubs.Length; i++)
        {
            stubs[i] = i / d;
        }

        random.Shuffle<int>(stubs);
        var taken = new HashSet<(int, int)>();
        var edges = new List<(int A, int B)>(stubs.Length / 2);
        for (var i = 0; i < stubs.Length; i += 2)
        {
            // A bad pair is mended with a later stub or with an earlier edge, at random; rarely neither works, and all is drawn anew.
            var mended = false;
            for (var attempt = 0; attempt < 200 && !mended; attempt++)
            {
                var (a, b) = (stubs[i], stubs[i + 1]);
                if (a != b && taken.Add(Key(a, b)))
                {
                    edges.Add((a, b));
                    mended = true;
                }
                else if (i + 2 < stubs.Length)
                {
                    var other = i + 2 + random.Below(stubs.Length - i - 2);
                    (stubs[i + 1], stubs[other]) = (stubs[other], stubs[i + 1]);
                }
                else
                {
                    var at = random.Below(edges.Count);
                    var (c, e) = edges[at];
                    if (a != c && b != e && !taken.Contains(Key(a, c)) && !taken.Contains(Key(b, e)))
                    {
                        _ = taken.Remove(Key(c, e));
                        edges[at] = (a, c);
                        edges.Add((b, e));
                        _ = taken.Add(Key(a, c));
                        mended = taken.Add(Key(b, e));
                    }
                }
            }

            if (!mended)
            {
                return null;
            }
        }

        return edges;
    }

    private static (int, int) Key(int a, int b) => a < b ? (a, b) : (b, a);

    private static bool IsConnected(int n, List<(int A, int B)> edges)
    {
        var parent = Enumerable.Range(0, n).ToArray();
        var parts = n;
        foreach (var (a, b) in edges)
        {
            var (x, y) = (Root(a), Root(b));
            if (x != y)
            {
                parent[x] = y;
                parts--;
            }
        }

        return parts == 1;

        int Root(int v)
        {
            while (parent[v] != v)
            {
                parent[v] = parent[parent[v]];
                v = parent[v];
            }

            return v;
        }
    }
}
