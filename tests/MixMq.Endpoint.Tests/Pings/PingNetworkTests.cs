using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Pings;
using MixMq.Simulation;
using MixMq.Simulation.Admission;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Invariants;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Tests.Pings;

/// <summary>Pings over networks of floats and relays, with the cores that ship.</summary>
public sealed class PingNetworkTests
{
    [Theory]
    [Trait("Spec", "MSG-123")]
    [Trait("Spec", "MSG-124")]
    [InlineData(true)]
    [InlineData(false)]
    public void Pings_cross_a_network_by_paths_of_their_own_and_are_all_answered(bool real)
    {
        using var world = Network(real, out var one, out var other, out _);
        _ = world.Observe(new PingsAreAnsweredOnce(new Exemptions()));
        _ = world.Observe(new PathsAreSound(new Exemptions()));
        _ = world.Observe(new CellSizesAreConstant(new Exemptions()));
        _ = world.Observe(new RelaysForwardWhatTheyTookIn(new Exemptions()));
        var paths = world.Observe(new Paths());
        world.StartAll();
        world.RunFor(10);
        var before = paths.Taken.Count;
        Assert.Equal(0, before);
        var tokens = new List<long>();
        for (var i = 0; i < 60; i++)
        {
            tokens.Add(one.Endpoint!.Ping(other));
            world.RunFor(1.1);
        }

        world.RunFor(10);
        var outcomes = tokens.ConvertAll(token => one.Endpoint!.Pings[token]);
        Assert.All(outcomes, outcome => Assert.Equal(PingResult.Answered, outcome.Result));

        // The drawn delays are of four relays there and four back, 20 ms each.
        Assert.InRange(outcomes.Average(outcome => outcome.RoundTripMicros) / 1000.0, 8 * 20 * 0.8, (8 * 20 * 1.2) + 120);
        Assert.All(tokens, token => Assert.Equal(4, one.Endpoint!.PingsOnTheirWay[token]));
        Assert.True(paths.Taken.Count(path => path.From == one) == 60 && paths.Taken.Count(path => path.From == other) == 60);
        Assert.True(paths.Taken.Select(path => path.Hops).Distinct().Count() > 20);
        foreach (var node in new[] { one, other })
        {
            Assert.Equal(0, node.Endpoint!.DurableSteps);
            Assert.Empty(node.Disk.Store.Inbox);
            Assert.Empty(node.Endpoint.Snapshot().Drops);
        }
    }

    [Fact]
    [Trait("Spec", "MSG-126")]
    public void Nobody_pings_who_isnt_told_to()
    {
        using var world = Network(real: false, out var one, out var other, out _);
        world.StartAll();
        world.RunFor(10);
        for (var i = 0; i < 20; i++)
        {
            _ = one.Endpoint!.Submit(other, new byte[100]);
            world.RunFor(30);
        }

        Assert.True(one.Endpoint!.Snapshot() is { Acknowledged: 20, PingsSent: 0 });
        Assert.True(other.Endpoint!.Snapshot() is { PingsSent: 0, PingAnswersSent: 0 });
    }

    [Fact]
    [Trait("Spec", "MSG-121")]
    public void Who_was_revoked_is_pinged_by_nobody_and_hears_nothing()
    {
        using var world = Network(real: false, out var one, out var other, out var authorities);
        world.StartAll();
        world.RunFor(10);
        var first = other.Endpoint!.Ping(one);
        world.RunFor(10);
        Assert.Equal(PingResult.Answered, other.Endpoint.Pings[first].Result);
        world.Nodes[4].Give(authorities.Revoke(1, other));
        world.RunFor(30);
        var (from, to) = (other.Endpoint.Ping(one), one.Endpoint!.Ping(other));
        world.RunFor(20);
        Assert.NotEqual(PingResult.Answered, other.Endpoint.Pings[from].Result);
        Assert.Equal(PingResult.NoPath, one.Endpoint.Pings[to].Result);
        Assert.Equal(1, one.Endpoint.Snapshot().PingAnswersSent);
    }

    [Fact]
    public void A_node_that_is_down_and_one_that_forgot_its_asker_are_alike_from_outside()
    {
        using var world = Network(real: false, out var one, out var other, out _);
        world.StartAll();
        world.RunFor(10);
        other.Endpoint!.TakeSenders([]);
        var refused = one.Endpoint!.Ping(other, 5_000);
        world.RunFor(6);
        Assert.Equal(1, other.Endpoint.Snapshot().Drops[InboundDrop.SenderNotAllowed]);

        // Its links are seen to be down only after a while; until then there is a path.
        other.Crash();
        var absent = one.Endpoint.Ping(other, 5_000);
        world.RunFor(6);
        Assert.Equal(one.Endpoint.Pings[refused], one.Endpoint.Pings[absent]);
        Assert.Equal(PingResult.NoAnswer, one.Endpoint.Pings[refused].Result);
    }

    private static World Network(bool real, out SimNode one, out SimNode other, out NetworkAuthorities authorities)
    {
        var world = new World(World.SmallParameters(geometry: new PacketGeometry(10, 1024, 256)), 1, real ? new RealCrypto() : new IdealCrypto(1));
        authorities = new NetworkAuthorities(world, 3, 2);
        var relays = Enumerable.Range(0, 5).Select(i => world.AddNode($"relay-{i}")).ToArray();
        (one, other) = (world.AddEndpoint("one"), world.AddEndpoint("other"));
        one.Endpoint!.Configure = other.Endpoint!.Configure = options => options with { MeanDelayMs = 20, ViewRoundMs = 0 };
        for (var i = 0; i < relays.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                World.Peer(relays[i], relays[j]);
            }
        }

        for (var i = 0; i < 2; i++)
        {
            World.Peer(one, relays[i]);
            World.Peer(other, relays[2 + i]);
        }

        foreach (var node in world.Nodes)
        {
            authorities.Govern(node, node.Name);
        }

        return world;
    }

    private sealed class Paths : WorldObserver
    {
        public List<(SimNode From, string Hops)> Taken { get; } = [];

        public override void PacketMade(SimNode maker, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, ReadOnlySpan<byte> packet)
        {
            var hops = "";
            foreach (var hop in path)
            {
                hops += hop.Address.ToString();
            }

            Taken.Add((maker, hops));
        }
    }
}
