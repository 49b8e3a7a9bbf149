using MixMq.Crypto;
using MixMq.Simulation.Anonymity;

namespace MixMq.Simulation.Tests.Anonymity;

public sealed class SenderPosteriorTests
{
    private const double Exact = 1e-12;

    [Fact]
    public void Two_packets_that_are_in_a_mix_together_leave_one_bit()
    {
        var run = Run(4, Packet(0, 0, (0, 10)), Packet(1, 2, (0, 20)));
        foreach (var delivery in Deliveries(run))
        {
            var found = new SenderPosterior(run, Observer.OfTimes).Of(delivery);
            Assert.Equal(1, found.Packet, Exact);
            Assert.Equal(1, found.Sender, Exact);
            Assert.Equal(0.5, found.GreatestSender, Exact);
            Assert.Equal(1, found.PacketSurprise, Exact);
            Assert.Equal(0, found.Unresolved, Exact);
        }
    }

    [Fact]
    public void A_packet_that_is_alone_in_a_mix_is_known()
    {
        var run = Run(4, Packet(0, 0, (0, 1)), Packet(1, 2, (0, 1)));
        Assert.All(Deliveries(run), delivery => Assert.Equal(0, new SenderPosterior(run, Observer.OfTimes).Of(delivery).Packet, Exact));
    }

    [Fact]
    public void Two_packets_of_one_sender_leave_a_bit_over_packets_and_none_over_senders()
    {
        var run = Run(4, Packet(3, 0, (0, 10)), Packet(3, 2, (0, 20)));
        var found = new SenderPosterior(run, Observer.OfTimes).Of(Deliveries(run)[0]);
        Assert.Equal(1, found.Packet, Exact);
        Assert.Equal(0, found.Sender, Exact);
    }

    [Fact]
    public void What_leaves_before_another_comes_is_not_taken_for_it()
    {
        // Two inside, one leaves, a third comes: then 1/4, 1/4 and 1/2.
        var run = Run(4, Packet(0, 0, (0, 5)), Packet(1, 1, (0, 20)), Packet(2, 10, (0, 30)));
        var posterior = new SenderPosterior(run, Observer.OfTimes);
        Assert.Equal(1.5, posterior.Of(Deliveries(run)[1]).Packet, Exact);
        Assert.Equal([0.25, 0.25, 0.5], posterior.Packets.OrderBy(one => one.Packet).Select(one => one.Probability));
    }

    [Fact]
    public void Places_on_the_path_part_those_who_are_together()
    {
        // Both in relay 1 at once, one at its first mix, the other at its second.
        var run = Run(4, Packet(0, 0, (1, 10)), Packet(1, 0, (0, 2), (1, 20)));
        Assert.All(Deliveries(run), delivery =>
        {
            Assert.Equal(1, new SenderPosterior(run, Observer.OfTimes).Of(delivery).Packet, Exact);
            Assert.Equal(0, new SenderPosterior(run, Observer.OfTimesAndPlaces).Of(delivery).Packet, Exact);
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void It_is_what_counting_all_ways_through_the_mixes_gives(int seed)
    {
        var random = new SeededRandomSource($"exact {seed}");
        var routes = new MarkovRoutes(3, 3, 30, random);
        var packets = new (int, long, PacketHop[])[5];
        for (var packet = 0; packet < packets.Length; packet++)
        {
            var hops = new List<PacketHop>();
            _ = routes.TryRoute(0, 5, 0, hops);
            packets[packet] = (packet % 3, random.NextInt32(60_000), [.. hops]);
        }

        var run = MixingRun.Run(Traffic.Of(3, packets), 6, 60_000_000, 0, 1_000_000);
        foreach (var observer in Enum.GetValues<Observer>())
        {
            var expected = ExactPosterior.Of(run, observer);
            var posterior = new SenderPosterior(run, observer);
            foreach (var delivery in Deliveries(run))
            {
                _ = posterior.Of(delivery);
                var found = posterior.Packets.ToDictionary(one => one.Packet, one => one.Probability);
                Assert.All(expected[delivery], one => Assert.Equal(one.Value, found.GetValueOrDefault(one.Key), 1e-8));
            }
        }
    }

    [Fact]
    public void Its_surprise_is_its_entropy_where_the_form_of_paths_tells_nothing()
    {
        var routes = new MarkovRoutes(12, 4, 50, new SeededRandomSource("markov"));
        var traffic = Traffic.Draw([12, 13, 14, 15], 40, 25, 16_000_000, routes, new SeededRandomSource("markov times"));
        var run = MixingRun.Run(traffic, 16, 17_000_000, 0, 1_000_000);
        var posterior = new SenderPosterior(run, Observer.OfTimesAndPlaces);
        var targets = RunFigures.Targets(run, 4_000_000, 16_000_000, 1500);
        var found = ObserverFigures.Of([.. targets.Select(posterior.Of)]);
        Assert.InRange(found.Excess.Mean, -5 * found.Excess.StandardError, 5 * found.Excess.StandardError);
        Assert.InRange(found.Excess.StandardError, 0, 0.08);

        // Who doesn't know that all paths are equally long is taken in.
        var other = new SenderPosterior(run, Observer.OfTimes);
        var taken = ObserverFigures.Of([.. targets.Take(200).Select(other.Of)]);
        Assert.True(taken.Excess.Mean > 10 * taken.Excess.StandardError);
    }

    private static (int, long, PacketHop[]) Packet(int sender, long millis, params (int Node, uint Delay)[] mixes) =>
        (sender, millis * 1000, [.. mixes.Select(mix => new PacketHop(mix.Node, mix.Delay)), new PacketHop(9, 0)]);

    private static MixingRun Run(int senders, params (int, long, PacketHop[])[] packets) =>
        MixingRun.Run(Traffic.Of(senders, packets), 10, 1_000_000, 0, 1_000_000);

    private static int[] Deliveries(MixingRun run) => RunFigures.Targets(run, 0, long.MaxValue, int.MaxValue);
}
