using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Testing.Virtual;

namespace MixMq.Endpoint.Tests.Views;

public sealed class OverNetworkViewTests
{
    [Fact]
    public void Endpoints_of_one_network_compare_their_views_over_real_paths_and_agree()
    {
        using var network = new VirtualNetwork(VirtualNetwork.SmallParameters(), 1);
        var relays = Enumerable.Range(0, 4).Select(i => network.AddNode($"relay-{i}")).ToArray();
        var one = network.AddNode("one", relays: false);
        var other = network.AddNode("other", relays: false);
        for (var i = 0; i < relays.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                VirtualNetwork.Peer(relays[i], relays[j]);
            }
        }

        VirtualNetwork.Peer(one, relays[0]);
        VirtualNetwork.Peer(other, relays[1]);
        using var sender = new OverlayEndpoint(network, one, meanDelayMs: 20);
        using var recipient = new OverlayEndpoint(network, other, meanDelayMs: 20);
        sender.Submit(new SubmitRequest { Token = 1, To = other.Address, Content = new byte[100] });
        network.StartAll();
        Assert.True(network.RunUntil(() => sender.Core.Snapshot().Views.Rounds >= 2 && recipient.Core.Snapshot().Views.Rounds >= 2, 240));
        foreach (var snapshot in new[] { sender.Core.Snapshot(), recipient.Core.Snapshot() })
        {
            Assert.Equal((1, 1, 0, 1.0), (snapshot.Views.Compared, snapshot.Views.Agreeing, snapshot.Views.Differing, snapshot.Views.Agreement));
            Assert.Empty(snapshot.Drops);
        }
    }
}
