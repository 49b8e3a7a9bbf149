using MixMq.Endpoint.Messaging;
using MixMq.Testing.Virtual;

namespace MixMq.Endpoint.Tests.Messaging;

public sealed class OverNetworkTests
{
    [Fact]
    public void Messages_cross_a_network_of_floats_and_relays_by_paths_of_five_links()
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

        // Submitted before there is any topology: pending, no more.
        var content = new byte[20_000];
        network.Random.Fill(content);
        sender.Submit(new SubmitRequest { Token = 1, To = other.Address, Content = content });
        for (var i = 2; i <= 20; i++)
        {
            sender.Submit(new SubmitRequest { Token = i, To = other.Address, Content = content.AsMemory(0, i * 50) });
        }

        network.StartAll();
        Assert.True(network.RunUntil(() => sender.Core.Snapshot().Acknowledged == 20, 60));
        Assert.Equal(20, recipient.Store.Inbox.Count);
        Assert.True(content.AsSpan().SequenceEqual(recipient.Store.Inbox[0].Content.Span));
        Assert.Equal(Enumerable.Range(1, 20), recipient.Store.Inbox.Select(entry => (int)entry.Place.Sequence));
        var snapshot = sender.Core.Snapshot();
        Assert.Equal((5, 5), (snapshot.MinPathLinks, snapshot.MaxPathLinks));
        Assert.InRange(snapshot.DifferentPaths, 2, 6);
        Assert.Empty(snapshot.Drops);
    }
}
