using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Tests.Topology;

public sealed class ConvergenceTests
{
    [Theory]
    [InlineData("line", 10, 3.0)]
    [InlineData("ring", 12, 3.0)]
    [InlineData("complete", 9, 3.0)]
    public void Nodes_whose_links_come_up_together_soon_share_one_view(string shape, int count, double withinSeconds)
    {
        var network = Build(shape, count, seed: 1);
        Assert.InRange(network.RunUntil(() => network.HasConverged(), withinSeconds), 0, withinSeconds);
        Assert.Empty(network.Faults);
        Assert.All(network.Nodes, node => Assert.Equal(count, node.Core.RecordCount));
        Assert.All(network.Nodes, node => Assert.Single(node.Signed));
    }

    [Theory]
    [InlineData("line", 8)]
    [InlineData("complete", 8)]
    public void Nodes_that_start_over_several_seconds_share_one_view_an_interval_after_the_last(string shape, int count)
    {
        var network = Build(shape, count, seed: 2, overSeconds: 6);
        network.Run(6);
        var seconds = network.RunUntil(() => network.HasConverged(), 15);
        Assert.InRange(seconds, 0, 8);
        Assert.Empty(network.Faults);
        Assert.All(network.Nodes, node => Assert.InRange(node.Signed.Count, 1, 4));
    }

    [Fact]
    [Trait("Spec", "TOP-7")]
    public void Link_ups_at_the_start_are_combined_into_one_record()
    {
        var network = Empty(seed: 3, count: 6);
        for (var other = 1; other < 6; other++)
        {
            network.Connect(0, other, 0.2 * other);
        }

        network.Run(4);
        Assert.Single(network.Nodes[0].Signed);
        Assert.Equal(5, network.Nodes[5].Core.View.Nodes.Max(node => node.Links.Length));
    }

    [Fact]
    [Trait("Spec", "TOP-4")]
    public void Every_record_is_verified_once_and_sequences_are_stored_before_they_are_signed()
    {
        var network = Build("complete", 8, seed: 4);
        network.Run(30);
        Assert.True(network.HasConverged());
        foreach (var node in network.Nodes)
        {
            Assert.Equal(7, node.Core.Count(TopologyCounter.Verified));
            Assert.Equal(7, node.Core.Count(TopologyCounter.Accepted));
            Assert.Equal(0, node.Core.Count(TopologyCounter.Known));
            Assert.Equal(node.Persisted, node.Signed);
        }
    }

    [Fact]
    [Trait("Spec", "TOP-7")]
    public void A_lost_link_is_known_to_all_within_a_second_even_right_after_a_new_one()
    {
        var network = Build("ring", 10, seed: 5);
        network.Run(4);
        network.Connect(0, 5);
        network.Run(8);
        Assert.True(network.HasConverged());
        network.Connect(1, 6);
        network.Run(1);
        network.Disconnect(3, 4);
        Assert.InRange(network.RunUntil(() => Enumerable.Range(0, 10).All(viewer => !network.HasLink(viewer, 3, 4)), 5), 0, 1);
        Assert.True(network.HasLink(9, 2, 3));
    }

    [Fact]
    [Trait("Spec", "TOP-22")]
    public void A_node_stops_using_its_own_link_at_once()
    {
        var network = Build("complete", 4, seed: 6);
        network.Run(3);
        network.Disconnect(0, 1);
        network.Run(0.015);
        Assert.False(network.HasLink(0, 0, 1));
        Assert.True(network.HasLink(3, 0, 1));
    }

    [Fact]
    public void A_partition_heals()
    {
        var network = Empty(seed: 7, count: 8);
        Complete(network, 0, 4);
        Complete(network, 4, 8);
        network.Connect(0, 4);
        network.Run(4);
        Assert.True(network.HasConverged());
        network.Disconnect(0, 4);
        network.Run(10);
        network.Disconnect(1, 2);
        network.Disconnect(5, 6);
        network.Run(10);
        Assert.True(network.HasConverged(0, 1, 2, 3));
        Assert.True(network.HasConverged(4, 5, 6, 7));
        Assert.True(network.HasLink(3, 5, 6));
        network.Connect(3, 7);
        Assert.InRange(network.RunUntil(() => network.HasConverged(), 10), 0, 3);
        Assert.False(network.HasLink(0, 5, 6));
        Assert.Empty(network.Faults);
    }

