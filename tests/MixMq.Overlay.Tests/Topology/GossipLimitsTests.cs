using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Simulation;
using MixMq.Testing;
using static MixMq.Overlay.Tests.Topology.GossipCast;

namespace MixMq.Overlay.Tests.Topology;

/// <summary>Neighbours and origins that want more than their share.</summary>
public sealed class GossipLimitsTests
{
    [Fact]
    public void An_origin_that_issues_a_thousand_records_a_second_gets_one_accepted_in_five_seconds()
    {
        var peer = Connected();
        for (var i = 0; i < 10_000; i++)
        {
            var hash = RecordHash.Of(BitConverter.GetBytes(i));
            if (i % 250 == 0)
            {
                var record = Far.Record((ulong)(1000 + i), NowMillis, Near.Address);
                peer.Offer(Near.Address, record);
            }
            else
            {
                peer.Announce(Near.Address, [new Announcement(Far.Address, (ulong)(1000 + i), hash, IsEvidence: false)]);
            }

            peer.Run(0.001);
        }

        Assert.InRange(peer.Core.Count(TopologyCounter.Accepted), 2, 4);
        Assert.InRange(peer.Core.Count(TopologyCounter.Verified), 2, 8);
        peer.Offer(Near.Address, Far.Record(90_000, NowMillis));
        peer.Run(11);
        Assert.True(peer.Core.View.TryFind(Far.Address, out var index));
        Assert.Equal(90_000UL, peer.Core.View.Nodes[index].Sequence);
    }

    [Fact]
    [Trait("Spec", "TOP-11")]
    public void A_full_database_makes_room_at_the_cost_of_whoever_filled_it()
    {
        var peer = Connected(recordLimit: 20);
        peer.Connect(Second.Address);
        peer.Run(2);
        for (var i = 0; i < 40; i++)
        {
            peer.Offer(Near.Address, new TestIdentity(100 + i).Record(1, NowMillis));
        }

        Assert.Equal(20, peer.Core.RecordCount);
        Assert.Equal(21, peer.Core.Count(TopologyCounter.Full));
        var honest = Enumerable.Range(0, 5).Select(i => new TestIdentity(200 + i)).ToArray();
        peer.Offer(Second.Address, [.. honest.Select(identity => identity.Record(1, NowMillis))]);
        peer.Run(1);
        Assert.Equal(20, peer.Core.RecordCount);
        Assert.Equal(5, peer.Core.Count(TopologyCounter.Evicted));
        Assert.All(honest, identity => Assert.True(peer.Core.View.TryFind(identity.Address, out _)));
        Assert.True(peer.Core.View.TryFind(peer.Own.Address, out _));
    }

    [Fact]
    [Trait("Spec", "TOP-15")]
    public void A_neighbour_that_announces_without_end_is_bounded()
    {
        var peer = Connected();
        peer.AnswersPulls = false;
        var random = new SeededRandomSource(5);
        var bytes = new byte[32];
        for (var i = 0; i < 5000; i += 100)
        {
            peer.Announce(Near.Address, [.. Enumerable.Range(0, 100).Select(_ =>
            {
                random.Fill(bytes);
                return new Announcement(NodeAddress.FromBytes(bytes), 1, RecordHash.FromBytes(bytes), IsEvidence: false);
            })]);
        }

        Assert.Equal(5000 - 2048, peer.Core.Count(TopologyCounter.AnnouncementsPassed));
        Assert.Equal(TopologyLimits.MaxPullItems, Assert.Single(peer.Pulls).Items.Count);
    }

    [Fact]
    [Trait("Spec", "TOP-16")]
    public void A_neighbour_is_asked_for_records_at_a_limited_rate()
    {
        var peer = Connected();
        var bytes = new byte[32];
        for (var i = 0; i < 4000; i++)
        {
            BitConverter.TryWriteBytes(bytes, i);
            peer.Announce(Near.Address, [new Announcement(NodeAddress.FromBytes(bytes), 1, RecordHash.FromBytes(bytes), IsEvidence: false)]);
        }

        Assert.Equal(2048, peer.Pulls.Sum(pull => pull.Items.Count));
        peer.Run(2);
        Assert.InRange(peer.Pulls.Sum(pull => pull.Items.Count), 2048 + 180, 2048 + 200);
        peer.Run(30);
        Assert.Equal(4000, peer.Pulls.Sum(pull => pull.Items.Count));
    }

