using MixMq.Simulation;
using MixMq.Simulation.Cryptography;

namespace MixMq.Endpoint.Tests.Messaging;

public sealed class OverNetworkTests
{
    [Fact]
    public void Messages_cross_a_network_of_floats_and_relays_by_paths_of_five_links()
    {
        using var world = new World(World.SmallParameters(), 1, new RealCrypto());
        var relays = Enumerable.Range(0, 4).Select(i => world.AddNode($"relay-{i}")).ToArray();
        var one = world.AddEndpoint("one");
        var other = world.AddEndpoint("other");
        for (var i = 0; i < relays.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                World.Peer(relays[i], relays[j]);
            }
        }

        World.Peer(one, relays[0]);
        World.Peer(other, relays[1]);
        one.Endpoint!.Configure = other.Endpoint!.Configure = options => options with { MeanDelayMs = 20 };
        world.StartAll();

        // Submitted before there is any topology: pending, no more.
        var content = new byte[20_000];
        world.Random.Fill(content);
        _ = one.Endpoint.Submit(other, content);
        for (var i = 2; i <= 20; i++)
        {
            _ = one.Endpoint.Submit(other, content.AsMemory(0, i * 50));
        }

        Assert.True(world.RunUntil(() => one.Endpoint.Snapshot().Acknowledged == 20, 60));
        var inbox = other.Disk.Store.Inbox;
        Assert.Equal(20, inbox.Count);
        Assert.True(content.AsSpan().SequenceEqual(inbox[0].Content.Span));
        Assert.Equal(Enumerable.Range(1, 20), inbox.Select(entry => (int)entry.Place.Sequence));
        var snapshot = one.Endpoint.Snapshot();
        Assert.Equal((5, 5), (snapshot.MinPathLinks, snapshot.MaxPathLinks));
        Assert.InRange(snapshot.DifferentPaths, 2, 6);
        Assert.Empty(snapshot.Drops);
    }
}