    [Fact]
    [Trait("Spec", "TOP-5")]
    public void A_restarted_node_whose_stored_sequence_and_clock_are_behind_jumps_over_its_old_record()
    {
        var network = Build("ring", 6, seed: 8);
        network.Run(4);
        var before = network.Nodes[2].Core.OwnSequence;
        network.Restart(2, storedSequence: 5, clockOffsetMillis: -60_000);
        network.Connect(2, 1, 1);
        network.Connect(2, 3, 1);
        Assert.InRange(network.RunUntil(() => network.Nodes[2].Core.OwnSequence > before && network.HasConverged(), 12), 0, 12);
        Assert.InRange(network.Nodes[2].Core.Count(TopologyCounter.OwnJumps), 1, 2);
        Assert.True(network.Nodes[5].Core.View.TryFind(network.Nodes[2].Identity.Address, out var index));
        Assert.True(network.Nodes[5].Core.View.Nodes[index].Sequence > before);
        Assert.Empty(network.Faults);
    }

    [Fact]
    public void A_node_with_a_stored_sequence_ahead_of_the_clock_goes_on_from_it()
    {
        var network = Empty(seed: 9, count: 1);
        _ = network.Add(new TestIdentity(1), storedSequence: 9_000_000_000_000);
        network.Connect(0, 1);
        network.Run(3);
        Assert.Equal([9_000_000_000_001UL], network.Nodes[1].Signed);
    }

    [Fact]
    [Trait("Spec", "TOP-10")]
    public void An_origin_that_contradicts_itself_is_used_by_nobody_until_its_records_expire()
    {
        // Two nodes with one identity, started in one instant at far ends, sign one sequence over two bodies.
        var network = Empty(seed: 10, count: 6);
        var twin = new TestIdentity(50);
        for (var i = 0; i < 2; i++)
        {
            _ = network.Add(twin, options: TestNetwork.Options(twin, lifetimeMillis: 60_000));
        }

        for (var i = 0; i < 5; i++)
        {
            network.Connect(i, i + 1);
        }

        network.Connect(0, 6);
        network.Connect(5, 7);
        network.Run(5);
        Assert.Equal(network.Nodes[6].Signed[0], network.Nodes[7].Signed[0]);
        for (var i = 0; i < 6; i++)
        {
            Assert.False(network.Nodes[i].Core.View.TryFind(twin.Address, out _));
            Assert.Equal(1, network.Nodes[i].Core.Count(TopologyCounter.Equivocations));
        }

        // Who comes later hears the evidence and joins in.
        _ = network.Add(new TestIdentity(60));
        network.Connect(8, 3);
        network.Run(5);
        Assert.False(network.Nodes[8].Core.View.TryFind(twin.Address, out _));
        Assert.True(network.HasConverged(0, 1, 2, 3, 4, 5, 8));
        network.Disconnect(5, 7);
        network.Run(70);
        Assert.True(network.Nodes[8].Core.View.TryFind(twin.Address, out _));
    }

    [Fact]
    [Trait("Spec", "TOP-6")]
    [Trait("Spec", "TOP-9")]
    public void A_dead_nodes_record_expires_everywhere_and_living_ones_are_refreshed_in_time()
    {
        var network = Empty(seed: 11, count: 0);
        for (var i = 0; i < 5; i++)
        {
            var identity = new TestIdentity(i);
            _ = network.Add(identity, options: TestNetwork.Options(identity, lifetimeMillis: 40_000));
        }

        Complete(network, 0, 5);
        network.Run(5);
        Assert.True(network.HasConverged());
        for (var i = 0; i < 4; i++)
        {
            network.Disconnect(4, i);
        }

        var dead = network.Nodes[4].Identity.Address;
        network.Run(20);
        Assert.True(network.Nodes[0].Core.View.TryFind(dead, out _));
        network.Run(20);
        Assert.All(network.Nodes[..4], node => Assert.False(node.Core.View.TryFind(dead, out _)));
        network.Run(200);
        Assert.True(network.HasConverged(0, 1, 2, 3));
        Assert.All(network.Nodes[..4], node => Assert.Equal(4, node.Core.RecordCount));
        Assert.All(network.Nodes[..4], node => Assert.InRange(node.Signed.Count, 8, 20));
    }

