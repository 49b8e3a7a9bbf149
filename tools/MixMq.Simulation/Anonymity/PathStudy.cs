using MixMq.Crypto;
using MixMq.Endpoint.Paths;
using MixMq.Overlay.Topology;

namespace MixMq.Simulation.Anonymity;

/// <summary>How many bits the drawn path of a packet has, by counting paths apart from the sampler, and whether the sampler keeps to it.</summary>
public static class PathStudy
{
    private const double MostStepsOfPair = 4e6;
    private const double MostSteps = 4e7;
    private const int MostPairs = 200;
    private const int Walks = 20_000;
    private const int MostSampledPaths = 4000;
    private const int DrawsPerPath = 10;

    public static PathFigures Run(MixNetwork network, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(random);
        var nodes = network.View.Nodes;
        var degree = nodes.Max(node => node.Links.Length);
        var steps = degree * Math.Pow(degree - 1, network.Parameters.PathLinks - 2);
        var share = SimpleShare(network, random);
        if (steps > MostStepsOfPair)
        {
            return new(null, share, null);
        }

        var pairs = (int)Math.Clamp(MostSteps / steps, Summary.Batches, MostPairs);
        var entropies = new double[pairs];
        double? fit = null;
        for (var pair = 0; pair < pairs; pair++)
        {
            var from = random.NextInt32(nodes.Length);
            var to = random.NextInt32(nodes.Length - 1);
            to += to >= from ? 1 : 0;
            var paths = Enumerate(network.View, from, to, network.Parameters.PathLinks);
            var total = paths.Sum(path => path.Weight);
            entropies[pair] = paths.Count == 0 ? 0 : Math.Log2(total) - (paths.Sum(path => path.Weight * Math.Log2(path.Weight)) / total);
            if (fit is null && paths.Count is > 1 and <= MostSampledPaths)
            {
                fit = SamplerFit(network, from, to, paths, total, random);
            }
        }

        return new(Summary.Of(entropies), share, fit);
    }

    /// <summary>All simple paths with their weights: 1 / (max(degree, degree) − 1) for each link between two inner nodes, 1 / 1 at least.</summary>
    public static IReadOnlyList<(string Path, double Weight)> Enumerate(TopologyView view, int from, int to, int links)
    {
        ArgumentNullException.ThrowIfNull(view);
        var found = new List<(string Path, double Weight)>();
        var walk = new int[links];
        var relayDegrees = view.Nodes.Select(node => node.Links.Count(other => view.Nodes[other].Relays)).ToArray();
        Extend(0, from, 1);
        return found;

        void Extend(int depth, int node, double weight)
        {
            foreach (var next in view.Nodes[node].Links)
            {
                if (depth == links - 1)
                {
                    if (next == to)
                    {
                        walk[depth] = to;
                        found.Add((Name(walk), weight));
                    }
                }
                else if (next != to && next != from && view.Nodes[next].Relays && Array.IndexOf(walk, next, 0, depth) < 0)
                {
                    walk[depth] = next;
                    Extend(depth + 1, next, depth == 0 ? weight : weight / Math.Max(1, Math.Max(relayDegrees[node], relayDegrees[next]) - 1));
                }
            }
        }
    }

    private static string Name(ReadOnlySpan<int> path)
    {
        Span<char> name = stackalloc char[path.Length];
        for (var i = 0; i < path.Length; i++)
        {
            name[i] = (char)path[i];
        }

        return new(name);
    }

    private static double SamplerFit(
        MixNetwork network, int from, int to, IReadOnlyList<(string Path, double Weight)> paths, double total, IRandomSource random)
    {
        var sampler = new PathSampler(network.View, network.View.Nodes[from].Address, network.Parameters, MixNetwork.Epoch);
        var places = paths.Index().ToDictionary(item => item.Item.Path, item => item.Index, StringComparer.Ordinal);
        var counts = new long[paths.Count];
        for (var draw = 0; draw < DrawsPerPath * paths.Count; draw++)
        {
            if (sampler.Sample(network.View.Nodes[to].Address, random) is not PathResult.Path drawn
                || !places.TryGetValue(Name(drawn.Nodes.AsSpan()), out var place))
            {
                // A path that doesn't exist can't be by chance.
                return 0;
            }

            counts[place]++;
        }

        return GoodnessOfFit.ChiSquare(counts, [.. paths.Select(path => path.Weight / total)]);
    }

    private static double SimpleShare(MixNetwork network, IRandomSource random)
    {
        var nodes = network.View.Nodes;
        var simple = 0;
        var seen = new HashSet<int>();
        for (var walk = 0; walk < Walks; walk++)
        {
            seen.Clear();
            var (last, node) = (-1, random.NextInt32(nodes.Length));
            _ = seen.Add(node);
            var links = 0;
            for (; links < network.Parameters.PathLinks; links++)
            {
                var choices = nodes[node].Links;
                var turn = last < 0 ? -1 : choices.IndexOf(last);
                if (choices.Length == (turn < 0 ? 0 : 1))
                {
                    break;
                }

                var choice = random.NextInt32(choices.Length - (turn < 0 ? 0 : 1));
                (last, node) = (node, choices[choice + (turn >= 0 && choice >= turn ? 1 : 0)]);
                if (!seen.Add(node))
                {
                    break;
                }
            }

            simple += links == network.Parameters.PathLinks ? 1 : 0;
        }

        return (double)simple / Walks;
    }
}
