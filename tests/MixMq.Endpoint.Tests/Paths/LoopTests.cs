using MixMq.Endpoint.Paths;
using MixMq.Simulation;

namespace MixMq.Endpoint.Tests.Paths;

public sealed class LoopTests
{
    [Fact]
    [Trait("Spec", "TOP-33")]
    public void A_loop_ends_at_its_sender_and_repeats_at_most_its_first_relay_as_its_last()
    {
        var test = TestGraph.Demo();
        var random = new SeededRandomSource(101);
        foreach (var (name, floats) in new[] { ("A", 2), ("B", 1) })
        {
            var sampler = test.Sampler(name);
            var repeating = 0;
            for (var i = 0; i < 500; i++)
            {
                var path = Assert.IsType<PathResult.Path>(sampler.SampleLoop(random));
                Assert.Equal((5, false), (path.Links, path.IsNearestLength));
                Assert.Equal(test.Index(name), path.Nodes[^1]);
                Assert.All(path.Nodes.AsSpan()[..^1].ToArray(), node => Assert.True(test.View.Nodes[node].Relays));
                Assert.Equal(4, path.Nodes.AsSpan()[1..].ToArray().Distinct().Count());
                Assert.DoesNotContain(path.Nodes[0], path.Nodes.AsSpan()[1..^2].ToArray());
                repeating += path.Nodes[0] == path.Nodes[^2] ? 1 : 0;
            }

            Assert.InRange(repeating, floats == 1 ? 500 : 100, floats == 1 ? 500 : 400);
        }
    }

    [Theory]
    [InlineData("A-a a-b b-c c-a", 5, "a b c a A|a c b a A")] // round the triangle, either way
    [InlineData("A-a a-b b-c c-d d-a", 6, "a b c d a A|a d c b a A")]
    [InlineData("A-a A-b a-b", 3, "a b A|b a A")]
    [InlineData("A-a", 2, "a A")]
    public void The_loops_there_are_are_drawn_and_no_others(string links, int pathLinks, string expected)
    {
        var test = new TestGraph(TestGraph.Parse(links), pathLinks);
        var (sampler, random) = (test.Sampler("A"), new SeededRandomSource(102));
        var loops = Enumerable.Range(0, 60).Select(_ => test.Show(Assert.IsType<PathResult.Path>(sampler.SampleLoop(random)))).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(expected, string.Join('|', loops));
    }

    [Fact]
    [Trait("Spec", "TOP-33")]
    public void A_relay_that_could_only_send_the_packet_straight_back_makes_no_loop()
    {
        // a b a would be a loop of four links, on which b sees that it is one.
        var random = new SeededRandomSource(103);
        var test = new TestGraph(TestGraph.Parse("A-a a-b B-b"), pathLinks: 4);
        var path = Assert.IsType<PathResult.Path>(test.Sampler("A").SampleLoop(random));
        Assert.Equal("a A", test.Show(path));
        Assert.True(path.IsNearestLength);
        var alone = new TestGraph(TestGraph.Parse("X-Y B-b"));
        Assert.Equal(NoPathReason.NoOwnLink, Assert.IsType<PathResult.NoPath>(alone.Sampler("X").SampleLoop(random)).Reason);
        var keyless = new TestGraph(TestGraph.Parse("A-a a-b"), withoutKey: "A");
        Assert.Equal(NoPathReason.NoMixKey, Assert.IsType<PathResult.NoPath>(keyless.Sampler("A").SampleLoop(random)).Reason);
    }

    [Fact]
    public void Where_loops_are_seldom_simple_they_are_enumerated()
    {
        // All eight relays, in some order: few of the closed walks.
        var names = Enumerable.Range(0, 8).Select(i => $"r{i}").ToArray();
        var test = new TestGraph(TestGraph.Complete(names).Concat([("A", "r0"), ("A", "r1")]), pathLinks: 9);
        var (sampler, random) = (test.Sampler("A"), new SeededRandomSource(104));
        for (var i = 0; i < 100; i++)
        {
            var path = Assert.IsType<PathResult.Path>(sampler.SampleLoop(random));
            Assert.Equal((9, false), (path.Links, path.IsNearestLength));
            Assert.InRange(path.Nodes.AsSpan()[..^1].ToArray().Distinct().Count(), path.Nodes[0] == path.Nodes[^2] ? 7 : 8, 8);
        }
    }
}
