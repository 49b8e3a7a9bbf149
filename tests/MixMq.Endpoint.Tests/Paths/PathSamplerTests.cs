using MixMq.Crypto;
using MixMq.Endpoint.Paths;
using MixMq.Sphinx;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Endpoint.Tests.Paths;

public sealed class PathSamplerTests
{
    // A ring of relays with a chord, with degrees 2 to 5, and endpoints on four of them.
    private const string Irregular = "A-p A-q B-t B-u C-v p-q q-r r-s s-t t-u u-v v-p p-s q-t r-u s-v p-t p-r";

    [Theory]
    [Trait("Spec", "TOP-23")]
    [InlineData("demo", "A", "B", 5)]
    [InlineData("demo", "B", "A", 5)]
    [InlineData("demo", "C", "B", 4)]
    [InlineData("irregular", "A", "B", 4)]
    [InlineData("irregular", "B", "C", 5)]
    [InlineData("irregular", "C", "A", 6)]
    public void Paths_have_the_odds_that_enumeration_gives_them(string graph, string from, string to, int links)
    {
        var test = graph == "demo"
            ? new TestGraph(TestGraph.Parse("A-a1 A-a2 B-b1 C-c1").Concat(TestGraph.Complete("a1", "a2", "b1", "c1", "r1", "r2")), links)
            : new TestGraph(TestGraph.Parse(Irregular), links);
        RequireOdds(test, from, to, links, new SeededRandomSource($"{graph} {from} {to} {links}"));
    }

    [Fact]
    public void Where_walks_are_seldom_simple_enumeration_gives_the_same_odds()
    {
        // A path must pass all seven relays. Some 3% of the walks do, so 64 rejections in a row come soon, and from then on paths are enumerated.
        var links = TestGraph.Complete("x", "y", "p", "q", "r", "s", "t").Except([("p", "q"), ("x", "r")]).Concat([("A", "x"), ("B", "y")]);
        var test = new TestGraph(links, pathLinks: 8);
        RequireOdds(test, "A", "B", 8, new SeededRandomSource(31));
    }

    [Fact]
    public void In_the_demo_every_pair_has_paths_of_five_links_and_still_after_a_float_or_relay_died()
    {
        foreach (var dead in (string[][])[[], ["a1"], ["a2"], ["r1"], ["r2"], ["a1", "r1"]])
        {
            var test = TestGraph.Demo(dead);
            var random = new SeededRandomSource(41);
            foreach (var from in (string[])["A", "B", "C"])
            {
                var sampler = test.Sampler(from);
                foreach (var to in (string[])["A", "B", "C"])
                {
                    for (var i = 0; i < 50 && from != to; i++)
                    {
                        var path = Assert.IsType<PathResult.Path>(sampler.Sample(test[to], random));
                        test.RequireValid(from, to, path);
                        Assert.Equal(5, path.Links);
                        Assert.False(path.IsNearestLength);
                    }
                }
            }
        }
    }

    [Theory]
    [Trait("Spec", "TOP-24")]
    [InlineData("A-a a-B", 2)]
    [InlineData("A-a a-b b-B", 3)]
    [InlineData("A-a a-b b-c c-d d-e e-B", 6)]
    [InlineData("A-a a-b b-c c-d d-e e-f f-g g-h h-B", 9)]
    [InlineData("A-a a-b b-c b-B c-d d-e e-f f-B", 7)] // 3 and 7 are two away from 5: the longer
    [InlineData("A-a a-b b-B a-c c-d d-e e-f f-g g-B", 3)] // 3 is two away, 7 none: a c d e f g B is 7
    public void The_nearest_length_that_has_a_path_is_used_and_said(string links, int expected)
    {
        var test = new TestGraph(TestGraph.Parse(links));
        var lengths = Enumerable.Range(2, 8).Where(length => test.Enumerate("A", "B", length).Count > 0).ToArray();
        var nearest = lengths.OrderBy(length => Math.Abs(length - 5)).ThenByDescending(length => length).First();
        var path = Assert.IsType<PathResult.Path>(test.Sampler("A").Sample(test["B"], new SeededRandomSource(51)));
        test.RequireValid("A", "B", path);
        Assert.Equal(nearest, path.Links);
        Assert.Equal(links.Contains("a-c", StringComparison.Ordinal) ? 7 : expected, path.Links);
        Assert.True(path.IsNearestLength);
    }

