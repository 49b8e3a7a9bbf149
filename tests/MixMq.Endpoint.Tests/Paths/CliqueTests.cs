using MixMq.Crypto;
using MixMq.Endpoint.Paths;
using MixMq.Endpoint.Tests.Paths.Anonymity;
using MixMq.Simulation;
using Xunit.Abstractions;

namespace MixMq.Endpoint.Tests.Paths;

/// <summary>
/// Of 100 relays with 8 links each, some link all of each other as well. How much of the inner hops of others' paths do they get: without
/// weights and limit, with both, and when they spend their links with care?
/// </summary>
public sealed class CliqueTests(ITestOutputHelper output)
{
    private const int Nodes = 100;
    private const int MaxLinks = 16;

    [Theory]
    [InlineData(10, 0.37, 1.2, 1.3)]
    [InlineData(20, 0.76, 1.2, 1.35)]
    public void Colluders_draw_many_hops_without_correction_and_about_their_share_with_it(int colluders, double known, double most, double mostWithCare)
    {
        var (without, with, careful) = (0.0, 0.0, 0.0);
        for (var seed = 0; seed < 3; seed++)
        {
            var random = new SeededRandomSource($"clique {colluders} {seed}");
            var links = Graphs.RegularLinks(Nodes, 8, random);
            var clique = Enumerable.Range(0, colluders).SelectMany(a => Enumerable.Range(a + 1, colluders - a - 1).Select(b => (a, b)));

            // Eight links with each other at most: none is lost to the limit.
            var ring = Enumerable.Range(0, colluders).SelectMany(a => Enumerable.Range(1, 4).Select(k => (a, (a + k) % colluders)));
            without += Share(Graphs.Of(Nodes, links.Concat(clique), isWeighted: false), colluders, random) / 3;
            with += Share(Limited(links.Concat(clique)), colluders, random) / 3;
            careful += Share(Limited(links.Concat(ring)), colluders, random) / 3;
        }

        var share = colluders / (Nodes - 2.0);
        output.WriteLine($"{colluders}: {without:0.000} uncorrected, {with:0.000} = {with / share:0.00} shares, with care {careful:0.000} = {careful / share:0.00} shares");
        Assert.InRange(without, known - 0.02, known + 0.02);
        Assert.InRange(with, 0, most * share);
        Assert.InRange(careful, 0, mostWithCare * share);
    }

    // The graph that a view has of these links; the nodes' order is kept.
    private static RelayGraph Limited(IEnumerable<(int A, int B)> links)
    {
        var test = new TestGraph(links.Select(link => ($"n{link.A:d3}", $"n{link.B:d3}")), maxLinks: MaxLinks);
        int[] index = [.. Enumerable.Range(0, Nodes).Select(i => test.Index($"n{i:d3}"))];
        return Graphs.Of(Nodes, Enumerable.Range(0, Nodes).SelectMany(i => test.View.Nodes[index[i]].Links.Select(other => (i, Array.IndexOf(index, other)))));
    }

    // Of hops on inner nodes, between pairs of honest ends: each of the two less than a hundred that can be there has an equal claim.
    private static double Share(RelayGraph graph, int colluders, IRandomSource random)
    {
        var sources = Enumerable.Range(0, Nodes).Select(end => new PathSource(graph, end, 6, 9)).ToArray();
        var (theirs, all) = (0, 0);
        for (var i = 0; i < 6_000; i++)
        {
            var (from, to) = (colluders + random.NextInt32(Nodes - colluders), colluders + random.NextInt32(Nodes - colluders));
            if (from != to)
            {
                foreach (var node in sources[from].Draw(to, random, out _).AsSpan()[..^1])
                {
                    all++;
                    theirs += node < colluders ? 1 : 0;
                }
            }
        }

        return (double)theirs / all;
    }
}
