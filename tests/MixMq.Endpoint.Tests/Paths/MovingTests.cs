using MixMq.Endpoint.Paths;
using MixMq.Simulation;

namespace MixMq.Endpoint.Tests.Paths;

public sealed class MovingTests
{
    [Fact]
    public void A_sampler_goes_over_to_renewed_records_and_goes_on_as_if_nothing_had_been()
    {
        var (old, renewed) = (TestGraph.Demo(), TestGraph.Demo());
        Assert.NotSame(old.View, renewed.View);
        var (moved, stayed) = (old.Sampler("A"), old.Sampler("A"));
        var (one, other) = (new SeededRandomSource(1), new SeededRandomSource(1));
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(i < 50 ? old.View : renewed.View, moved.View);
            Assert.Equal(old.Show(Path(stayed, old, other)), renewed.Show(Path(moved, renewed, one)));
            Assert.True(i < 49 || moved.TryMove(renewed.View, TestGraph.Epoch));
        }
    }

    [Fact]
    public void A_sampler_refuses_a_view_that_differs_in_what_paths_depend_on_and_stays_as_it_is()
    {
        var test = TestGraph.Demo();
        var sampler = test.Sampler("A");
        var random = new SeededRandomSource(2);
        _ = Path(sampler, test, random);
        Assert.False(sampler.TryMove(TestGraph.Demo("r2").View, TestGraph.Epoch)); // a node less
        Assert.False(sampler.TryMove(new TestGraph(Links("a1-r1")).View, TestGraph.Epoch)); // a link less
        Assert.False(sampler.TryMove(new TestGraph(Links(""), withoutKey: "r1").View, TestGraph.Epoch)); // a key less
        Assert.False(sampler.TryMove(test.View, TestGraph.Epoch + 1)); // no keys for the epoch
        Assert.Equal((test.View, TestGraph.Epoch), (sampler.View, sampler.Epoch));
        Assert.Equal(5, Path(sampler, test, random).Links);

        // An endpoint's key decides nothing for the others' paths.
        var keyless = new TestGraph(Links(""), withoutKey: "C");
        Assert.True(sampler.TryMove(keyless.View, TestGraph.Epoch));
        Assert.Equal(NoPathReason.NoMixKey, Assert.IsType<PathResult.NoPath>(sampler.Sample(keyless["C"], random)).Reason);
        Assert.Equal(5, Path(sampler, keyless, random).Links);
    }

    private static IEnumerable<(string, string)> Links(string without) =>
        TestGraph.Parse("A-a1 A-a2 B-b1 C-c1").Concat(TestGraph.Complete("a1", "a2", "b1", "c1", "r1", "r2")).Where(link => $"{link.A}-{link.B}" != without);

    private static PathResult.Path Path(PathSampler sampler, TestGraph test, SeededRandomSource random) =>
        Assert.IsType<PathResult.Path>(sampler.Sample(test["B"], random));
}
