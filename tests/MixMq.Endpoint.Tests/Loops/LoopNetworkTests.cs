using MixMq.Endpoint.Loops;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Invariants;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Tests.Loops;

/// <summary>Loops over networks of floats and relays, with the cores that ship.</summary>
public sealed class LoopNetworkTests
{
    [Theory]
    [Trait("Spec", "LOP-1")]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    [InlineData(false, 1)]
    public void Loops_of_both_kinds_cross_a_network_and_all_come_back(bool real, int floats)
    {
        using var world = Network(real, out var one, out var other, floats);
        var loops = world.Observe(new LoopsComeBack(new Exemptions()));
        _ = world.Observe(new PathsAreSound(new Exemptions()));
        _ = world.Observe(new RelaysForwardWhatTheyTookIn(new Exemptions()));
        _ = world.Observe(new NoPacketIsAcceptedTwice(new Exemptions()));
        one.Endpoint!.Configure = options => options with { MeanDelayMs = 20, LoopsPerMinute = 600 };
        world.StartAll();
        world.RunFor(10);
        loops.GoOnQuietly(60);
        loops.AtTheEnd();
        var report = one.Endpoint.Snapshot().Loops;
        foreach (var (figures, delays) in new[] { (report.Forward, 4 * 20), (report.Surb, 50 + (4 * 20)) })
        {
            Assert.True(figures is { Returned: > 300, Lost: 0, Late: 0 }, figures.ToString());
            Assert.InRange(figures.MeanMs - figures.ExcessMs, delays * 0.85, delays * 1.15);
            Assert.InRange(figures.ExcessMs, 5, 80);
        }

        Assert.Equal(LoopReport.None, other.Endpoint!.Snapshot().Loops);
        Assert.Empty(one.Endpoint.Snapshot().Drops);
        Assert.Empty(one.Disk.Store.Inbox);
        Assert.Empty(one.Snapshot().Drops);
    }

    [Fact]
    [Trait("Spec", "LOP-4")]
    public void A_float_that_drops_what_its_endpoint_sends_is_noticed()
    {
        using var world = Network(real: false, out var one, out _, floats: 1);
        one.Endpoint!.Configure = options => options with { MeanDelayMs = 20, LoopsPerMinute = 60 };
        world.StartAll();
        world.RunFor(60);
        Assert.False(one.Endpoint.Core.IsLosingLoops);
        Assert.True(one.Endpoint.Snapshot().Loops is { Forward.Lost: 0, Surb.Lost: 0 });

        // Links stay up and gossip goes on: packets alone are held back, half of those that come from the endpoint.
        var count = 0;
        var sender = one;
        world.Network.CellFilter = (from, _, cell) => from != sender || cell[0] != (byte)CellType.Packet || count++ % 2 == 0;
        Assert.True(world.RunUntil(() => one.Endpoint.Core.IsLosingLoops, 120, 1));
        world.Network.CellFilter = null;
        Assert.True(world.RunUntil(() => !one.Endpoint.Core.IsLosingLoops, 300, 1));
    }

    [Fact]
    [Trait("Spec", "LOP-5")]
    public void A_float_that_loses_all_loops_gets_no_fewer_packets()
    {
        using var world = Network(real: false, out var one, out _, floats: 2);
        var first = world.Observe(new FirstHops(one));
        one.Endpoint!.Configure = options => options with { MeanDelayMs = 20, LoopsPerMinute = 600 };
        world.StartAll();
        world.RunFor(20);
        var (sender, bad) = (one, world.Nodes[0]);
        world.Network.CellFilter = (from, to, cell) => from != sender || to != bad || cell[0] != (byte)CellType.Packet;
        world.RunFor(60);
        Assert.True(one.Endpoint.Core.IsLosingLoops);
        first.Count.Clear();
        world.RunFor(240);
        var all = first.Count.Values.Sum();
        Assert.True(all > 500);
        Assert.InRange(first.Count[bad.Address] / (double)all, 0.42, 0.58);
        Assert.Equal(2, one.Snapshot().Links.Count(link => link.Status == LinkStatus.Up));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Anonymous_messages_cross_the_same_network_and_are_acknowledged_by_SURB(bool real)
    {
        using var world = Network(real, out var one, out var other, floats: 2);
        one.Endpoint!.Configure = other.Endpoint!.Configure = options => options with { MeanDelayMs = 20, AllowAnonymous = true, LoopsPerMinute = 60 };
        world.StartAll();
        world.RunFor(10);
        var content = new byte[5_000];
        world.Random.Fill(content);
        one.Endpoint.Submit(new SubmitRequest { Token = world.NextToken(), To = other.Address, Label = "l", Content = content, Anonymous = true });
        Assert.True(world.RunUntil(() => one.Endpoint.Snapshot().Acknowledged == 1, 120, 1));
        Assert.Equal(content, Assert.Single(other.Disk.Store.Inbox).Content.ToArray());
        Assert.True(one.Endpoint.Snapshot().Loops is { Forward.Lost: 0, Surb.Lost: 0 });
    }

    private sealed class FirstHops(SimNode node) : WorldObserver
    {
        public Dictionary<NodeAddress, int> Count { get; } = [];

        public override void PacketMade(SimNode maker, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, ReadOnlySpan<byte> packet)
        {
            if (maker == node)
            {
                Count[path[0].Address] = Count.GetValueOrDefault(path[0].Address) + 1;
            }
        }
    }

    private static World Network(bool real, out SimNode one, out SimNode other, int floats)
    {
        var world = new World(World.SmallParameters(geometry: new PacketGeometry(10, 2048, 512)), 1, real ? new RealCrypto() : new IdealCrypto(1));
        var relays = Enumerable.Range(0, 5).Select(i => world.AddNode($"relay-{i}")).ToArray();
        (one, other) = (world.AddEndpoint("one"), world.AddEndpoint("other"));
        for (var i = 0; i < relays.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                World.Peer(relays[i], relays[j]);
            }
        }

        for (var i = 0; i < floats; i++)
        {
            World.Peer(one, relays[i]);
            World.Peer(other, relays[2 + i]);
        }

        return world;
    }
}
