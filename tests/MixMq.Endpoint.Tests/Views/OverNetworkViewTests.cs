using MixMq.Simulation;
using MixMq.Simulation.Cryptography;

namespace MixMq.Endpoint.Tests.Views;

public sealed class OverNetworkViewTests
{
    [Fact]
    public void Endpoints_of_one_network_compare_their_views_over_real_paths_and_agree()
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
        _ = one.Endpoint.Submit(other, new byte[100]);
        Assert.True(world.RunUntil(() => one.Endpoint.Snapshot().Views.Rounds >= 2 && other.Endpoint.Snapshot().Views.Rounds >= 2, 240));
        foreach (var snapshot in new[] { one.Endpoint.Snapshot(), other.Endpoint.Snapshot() })
        {
            Assert.Equal((1, 1, 0, 1.0), (snapshot.Views.Compared, snapshot.Views.Agreeing, snapshot.Views.Differing, snapshot.Views.Agreement));
            Assert.Empty(snapshot.Drops);
        }
    }
}
