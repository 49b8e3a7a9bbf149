using MixMq.Crypto;
using MixMq.Endpoint.Paths;
using MixMq.Endpoint.Tests.Paths.Anonymity;
using MixMq.Simulation;
using Xunit.Abstractions;

namespace MixMq.Endpoint.Tests.Paths;

public sealed class CliqueTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(10, 0.37)]
    [InlineData(20, 0.76)]
    public void Colluders_that_link_each_other_draw_many_hops_without_weights_and_their_share_with_them(int colluders, double known)
    {
        for (var seed = 0; seed < 3; seed++)
        {
            var random = new SeededRandomSource($"clique {colluders} {seed}");
            var links = Graphs.RegularLinks(100, 8, random);
            var clique = Enumerable.Range(0, colluders).SelectMany(a => Enumerable.Range(a + 1, colluders - a - 1).Select(b => (a, b)));
            var (all, ends) = (links.Concat(clique).ToList(), Enumerable.Range(0, 100).ToArray());
            var without = Share(Graphs.Of(100, all, isWeighted: false), ends, colluders, random);
            var with = Share(Graphs.Of(100, all), ends, colluders, random);
            var honest = Share(Graphs.Of(100, links), ends, colluders, random);
            output.WriteLine($"{colluders} colluders: {without:0.000} without weights, {with:0.000} with them, {honest:0.000} without a clique");
            Assert.InRange(without, known - 0.06, known + 0.06);
            Assert.InRange(with, 0, 1.2 * colluders / 100);
        }
    }

    // Of hops on inner nodes, between pairs of honest ends.
    private static double Share(RelayGraph graph, int[] ends, int colluders, IRandomSource random)
    {
        int[] honest = [.. ends.Where(end => end >= colluders)];
        var sources = honest.ToDictionary(end => end, end => new PathSource(graph, end, 6, 9));
        var (theirs, all) = (0, 0);
        for (var i = 0; i < 6_000; i++)
        {
            var (from, to) = (honest[random.NextInt32(honest.Length)], honest[random.NextInt32(honest.Length)]);
            if (from != to)
            {
                var path = sources[from].Draw(to, random, out _);
                foreach (var node in path.AsSpan()[..^1])
                {
                    all++;
                    theirs += node < colluders ? 1 : 0;
                }
            }
        }

        return (double)theirs / all;
    }
}
