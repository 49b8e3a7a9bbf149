using MixMq.Cli.Demo;
using MixMq.Cli.Local;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Tests.Demo;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(50, 50)]
    [InlineData(99, 99)]
    [InlineData(100, 100)]
    [InlineData(0, 1)]
    public void Percentiles_are_values_by_nearest_rank(double percent, double expected) =>
        Assert.Equal(expected, Percentile.Of(Enumerable.Range(1, 100).Reverse().Select(value => (double)value), percent));

    [Fact]
    public void Of_nothing_there_is_no_percentile() => Assert.Equal(0, Percentile.Of([], 50));

    [Fact]
    public void Of_two_values_the_99th_percentile_is_the_larger() => Assert.Equal(7, Percentile.Of([3, 7], 99));

    [Fact]
    public void A_restarted_node_counts_on()
    {
        var counters = new NodeCounters();
        counters.Note("b", Life(started: 1, retransmissions: 4, paths: 9));
        counters.Note("b", Life(started: 1, retransmissions: 5, paths: 10));
        counters.Note("b", Life(started: 2, retransmissions: 2, paths: 3));
        counters.Note("a", Life(started: 1, retransmissions: 1, paths: 2));
        Assert.Equal(8UL, counters.Retransmissions);
        Assert.Equal(12UL, counters.Paths);
        Assert.Equal((5U, 6U), (counters.LinksMin, counters.LinksMax));
    }

    [Fact]
    public void A_view_that_lacks_a_node_or_a_link_or_has_it_one_sided_has_not_converged()
    {
        var addresses = DemoPlan.Members.ToDictionary(member => member.Name, member => "addr-" + member.Name);
        var view = new NetworkTopology();
        view.Nodes.AddRange(DemoPlan.Members.Select(member => new NetworkNode { Address = addresses[member.Name] }));
        view.Links.AddRange(DemoPlan.Links.Select(link => new NetworkLink { AddressA = addresses[link.Listener.Name], AddressB = addresses[link.Dialler.Name], TwoSided = true }));
        Assert.Equal((0, 0), Count(Convergence.Missing(view, DemoPlan.Network, addresses)));
        view.Links[3].TwoSided = false;
        Assert.Equal((0, 1), Count(Convergence.Missing(view, DemoPlan.Network, addresses)));
        view.Nodes.RemoveAt(0);
        Assert.Equal((1, 1), Count(Convergence.Missing(view, DemoPlan.Network, addresses)));
        Assert.Equal((9, 19), Count(Convergence.Missing(null, DemoPlan.Network, addresses)));
    }

    private static (int, int) Count((IReadOnlyList<string> Nodes, IReadOnlyList<string> Links) missing) => (missing.Nodes.Count, missing.Links.Count);

    private static NodeStatus Life(long started, ulong retransmissions, ulong paths) => new()
    {
        StartedUnixMs = started,
        Messaging = new MessagingCounters { Retransmissions = retransmissions, PathsUsed = paths, PathLinksMin = 5, PathLinksMax = started == 2 ? 6U : 5U },
    };
}