    [Fact]
    [Trait("Spec", "TOP-17")]
    public void Only_what_a_message_had_room_for_counts_as_asked_for()
    {
        var peer = new ScriptedPeer { Verifies = static _ => true };
        peer.Connect(Near.Address);
        ImmutableArray<NodeAddress> neighbours = [.. Enumerable.Range(100, 16).Select(number => new TestIdentity(number).Address).Order()];
        Assert.True(20 * Unsigned(1, neighbours, Far.MixKeys).Encoded.Length < TopologyLimits.MaxMessageBytes);
        Assert.True(40 * Unsigned(1, neighbours, Far.MixKeys).Encoded.Length > TopologyLimits.MaxMessageBytes);
        peer.Offer(Near.Address, [.. Enumerable.Range(1, 2000).Select(number => Unsigned(number, neighbours, Far.MixKeys))]);
        Assert.Equal(2000, peer.Core.Count(TopologyCounter.Accepted));
    }

    [Fact]
    [Trait("Spec", "TOP-16")]
    public void Records_with_more_keys_than_usual_count_for_what_it_costs_to_verify_them()
    {
        var peer = new ScriptedPeer { Verifies = static _ => true };
        peer.Connect(Near.Address);
        ImmutableArray<PublishedMixKey> keys =
            [.. Enumerable.Range(0, 8).Select(epoch => new TestIdentity(20 + epoch).MixKeys[0] with { Epoch = (uint)(100 + epoch) })];
        peer.Offer(Near.Address, [.. Enumerable.Range(1, 900).Select(number => Unsigned(number, [], keys))]);

        // Three for one, but a pull that has begun is taken whole.
        Assert.InRange(peer.Core.Count(TopologyCounter.Verified), 2048 / 3, (2048 / 3) + 64);
        peer.Run(3);
        Assert.InRange(peer.Core.Count(TopologyCounter.Verified), (2048 / 3) + 36, (2048 / 3) + 164);
        peer.Run(10);
        Assert.Equal(900, peer.Core.Count(TopologyCounter.Verified));
    }

    [Fact]
    [Trait("Spec", "TOP-17")]
    public void A_neighbour_that_pulls_without_end_is_answered_at_a_limited_rate()
    {
        var peer = Connected();
        peer.Run(2);
        var item = new byte[64];
        peer.Own.Address.CopyTo(item);
        for (var i = 0; i < 1000; i++)
        {
            peer.SendMessage(Near.Address, [2, .. BitConverter.GetBytes(i + 1), 1, .. item]);
        }

        Assert.Equal(256, peer.BodiesReceived);
        peer.Run(1);
        peer.SendMessage(Near.Address, [2, 9, 0, 0, 0, 1, .. item]);
        Assert.Equal(257, peer.BodiesReceived);
    }

    [Fact]
    public void A_neighbour_that_says_goodbye_and_comes_back_finds_its_allowances_as_it_left_them()
    {
        var peer = Connected();
        var item = new byte[64];
        peer.Own.Address.CopyTo(item);
        for (var i = 0; i < 5; i++)
        {
            // As many made-up records as are asked for at once, and as many pulls as are answered at once.
            peer.Announce(Near.Address, [.. Enumerable.Range(i * 2048, 2048).Select(number =>
            {
                var bytes = new byte[32];
                BitConverter.TryWriteBytes(bytes, number);
                return new Announcement(NodeAddress.FromBytes(bytes), 1, RecordHash.FromBytes(bytes), IsEvidence: false);
            })]);
            for (var pull = 0; pull < 300; pull++)
            {
                peer.SendMessage(Near.Address, [2, .. BitConverter.GetBytes(pull + 1), 1, .. item]);
            }

            peer.Disconnect(Near.Address);
            peer.Run(0.5);
            peer.Connect(Near.Address);
        }

        // A hundred records and twenty pulls a second are earned meanwhile.
        Assert.InRange(peer.Pulls.Sum(pull => pull.Items.Count), 2048, 2048 + 300);
        Assert.InRange(peer.BodiesReceived, 256, 256 + 60);
        Assert.Empty(peer.Faults);
    }

    // Of an address that is nobody's: for peers who take signatures for granted.
    private static LinkStateRecord Unsigned(int number, ImmutableArray<NodeAddress> neighbours, ImmutableArray<PublishedMixKey> keys)
    {
        var address = new byte[32];
        BitConverter.TryWriteBytes(address, number);
        var draft = Far.Draft(1, NowMillis) with { Address = NodeAddress.FromBytes(address), Neighbours = neighbours, MixKeys = keys };
        return TestIdentity.Parse(LinkStateDraft.Complete(draft.ToSignedMessage(TestNetwork.Definition), new byte[64]));
    }
}
