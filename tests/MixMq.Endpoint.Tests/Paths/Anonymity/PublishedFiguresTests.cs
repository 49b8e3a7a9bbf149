using MixMq.Crypto;
using MixMq.Endpoint.Paths;
using MixMq.Endpoint.Paths.Anonymity;
using MixMq.Simulation;
using Xunit.Abstractions;

namespace MixMq.Endpoint.Tests.Paths.Anonymity;

public sealed class PublishedFiguresTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(20, 4, 5)]
    [InlineData(100, 4, 7)]
    [InlineData(100, 8, 4)]
    [InlineData(1_000, 8, 5)]
    [InlineData(10_000, 8, 7)]
    public void On_random_regular_graphs_walks_forget_their_start_as_soon_as_is_known(int nodes, int degree, int expected)
    {
        for (var seed = 0; seed < (nodes > 100 ? 1 : 3); seed++)
        {
            var random = new SeededRandomSource($"mixing {nodes} {degree} {seed}");
            var mixing = WalkMixing.Of(Graphs.Regular(nodes, degree, random), 2, random, CancellationToken.None);
            output.WriteLine($"{mixing.Starts} starts, median {mixing.MedianSteps()}, worst {mixing.WorstSteps()}: {mixing.Median(mixing.MedianSteps() - 1):0.000} {mixing.Median(mixing.MedianSteps()):0.000} worst {mixing.Worst(mixing.MedianSteps()):0.000}");
            Assert.Equal(expected, mixing.MedianSteps());
            Assert.InRange(mixing.WorstSteps(), expected, expected + 1);
        }
    }

    [Theory]
    [InlineData(8, 6, 10.4, 0.92, 1.41)]
    [InlineData(4, 8, 6.4, 0.91, 1.29)]
    public void A_hundred_relays_give_the_known_entropy_share_of_simple_walks_and_load(int degree, int pathLinks, double bits, double simple, double load)
    {
        for (var seed = 0; seed < 2; seed++)
        {
            var random = new SeededRandomSource($"figures {degree} {seed}");
            var graph = Graphs.Regular(100, degree, random);
            var report = AnonymityAnalysis.Run(
                graph, [.. Enumerable.Range(0, 100)], pathLinks, 9, random, null, CancellationToken.None, out _);
            output.WriteLine($"{report.EntropyMedianBits:0.00} bits, 1st percentile {report.EntropyPercentile1Bits:0.00}, simple {report.SimpleShare:0.000}, load {report.LinkLoad:0.000}");
            Assert.InRange(report.EntropyMedianBits, bits - 0.15, bits + 0.15);

            // Our walks never come back to the sender, so somewhat more of them are simple.
            Assert.InRange(report.SimpleShare, simple - 0.02, simple + 0.05);

            // The known load is that of ten thousand drawn paths. Most of it is chance: without sampling the load is almost even.
            Assert.InRange(report.LinkLoad, 1, 1.1);
            Assert.InRange(SampledLoad(graph, pathLinks, random), load - 0.25, load + 0.25);
        }
    }

    private static double SampledLoad(RelayGraph graph, int pathLinks, SeededRandomSource random)
    {
        PathSource[] sources = [.. Enumerable.Range(0, graph.NodeCount).Select(node => new PathSource(graph, node, pathLinks, 9))];
        var load = new int[graph.EdgeCount];
        for (var i = 0; i < 10_000; i++)
        {
            var (from, to) = (random.NextInt32(100), random.NextInt32(99));
            to += to >= from ? 1 : 0;
            var path = sources[from].Draw(to, random, out _);
            for (var hop = 1; hop < path.Length - 1; hop++)
            {
                load[graph.Find(path[hop - 1], path[hop])]++;
            }
        }

        return load.Max() / load.Average();
    }
}