    [Fact]
    public void Lost_announcements_are_repaired_by_the_digest_in_hello()
    {
        var network = Build("line", 5, seed: 12, connect: false);
        network.Loses = (from, to, _) => from == 2 && to == 3 && network.Seconds < 5;
        for (var i = 0; i < 4; i++)
        {
            network.Connect(i, i + 1);
        }

        network.Run(5);
        Assert.False(network.HasConverged());
        Assert.InRange(network.RunUntil(() => network.HasConverged(), 12), 0, 12);
        Assert.NotEqual(0, network.Nodes.Sum(node => node.Core.Count(TopologyCounter.Comparisons)));
    }

    [Fact]
    public void A_neighbour_that_never_answers_only_delays()
    {
        // Node 1 swallows every pull; node 2, which comes later, knows the same.
        var network = Empty(seed: 13, count: 5);
        network.Loses = (_, to, content) => to == 1 && content[1] == (byte)GossipKind.Pull;
        Complete(network, 2, 5);
        network.Connect(0, 1);
        network.Connect(1, 3);
        network.Connect(0, 2, 2);
        Assert.InRange(network.RunUntil(() => network.Nodes[0].Core.RecordCount == 4, 10), 0, 8);
        network.Run(3);
        Assert.NotEqual(0, network.Nodes[0].Core.Count(TopologyCounter.PullTimeouts));
    }

    [Fact]
    [Trait("Spec", "TOP-6")]
    public void A_link_that_is_back_at_once_makes_nobody_publish()
    {
        var network = Build("ring", 6, seed: 15);
        network.Run(10);
        network.Disconnect(0, 1);
        network.Run(0.01);
        network.Connect(0, 1);
        network.Run(10);
        Assert.All(network.Nodes, node => Assert.Single(node.Signed));
        Assert.True(network.HasConverged());

        // And costs no token: the next loss is told at once.
        network.Disconnect(2, 3);
        Assert.InRange(network.RunUntil(() => !network.HasLink(5, 2, 3), 5), 0, 0.5);
    }

    [Fact]
    [Trait("Spec", "TOP-32")]
    public void A_new_epoch_is_no_reason_to_publish_while_the_coming_keys_are_known()
    {
        var network = new VirtualNetwork(16);
        for (var i = 0; i < 3; i++)
        {
            _ = network.Add(new TestIdentity(i), keys: ..3);
        }

        Complete(network, 0, 3);
        network.Run(10);
        var keys = network.Nodes[0].Identity.MixKeys;
        var coming = new PublishedMixKey(103, new TestIdentity(70).MixKeys[0].Key);
        network.Nodes[0].Publish(keys[1], keys[2]);
        network.Nodes[0].Publish(keys[1], keys[2], coming);
        network.Run(60);
        Assert.Single(network.Nodes[0].Signed);

        // With the next refresh they are told; and at once where the next epoch's key would be missing.
        network.Run(2400);
        Assert.Equal(2, network.Nodes[0].Signed.Count);
        Assert.True(network.Nodes[1].Core.View.TryFind(network.Nodes[0].Identity.Address, out var index));
        Assert.Equal([101u, 102, 103], network.Nodes[1].Core.View.Nodes[index].MixKeys.Select(key => key.Epoch));
        network.Nodes[0].Publish(coming, new PublishedMixKey(104, new TestIdentity(71).MixKeys[0].Key));
        network.Run(5);
        Assert.Equal(3, network.Nodes[0].Signed.Count);
    }

