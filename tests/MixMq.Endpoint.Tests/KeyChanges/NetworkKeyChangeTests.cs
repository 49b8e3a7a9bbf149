using System.Globalization;
using System.Text;
using MixMq.Overlay;
using MixMq.Simulation;
using MixMq.Simulation.Admission;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;

namespace MixMq.Endpoint.Tests.KeyChanges;

/// <summary>
/// A governed network of relays and three endpoints that write to each other, whole and from a seed: two of them have their keys changed in turn, the statement is given to some relay, and
/// gossip tells the others, before or after the node runs again.
/// </summary>
public sealed class NetworkKeyChangeTests
{
    [Theory]
    [Trait("Spec", "ADM-28")]
    [Trait("Spec", "ADM-31")]
    [Trait("Spec", "MSG-90")]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void Each_message_comes_once_and_in_order_across_changes_of_keys_that_gossip_tells(long seed, bool isEmergency)
    {
        using var world = new World(World.SmallParameters(), seed, new IdealCrypto(seed));
        var authorities = new NetworkAuthorities(world, 3, 2);
        var relays = Enumerable.Range(0, 4).Select(i => world.AddNode($"relay-{i}")).ToArray();
        var endpoints = Enumerable.Range(0, 3).Select(i => world.AddEndpoint($"endpoint-{i}")).ToArray();
        for (var i = 0; i < relays.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                World.Peer(relays[i], relays[j]);
            }
        }

        for (var i = 0; i < endpoints.Length; i++)
        {
            World.Peer(endpoints[i], relays[i]);
            endpoints[i].Endpoint!.Configure = options => options with { MeanDelayMs = 20 };
            endpoints[i].Endpoint!.Consumes = false;
        }

        foreach (var node in world.Nodes)
        {
            authorities.Govern(node, node.Name);
        }

        world.StartAll();
        var sent = 0;
        for (var change = 0; change < 4; change++)
        {
            Send(20);
            world.RunFor(world.Random.Double() * (change == 0 ? 20 : 2));
            Send(5);

            // What isn't accepted yet, a process that ends takes with it.
            Assert.True(world.RunUntil(() => endpoints.All(node => node.Endpoint!.Outcomes.Count == 2 * sent), 10));
            Change(endpoints[change % 2], relays[change % 2], (ulong)change + 1);
            Send(5);
            world.RunFor(world.Random.Double() * 3);
        }

        Send(5);
        Assert.True(world.RunUntil(() => endpoints.All(node => node.IsRunning && node.Endpoint!.Snapshot() is { Unsettled: 0, Acknowledged: > 0 }), 600, 0.5), "something is stuck");
        foreach (var to in endpoints)
        {
            foreach (var from in endpoints.Where(from => from != to))
            {
                var came = to.Disk.Store.Inbox.Where(entry => entry.Place.Sender == from.KnownAs).Select(entry => int.Parse(Encoding.UTF8.GetString(entry.Content.Span), CultureInfo.InvariantCulture)).ToList();
                Assert.Equal(Enumerable.Range(0, sent), came);
            }

            Assert.Equal(2 * sent, to.Disk.Store.Inbox.Count);
        }

        // Each to each, numbered.
        void Send(int count)
        {
            for (; count > 0; count--, sent++)
            {
                foreach (var from in endpoints)
                {
                    foreach (var to in endpoints.Where(to => to != from))
                    {
                        _ = from.Endpoint!.Submit(to, Encoding.UTF8.GetBytes(sent.ToString(CultureInfo.InvariantCulture)));
                    }
                }
            }
        }

        void Change(SimNode node, SimNode itsFloat, ulong number)
        {
            node.Crash();
            var old = node.ChangeKey();
            authorities.Govern(node, node.Name);
            var statement = authorities.Succeed(old, node, number, isEmergency);
            itsFloat.RemovePeer(old.Address);
            itsFloat.AddPeer(new PeerOptions(node.Address, node.Name, Dials: false, Accepts: true));
            if (world.Random.Chance(0.5))
            {
                relays[3].Give(statement);
                world.RunFor(world.Random.Double() * 5);
                Assert.True(node.Start());
            }
            else
            {
                Assert.True(node.Start());
                world.After(world.Random.Double() * 5, () => relays[3].Give(statement));
            }
        }
    }
}