    [Fact]
    public void A_walk_that_only_turns_in_circles_gives_no_path_of_its_length()
    {
        // Five links are there only through the triangle twice over b; four and three are simple.
        var test = new TestGraph(TestGraph.Parse("A-a a-b b-c c-a b-B"), pathLinks: 6);
        var path = Assert.IsType<PathResult.Path>(test.Sampler("A").Sample(test["B"], new SeededRandomSource(52)));
        Assert.Equal("a c b B", test.Show(path));
        Assert.True(path.IsNearestLength);
    }

    [Fact]
    [Trait("Spec", "TOP-26")]
    public void There_is_no_path_and_it_says_why()
    {
        var random = new SeededRandomSource(61);
        var test = new TestGraph(TestGraph.Parse("A-a a-B X-Y D-C E-e e-f"));
        var sampler = test.Sampler("A");
        Assert.Equal(NoPathReason.Oneself, Reason(sampler.Sample(test["A"], random)));
        Assert.Equal(NoPathReason.UnknownDestination, Reason(sampler.Sample(NodeAddress.FromBytes(new byte[32]), random)));
        Assert.Equal(NoPathReason.NoRelayPath, Reason(sampler.Sample(test["E"], random)));
        Assert.Equal(NoPathReason.NoOwnLink, Reason(test.Sampler("X").Sample(test["B"], random)));
        Assert.Equal(NoPathReason.NoOwnLink, Reason(test.Sampler("X").Sample(test["Y"], random)));
        var stranger = new PathSampler(test.View, NodeAddress.FromBytes(new byte[32]), test.Network, TestGraph.Epoch);
        Assert.Equal(NoPathReason.NoOwnLink, Reason(stranger.Sample(test["B"], random)));
        Assert.Equal(NoPathReason.NoMixKey, Reason(test.Sampler("A", TestGraph.Epoch + 1).Sample(test["B"], random)));
    }

    [Fact]
    public void A_node_without_a_mix_key_for_the_epoch_is_neither_destination_nor_relay()
    {
        var random = new SeededRandomSource(62);
        var links = TestGraph.Parse("A-a a-b b-B a-c c-B");
        var destination = new TestGraph(links, pathLinks: 3, withoutKey: "B");
        Assert.Equal(NoPathReason.NoMixKey, Reason(destination.Sampler("A").Sample(destination["B"], random)));
        var relay = new TestGraph(links, pathLinks: 3, withoutKey: "b");
        for (var i = 0; i < 20; i++)
        {
            var sampler = relay.Sampler("A");
            var path = Assert.IsType<PathResult.Path>(sampler.Sample(relay["B"], random));
            Assert.Equal("a c B", relay.Show(path));
            Assert.All(path.Nodes, node => Assert.True(sampler.TryGetMixKey(node, TestGraph.Epoch, out _)));
        }
    }

    [Fact]
    public void A_link_that_one_end_alone_claims_is_never_used()
    {
        // c would be a shorter way, and its own way back to the sender too.
        var test = new TestGraph(TestGraph.Parse("A-a a-b b-B a-c c-d d-b"), pathLinks: 4, claims: "c-b c-B c-A A-d");
        var (sampler, random) = (test.Sampler("A"), new SeededRandomSource(66));
        for (var i = 0; i < 100; i++)
        {
            var path = Assert.IsType<PathResult.Path>(sampler.Sample(test["B"], random));
            test.RequireValid("A", "B", path);
            Assert.Equal("a c d b B", test.Show(path));
        }
    }

    [Fact]
    public void Endpoints_are_never_in_the_middle()
    {
        var test = new TestGraph(TestGraph.Parse("A-a a-b b-B a-M M-b a-N N-c c-b"), pathLinks: 4);
        var path = Assert.IsType<PathResult.Path>(test.Sampler("A").Sample(test["B"], new SeededRandomSource(63)));
        Assert.Equal("a b B", test.Show(path));
    }

