using MixMq.Crypto;
using MixMq.Endpoint.Paths;
using MixMq.Endpoint.Tests.Paths.Anonymity;
using MixMq.Simulation;
using Xunit.Abstractions;

namespace MixMq.Endpoint.Tests.Paths;

/// <summary>
/// Chi-square of drawn paths and loops against enumeration on random graphs of up to 12 nodes. Two bounds: each graph's statistic, at 10⁻⁶
/// divided among them, finds what is grossly wrong with some kind of graph; the sum over all graphs, at 10⁻⁶ more, has the power to find a
/// bias of 5%, which two tests show.
/// </summary>
public sealed class OddsTests(ITestOutputHelper output)
{
    private const int Graphs = 48;
    private const int Draws = 16_000;

    // One-sided quantiles of the normal distribution: 10⁻⁶ and 10⁻⁶ / 48.
    private const double Quantile = 4.753;
    private const double QuantileOfEach = 5.491;

    [Fact]
    [Trait("Spec", "TOP-23")]
    [Trait("Spec", "TOP-25")]
    public void Paths_have_the_odds_that_enumeration_gives_them() => RequireOdds(Run("paths", isLoop: false));

    [Fact]
    public void Loops_have_the_odds_that_enumeration_gives_them() => RequireOdds(Run("loops", isLoop: true));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sampler_that_avoids_half_of_the_paths_by_five_percent_is_found(bool isLoop)
    {
        var (sum, _) = Run("biased", isLoop, avoids: true);
        output.WriteLine($"{sum}");
        Assert.True(sum.Value > Bound(sum.Freedom, Quantile), $"{sum}");
    }

    [Fact]
    public void A_sampler_without_weights_is_found()
    {
        var (sum, _) = Run("unweighted", isLoop: false, isWeighted: false, graphs: Graphs / 4);
        Assert.True(sum.Value > 2 * Bound(sum.Freedom, Quantile), $"{sum}");
    }

    private void RequireOdds(((double Value, int Freedom) Sum, List<(double Value, int Freedom)> Each) result)
    {
        output.WriteLine($"{result.Sum.Value:0} with {result.Sum.Freedom} degrees of freedom, bound {Bound(result.Sum.Freedom, Quantile):0}");
        Assert.InRange(result.Sum.Value, 0, Bound(result.Sum.Freedom, Quantile));
        Assert.All(result.Each, each => Assert.InRange(each.Value, 0, Bound(each.Freedom, QuantileOfEach)));
    }

    private static ((double Value, int Freedom) Sum, List<(double Value, int Freedom)> Each) Run(string name, bool isLoop, bool avoids = false, bool isWeighted = true, int graphs = Graphs)
    {
        var each = new List<(double Value, int Freedom)>();
        for (var seed = 0; each.Count < graphs; seed++)
        {
            Assert.InRange(seed, 0, 50 * Graphs);
            var random = new SeededRandomSource($"{name} {isLoop} {seed}");
            var (graph, links) = Draw(random, isWeighted);
            var from = graph.NodeCount - 1;
            var to = isLoop ? from : random.NextInt32(2) == 0 ? from - 1 : random.NextInt32(from);
            var odds = BruteForce.Paths(graph, from, to, links);
            if (odds.Count is > 1 and <= 120)
            {
                each.Add(ChiSquare(graph, from, to, links, odds, avoids, random));
            }
        }

        return ((each.Sum(one => one.Value), each.Sum(one => one.Freedom)), each);
    }

    private static (double Value, int Freedom) ChiSquare(
        RelayGraph graph, int from, int to, int links, List<(int[] Nodes, double Weight)> odds, bool avoids, IRandomSource random)
    {
        var total = odds.Sum(path => path.Weight);
        var counts = odds.ToDictionary(path => Key(path.Nodes), _ => 0);
        var source = new PathSource(graph, from, links, 9);
        for (var i = 0; i < Draws;)
        {
            var path = source.Draw(to, random, out var isNearestLength);
            Assert.False(isNearestLength);

            // What isn't simple, leads through what isn't a relay or over what isn't a link has no place here, and fails.
            ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrNullRef(counts, Key(path.AsSpan()));
            Assert.False(System.Runtime.CompilerServices.Unsafe.IsNullRef(ref count));
            if (avoids && (Key(path.AsSpan()) * 0x9E3779B97F4A7C15) >> 63 == 0 && random.NextInt32(20) == 0)
            {
                continue;
            }

            count++;
            i++;
        }

        // Paths that are expected seldom are counted together.
        var (value, cells, rest, restExpected) = (0.0, 0, 0, 0.0);
        foreach (var (nodes, weight) in odds)
        {
            var (count, expected) = (counts[Key(nodes)], Draws * weight / total);
            if (expected < 20)
            {
                (rest, restExpected) = (rest + count, restExpected + expected);
                continue;
            }

            value += Math.Pow(count - expected, 2) / expected;
            cells++;
        }

        if (restExpected > 0)
        {
            value += Math.Pow(rest - restExpected, 2) / restExpected;
            cells++;
        }

        return (value, cells - 1);
    }

    // Five to ten relays with random links, and two ends with one to three of them; the last node is the sender.
    private static (RelayGraph Graph, int Links) Draw(IRandomSource random, bool isWeighted)
    {
        var relays = 5 + random.NextInt32(6);
        var density = 3 + random.NextInt32(6);
        var links = new List<(int, int)>();
        for (var a = 0; a < relays; a++)
        {
            for (var b = a + 1; b < relays; b++)
            {
                if (random.NextInt32(10) < density)
                {
                    links.Add((a, b));
                }
            }
        }

        for (var end = relays; end < relays + 2; end++)
        {
            var floats = 1 + random.NextInt32(3);
            for (var i = 0; i < floats; i++)
            {
                links.Add((random.NextInt32(relays), end));
            }
        }

        return (Anonymity.Graphs.Of(relays + 2, links, relays, isWeighted), 3 + random.NextInt32(5));
    }

    private static ulong Key(ReadOnlySpan<int> nodes)
    {
        var key = 1UL;
        foreach (var node in nodes)
        {
            key = (key << 4) | (uint)node;
        }

        return key;
    }

    // Wilson and Hilferty.
    private static double Bound(int freedom, double quantile) =>
        freedom == 0 ? 1e-6 : freedom * Math.Pow(1 - (2.0 / (9 * freedom)) + (quantile * Math.Sqrt(2.0 / (9 * freedom))), 3);
}
