using MixMq.Simulation.Anonymity;

namespace MixMq.Simulation.Tests.Anonymity;

public sealed class NetworkStudyTests
{
    private static readonly AnonymityOptions Options = new() { Nodes = 16, Degree = 4, Links = 4, Rate = 30, Senders = 16, Targets = 400, Seed = 3 };
    private static readonly AnonymityOptions Small = Options with { Nodes = 10, Links = 3, Senders = 10, Rate = 20, Targets = 200 };

    [Fact]
    public void A_network_measures_up_to_the_closed_forms_and_twice_alike()
    {
        var found = Run(Options);
        Assert.InRange(found.DelayFit, Check.Significance, 1);
        Assert.InRange(found.OccupancyFit, Check.Significance, 1);
        Assert.InRange(found.InterchangeFit, Check.Significance, 1);
        Assert.Equal(found.Ceiling, found.PerfectMix.Mean, 0.05);
        Assert.InRange(found.OfTimesAndPlaces.MostUnresolved, 0, 1e-6);
        Assert.InRange(found.Efficiency, 0.5, 1);
        Assert.InRange(found.OfTimesAndPlaces.Sender.Mean, 2, Math.Log2(Options.Senders));
        Assert.InRange(found.OtherLengthShare, 0, 0.1);
        Assert.Equal(0, found.Unrouted);

        var again = Run(Options);
        Assert.Equal(found.Hash, again.Hash);
        Assert.Equal(found.OfTimes, again.OfTimes);
        Assert.Equal(found.OfTimesAndPlaces, again.OfTimesAndPlaces);
    }

    [Fact]
    public void Constant_delays_are_found() => Assert.InRange(Run(Small, shipping => new DelayDefect(shipping, _ => 50)).DelayFit, 0, 1e-12);

    [Fact]
    public void Relays_that_do_not_hold_packets_hide_nobody()
    {
        var found = Run(Small, shipping => new DelayDefect(shipping, _ => 0));
        Assert.InRange(found.OfTimesAndPlaces.Sender.Mean, 0, 0.01);
        Assert.InRange(found.DelayFit, 0, 1e-12);
    }

    [Fact]
    public void The_sampler_draws_paths_with_the_odds_of_a_count_apart_from_it()
    {
        var network = MixNetwork.Regular(30, 4, 5, new SeededRandomSource("paths"));
        var found = PathStudy.Run(network, new SeededRandomSource("draws"));
        Assert.NotNull(found.SamplerFit);
        Assert.InRange(found.SamplerFit.Value, Check.Significance, 1);
        Assert.NotNull(found.Entropy);
        Assert.Equal(ClosedForms.Paths(30, 4, 5) + Math.Log2(found.SimpleShare), found.Entropy.Value.Mean, 0.3);
    }

    [Theory]
    [InlineData(12, 3)]
    [InlineData(25, 4)]
    [InlineData(100, 8)]
    public void Graphs_are_regular_connected_and_both_ends_agree(int nodes, int degree)
    {
        var graph = RegularGraph.Create(nodes, degree, new SeededRandomSource(nodes));
        Assert.All(graph.Index(), node =>
        {
            Assert.Equal(degree, node.Item.Distinct().Count());
            Assert.DoesNotContain(node.Index, node.Item);
            Assert.All(node.Item, other => Assert.Contains(node.Index, graph[other]));
        });
    }

    [Fact]
    public void Options_that_make_no_sense_are_named_all_at_once() =>
        Assert.Equal(4, new AnonymityOptions { Nodes = 9, Degree = 9, DelayMs = 1, Targets = 1 }.Validate().Count);

    private static NetworkFigures Run(AnonymityOptions options, Func<IPacketRoutes, IPacketRoutes>? routes = null)
    {
        var network = MixNetwork.Regular(options.Nodes, options.Degree, options.Links, new SeededRandomSource("graph"));
        return NetworkStudy.Run(network, options, routes);
    }
}
