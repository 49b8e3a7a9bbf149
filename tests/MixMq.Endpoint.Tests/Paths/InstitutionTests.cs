using MixMq.Endpoint.Paths;
using MixMq.Simulation;

namespace MixMq.Endpoint.Tests.Paths;

/// <summary>In a permissioned network the inner nodes of a path are of different institutions, where there are enough.</summary>
public sealed class InstitutionTests
{
    // Two institutions with two relays each, two with one, and an endpoint at both ends.
    private static readonly (string A, string B)[] Links =
        [.. TestGraph.Parse("A-a1 A-a2 B-b1"), .. TestGraph.Complete("a1", "a2", "b1", "b2", "c1", "d1")];

    [Fact]
    [Trait("Spec", "ADM-15")]
    public void No_institution_stands_on_a_path_twice_and_the_odds_among_such_paths_stay()
    {
        var test = new TestGraph(Links, institution: name => name[..1].ToLowerInvariant());
        var sampler = test.Sampler("A");
        var random = new SeededRandomSource(4);
        var allowed = test.Enumerate("A", "B", 5).Where(pair => Institutions(pair.Key).Distinct().Count() == 4).ToDictionary(StringComparer.Ordinal);
        var weight = allowed.Values.Sum();
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        const int Draws = 6_000;
        for (var i = 0; i < Draws; i++)
        {
            var path = Assert.IsType<PathResult.Path>(sampler.Sample(test["B"], random));
            test.RequireValid("A", "B", path);
            var shown = test.Show(path);
            counts[shown] = counts.GetValueOrDefault(shown) + 1;
        }

        Assert.Equal(allowed.Keys.Order(StringComparer.Ordinal), counts.Keys.Order(StringComparer.Ordinal));
        Assert.All(counts, pair => Assert.InRange(pair.Value / (double)Draws, allowed[pair.Key] / weight * 0.6, allowed[pair.Key] / weight * 1.6));
    }

    [Fact]
    [Trait("Spec", "ADM-15")]
    public void Where_there_are_too_few_institutions_the_length_stays_and_one_comes_twice()
    {
        var test = new TestGraph(Links, institution: name => name[..1] is "a" or "A" ? "a" : "rest");
        var sampler = test.Sampler("A");
        var random = new SeededRandomSource(5);
        for (var i = 0; i < 200; i++)
        {
            var path = Assert.IsType<PathResult.Path>(sampler.Sample(test["B"], random));
            Assert.Equal((5, false), (path.Links, path.IsNearestLength));
            test.RequireValid("A", "B", path);
        }
    }

    [Fact]
    [Trait("Spec", "ADM-15")]
    public void A_loop_may_begin_and_end_at_floats_of_the_senders_institution()
    {
        var test = new TestGraph(Links, institution: name => name[..1].ToLowerInvariant());
        var sampler = test.Sampler("A");
        var random = new SeededRandomSource(6);
        var ends = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 400; i++)
        {
            var loop = Assert.IsType<PathResult.Path>(sampler.SampleLoop(random));
            var names = test.Show(loop).Split(' ');
            Assert.Equal(5, loop.Links);
            Assert.Equal(3, names[..3].Select(name => name[..1]).Distinct().Count());
            _ = ends.Add($"{names[0]} {names[3]}");
        }

        Assert.Contains("a1 a2", ends);
        Assert.Contains("a1 a1", ends);
    }

    [Fact]
    [Trait("Spec", "ADM-15")]
    public void In_an_open_network_institutions_do_not_count_and_another_one_is_another_graph()
    {
        var (open, permissioned) = (new TestGraph(Links), new TestGraph(Links, institution: name => name[..1].ToLowerInvariant()));
        var sampler = open.Sampler("A");
        var random = new SeededRandomSource(7);
        var twice = false;
        for (var i = 0; i < 200; i++)
        {
            twice |= Institutions(open.Show(Assert.IsType<PathResult.Path>(sampler.Sample(open["B"], random)))).Distinct().Count() < 4;
        }

        Assert.True(twice);
        Assert.False(sampler.TryMove(permissioned.View, TestGraph.Epoch));
    }

    [Fact]
    [Trait("Spec", "ADM-11")]
    public void The_path_length_is_that_of_the_view_and_a_change_of_it_is_noticed()
    {
        var (five, four) = (TestGraph.Demo(), new TestGraph(TestGraph.Parse("A-a1 A-a2 B-b1 C-c1").Concat(TestGraph.Complete("a1", "a2", "b1", "c1", "r1", "r2")), pathLinks: 4));
        var sampler = five.Sampler("A");
        var random = new SeededRandomSource(8);
        Assert.Equal(5, Assert.IsType<PathResult.Path>(sampler.Sample(five["B"], random)).Links);
        Assert.False(sampler.TryMove(four.View, TestGraph.Epoch));
        var after = new PathSampler(four.View, five["A"], five.Network, TestGraph.Epoch);
        Assert.Equal(4, Assert.IsType<PathResult.Path>(after.Sample(four["B"], random)).Links);
    }

    // The first letters of the relays.
    private static string[] Institutions(string path) => [.. path.Split(' ')[..^1].Select(name => name[..1])];
}
