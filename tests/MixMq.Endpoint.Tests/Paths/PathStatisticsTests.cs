using MixMq.Endpoint.Paths;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Endpoint.Tests.Paths;

public sealed class PathStatisticsTests
{
    [Fact]
    public void Paths_are_counted_by_their_nodes_and_lengths()
    {
        var test = TestGraph.Demo();
        var random = new SeededRandomSource(1);
        var sampler = test.Sampler("A");
        var statistics = new PathStatistics(random);
        Assert.Equal((0L, 0, 0, 0), (statistics.Taken, statistics.Different, statistics.FewestLinks, statistics.MostLinks));
        var different = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 300; i++)
        {
            var path = (PathResult.Path)sampler.Sample(test[i % 2 == 0 ? "B" : "C"], random);
            _ = different.Add(test.Show(path));
            statistics.Add(path, test.View);
        }

        Assert.Equal((300L, different.Count, 5, 5), (statistics.Taken, statistics.Different, statistics.FewestLinks, statistics.MostLinks));
        Assert.Equal(0, statistics.OfNearestLength);
        statistics.Add(new PathResult.Path([0, 1], IsNearestLength: true), test.View);
        Assert.Equal((2, 5, 1L), (statistics.FewestLinks, statistics.MostLinks, statistics.OfNearestLength));
    }

    [Fact]
    public void A_path_is_the_same_in_another_view()
    {
        var test = TestGraph.Demo();
        var smaller = TestGraph.Demo("r2");
        var statistics = new PathStatistics(new SeededRandomSource(2));
        statistics.Add(Path(test), test.View);
        statistics.Add(Path(test), test.View);
        Assert.Equal(1, statistics.Different);
        statistics.Add(Path(smaller), smaller.View);
        Assert.Equal(1, statistics.Different);

        static PathResult.Path Path(TestGraph graph) => new([graph.Index("a1"), graph.Index("b1"), graph.Index("B")], IsNearestLength: true);
    }
}