    [Fact]
    public void A_relay_can_send_and_receive_too()
    {
        var test = TestGraph.Demo();
        var random = new SeededRandomSource(64);
        for (var i = 0; i < 200; i++)
        {
            test.RequireValid("r1", "B", Assert.IsType<PathResult.Path>(test.Sampler("r1").Sample(test["B"], random)));
            test.RequireValid("A", "r2", Assert.IsType<PathResult.Path>(test.Sampler("A").Sample(test["r2"], random)));
        }

        RequireOdds(test, "A", "r2", 5, new SeededRandomSource(65));
    }

    [Fact]
    public void An_endpoint_uses_its_floats_alike_however_well_they_are_connected()
    {
        // x has two links to other relays, y has eight: neither its poor nor its rich links make a float likelier.
        var far = Enumerable.Range(0, 8).Select(i => $"m{i}").ToArray();
        var links = TestGraph.Complete(far)
            .Concat([("A", "x"), ("A", "y"), ("B", "m0"), ("B", "m1"), ("x", "m2"), ("x", "m3")])
            .Concat(far.Select(m => ("y", m)));
        var test = new TestGraph(links);
        var odds = test.Enumerate("A", "B", 5);
        Assert.InRange(odds.Where(pair => pair.Key.StartsWith('x')).Sum(pair => pair.Value), 0.1, 0.5);
    }

    [Fact]
    public void One_seed_gives_one_series_of_paths()
    {
        var test = TestGraph.Demo();
        string Series()
        {
            var random = new SeededRandomSource(81);
            var sampler = test.Sampler("A");
            return string.Join('|', Enumerable.Range(0, 50).Select(_ => test.Show((PathResult.Path)sampler.Sample(test["C"], random))));
        }

        Assert.Equal(Series(), Series());
    }

    [Fact]
    public void On_random_graphs_every_path_is_valid_and_there_is_one_exactly_where_enumeration_finds_one()
    {
        var random = new SeededRandomSource(91);
        for (var round = 0; round < 50; round++)
        {
            var relays = 2 + random.NextInt32(4);
            var links = new List<(string, string)> { ("A", "r0"), ("B", "r1"), ("r0", "z"), ("r1", "z") };
            for (var a = 0; a < relays; a++)
            {
                for (var b = a + 1; b < relays; b++)
                {
                    if (random.NextInt32(10) < 5)
                    {
                        links.Add(($"r{a}", $"r{b}"));
                    }
                }
            }

            var wished = 2 + random.NextInt32(7);
            var test = new TestGraph(links, wished);
            var lengths = Enumerable.Range(2, 8).Where(length => test.Enumerate("A", "B", length).Count > 0).ToArray();
            var nearest = lengths.OrderBy(length => Math.Abs(length - wished)).ThenByDescending(length => length).First();
            var sampler = test.Sampler("A");
            for (var i = 0; i < 5; i++)
            {
                var path = Assert.IsType<PathResult.Path>(sampler.Sample(test["B"], random));
                test.RequireValid("A", "B", path);
                Assert.Equal(nearest, path.Links);
                Assert.Equal(nearest != wished, path.IsNearestLength);
            }
        }
    }

    private static NoPathReason Reason(PathResult result) => Assert.IsType<PathResult.NoPath>(result).Reason;

    // Chi-square against exact odds; the bound is the 99.9th percentile by Wilson and Hilferty. Seeds are pinned, so it holds or it doesn't.
    private static void RequireOdds(TestGraph test, string from, string to, int links, SeededRandomSource random)
    {
        var odds = test.Enumerate(from, to, links);
        Assert.InRange(odds.Count, 2, 1000);
        var samples = 100 * odds.Count;
        var counts = odds.Keys.ToDictionary(path => path, _ => 0, StringComparer.Ordinal);
        var sampler = test.Sampler(from);
        for (var i = 0; i < samples; i++)
        {
            var path = Assert.IsType<PathResult.Path>(sampler.Sample(test[to], random));
            test.RequireValid(from, to, path);
            counts[test.Show(path)]++;
        }

        var chiSquare = odds.Sum(pair => Math.Pow(counts[pair.Key] - (samples * pair.Value), 2) / (samples * pair.Value));
        var freedom = odds.Count - 1.0;
        var bound = freedom * Math.Pow(1 - (2 / (9 * freedom)) + (3.09 * Math.Sqrt(2 / (9 * freedom))), 3);
        Assert.InRange(chiSquare, 0, bound);
    }
}