    [Fact]
    public void At_rest_a_thousand_nodes_of_degree_eight_would_exchange_less_than_a_kilobyte_a_second_each()
    {
        const int Count = 40;
        var network = Regular(Count, seed: 17);
        network.Run(20);
        var (bytes, published) = (network.Nodes.Sum(node => node.BytesSent), network.Nodes.Sum(node => node.Signed.Count));
        network.Run(2200);
        var records = network.Nodes.Sum(node => node.Signed.Count) - published;
        Assert.Equal(Count, records);

        // What a node sends for each record that is published anywhere, times a thousand nodes that publish each half hour.
        var perRecord = (network.Nodes.Sum(node => node.BytesSent) - bytes) / (double)records / Count;
        Assert.InRange(perRecord * 1000 / 1800, 0, 1000);
        Assert.Empty(network.Faults);
    }

    [Fact]
    public void A_newcomer_has_the_whole_view_a_lost_link_is_known_and_halves_agree_again_within_seconds()
    {
        const int Count = 100;
        var network = Regular(Count, seed: 18);
        Assert.InRange(network.RunUntil(() => AllEqual(network), 30), 0, 10);
        network.Run(10);
        _ = network.Add(new TestIdentity(Count));
        for (var other = 0; other < 8; other++)
        {
            network.Connect(Count, other * 7);
        }

        Assert.InRange(network.RunUntil(() => network.Nodes[Count].Core.RecordCount == Count + 1, 30), 0, 2);
        network.Run(10);
        network.Disconnect(Count, 7);
        Assert.InRange(network.RunUntil(() => AllEqual(network) && !network.HasLink(50, Count, 7), 10), 0, 2);

        var cut = network.Links.Where(link => link.A < Count / 2 != link.B < Count / 2).ToArray();
        foreach (var (a, b) in cut)
        {
            network.Disconnect(a, b);
        }

        network.Run(30);
        Assert.False(network.Nodes[0].Core.Digest.SequenceEqual(network.Nodes[Count - 1].Core.Digest));
        foreach (var (a, b) in cut)
        {
            network.Connect(a, b);
        }

        Assert.InRange(network.RunUntil(() => AllEqual(network), 60), 0, 20);
        Assert.Empty(network.Faults);
    }

    [Fact]
    public void A_quiet_network_sends_nothing()
    {
        var network = Build("complete", 6, seed: 14);
        network.Run(10);
        var sent = network.Nodes.Sum(node => node.CellsSent);
        network.Run(300);
        Assert.Equal(sent, network.Nodes.Sum(node => node.CellsSent));
    }

    private static VirtualNetwork Empty(long seed, int count)
    {
        var network = new VirtualNetwork(seed);
        for (var i = 0; i < count; i++)
        {
            _ = network.Add(new TestIdentity(i));
        }

        return network;
    }

    private static VirtualNetwork Build(string shape, int count, long seed, double overSeconds = 0, bool connect = true)
    {
        var network = Empty(seed, count);
        for (var a = 0; a < count && connect; a++)
        {
            for (var b = a + 1; b < count; b++)
            {
                if (shape == "complete" || b == a + 1 || (shape == "ring" && a == 0 && b == count - 1))
                {
                    network.Connect(a, b, overSeconds * b / count);
                }
            }
        }

        return network;
    }

    private static bool AllEqual(VirtualNetwork network) =>
        network.Nodes.TrueForAll(node => node.Core.RecordCount == network.Nodes.Count && node.Core.Digest.SequenceEqual(network.Nodes[0].Core.Digest));

    // Eight links a node, to those one, two, and further steps on around a ring; ideal signatures.
    private static VirtualNetwork Regular(int count, long seed)
    {
        var network = new VirtualNetwork(seed, isIdeal: true);
        for (var i = 0; i < count; i++)
        {
            _ = network.Add(new TestIdentity(i), keys: ..3);
        }

        foreach (var step in new[] { 1, 5, 11, 23 })
        {
            for (var i = 0; i < count; i++)
            {
                network.Connect(i, (i + step) % count);
            }
        }

        return network;
    }

    private static void Complete(VirtualNetwork network, int from, int to)
    {
        for (var a = from; a < to; a++)
        {
            for (var b = a + 1; b < to; b++)
            {
                network.Connect(a, b);
            }
        }
    }
}
