using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Topology;

public sealed class GossipTests
{
    private static readonly TestIdentity Near = new(1);
    private static readonly TestIdentity Second = new(2);
    private static readonly TestIdentity Far = new(3);

    private static long NowMillis => ScriptedPeer.StartUnixMillis + 1000;

    [Fact]
    public void A_link_that_is_lost_leaves_the_own_view_at_once_also_while_much_changes()
    {
        var peer = Connected();
        peer.Run(2);
        peer.Offer(Near.Address, Near.Record(10, NowMillis, peer.Own.Address));
        peer.Run(1);
        Assert.NotEmpty(OwnNode().Links);

        // A change that was just told on: the next ones are gathered for longer.
        peer.Offer(Near.Address, Far.Record(10, NowMillis));
        peer.Run(0.015);
        peer.Disconnect(Near.Address);
        Assert.Empty(OwnNode().Links);

        TopologyNode OwnNode() => Assert.Single(peer.Core.View.Nodes, node => node.Address == peer.Own.Address);
    }

    [Fact]
    public void A_stale_or_expired_or_future_record_is_refused()
    {
        var peer = Connected();
        peer.Offer(Near.Address, Far.Record(10, NowMillis));
        peer.Offer(Near.Address, Far.Record(9, NowMillis, Near.Address));
        peer.Offer(Near.Address, Second.Record(5, NowMillis - 3_600_000));
        peer.Offer(Near.Address, new TestIdentity(4).Record(5, NowMillis + 121_000));
        peer.Offer(Near.Address, new TestIdentity(5).Record(5, NowMillis + 119_000));
        peer.Run(1);
        Assert.Equal(10UL, Assert.Single(peer.Core.View.Nodes, node => node.Address == Far.Address).Sequence);
        Assert.False(peer.Core.View.TryFind(Second.Address, out _));
        Assert.False(peer.Core.View.TryFind(new TestIdentity(4).Address, out _));
        Assert.True(peer.Core.View.TryFind(new TestIdentity(5).Address, out _));
        Assert.Equal(1, peer.Core.Count(TopologyCounter.Expired));
        Assert.Equal(1, peer.Core.Count(TopologyCounter.FromFuture));
        Assert.Equal(2, peer.Core.Count(TopologyCounter.Verified));
        Assert.Empty(peer.Faults);
    }

    [Fact]
    [Trait("Spec", "TOP-9")]
    public void A_record_that_expired_by_a_wrong_clock_is_in_use_again_when_the_clock_is_right()
    {
        var peer = Connected();
        var record = Far.Record(10, NowMillis);
        peer.Offer(Near.Address, record);
        peer.Run(1);

        // Expired, but not for so long that it would be forgotten.
        peer.ClockOffsetMillis = record.ExpiresUnixMillis + 1000 - peer.Now.UnixMillis;
        peer.Hello(Near.Address);
        peer.Run(1);
        Assert.False(peer.Core.View.TryFind(Far.Address, out _));
        peer.ClockOffsetMillis = 0;
        peer.Hello(Near.Address);
        peer.Run(1);
        Assert.True(peer.Core.View.TryFind(Far.Address, out _));
        Assert.Equal(1, peer.Core.Count(TopologyCounter.Accepted));

        // It expires in its time.
        peer.Run(3700);
        Assert.False(peer.Core.View.TryFind(Far.Address, out _));
    }

    [Fact]
    public void An_old_record_given_for_a_new_announcement_is_refused()
    {
        var peer = Connected();
        var old = Far.Record(9, NowMillis, Near.Address);
        peer.Offer(Near.Address, Far.Record(10, NowMillis));
        peer.AnswersPulls = false;
        peer.Announce(Near.Address, [new Announcement(Far.Address, 11, RecordHash.Of([1]), IsEvidence: false)]);
        peer.SendMessage(Near.Address, ScriptedPeer.Bodies(peer.Pulls[^1].Id, 1, old.Encoded.ToArray()));
        peer.Run(1);
        Assert.Equal(1, peer.Core.Count(TopologyCounter.Stale));
        Assert.Equal(10UL, Assert.Single(peer.Core.View.Nodes, node => node.Address == Far.Address).Sequence);
    }

    [Fact]
    [Trait("Spec", "TOP-2")]
    [Trait("Spec", "TOP-8")]
    [Trait("Spec", "TOP-19")]
    public void A_record_with_a_bad_signature_is_held_against_the_neighbour_and_nothing_is_kept()
    {
        var peer = Connected();
        var bytes = Far.Encode(Far.Draft(10, NowMillis));
        bytes[^1] ^= 1;
        peer.Offer(Near.Address, TestIdentity.Parse(bytes));
        peer.Run(1);
        Assert.Equal([TopologyFault.BadSignature], peer.Faults);
        Assert.Equal(0, peer.Core.RecordCount - 1);

        // Another neighbour's true record isn't hindered by it.
        peer.Connect(Second.Address);
        peer.Offer(Second.Address, Far.Record(10, NowMillis));
        peer.Run(1);
        Assert.True(peer.Core.View.TryFind(Far.Address, out _));
    }

    [Fact]
    public void A_record_with_a_mix_key_off_the_curve_is_held_against_the_neighbour_and_nothing_is_kept()
    {
        var peer = Connected();
        var twist = MixPublicKey.FromBytes([2, .. new byte[31]]);
        peer.Offer(Near.Address, TestIdentity.Parse(Far.Encode(Far.Draft(10, NowMillis) with { MixKeys = [new PublishedMixKey(1, twist)] })));
        peer.Run(1);
        Assert.Equal([TopologyFault.BadSignature], peer.Faults);
        Assert.Equal(1, peer.Core.Count(TopologyCounter.BadSignature));
        Assert.False(peer.Core.View.TryFind(Far.Address, out _));
    }

    [Fact]
    [Trait("Spec", "TOP-10")]
    public void Two_bodies_with_one_sequence_from_two_neighbours_end_in_quarantine_and_both_are_announced()
    {
        var peer = Connected();
        peer.Connect(Second.Address);
        var one = Far.Record(10, NowMillis);
        var other = Far.Record(10, NowMillis, Near.Address);
        peer.Offer(Near.Address, one);
        peer.Run(0.1);
        Assert.True(peer.Core.View.TryFind(Far.Address, out _));
        peer.Offer(Second.Address, other);
        peer.Run(0.1);
        Assert.False(peer.Core.View.TryFind(Far.Address, out _));
        var evidence = peer.Announced.Where(announced => announced.IsEvidence).ToArray();
        Assert.Equal(4, evidence.Length);
        Assert.Equal(new[] { one.Hash, other.Hash }.ToHashSet(), evidence.Select(announced => announced.Hash).ToHashSet());

        // It is kept, and can be shown.
        var shown = Assert.Single(peer.Core.Quarantined());
        Assert.Equal((Far.Address, 10UL, one.Hash, other.Hash), (shown.Address, shown.Sequence, shown.First.Hash, shown.Second.Hash));
        Assert.Equal(one.ExpiresUnixMillis, shown.UntilUnixMillis);

        // A newer record doesn't lift it, the end of the longer-lived one does.
        peer.Offer(Near.Address, Far.Record(11, NowMillis));
        peer.Run(10);
        Assert.False(peer.Core.View.TryFind(Far.Address, out _));
        peer.Run(3600);
        peer.Offer(Near.Address, Far.Record(12, peer.Now.UnixMillis));
        peer.Run(1);
        Assert.True(peer.Core.View.TryFind(Far.Address, out _));
    }

    [Fact]
    [Trait("Spec", "TOP-10")]
    public void Evidence_reaches_a_node_that_holds_a_newer_record()
    {
        var peer = Connected();
        peer.Offer(Near.Address, Far.Record(20, NowMillis));
        var pair = new[] { Far.Record(10, NowMillis), Far.Record(10, NowMillis, Near.Address) };
        peer.Holdings[Near.Address].AddRange(pair);
        peer.Announce(Near.Address, [.. pair.Select(record => new Announcement(Far.Address, 10, record.Hash, IsEvidence: true))]);
        peer.Run(0.1);
        Assert.False(peer.Core.View.TryFind(Far.Address, out _));
        Assert.Equal(1, peer.Core.Count(TopologyCounter.Equivocations));
    }

    [Fact]
    [Trait("Spec", "TOP-8")]
    public void Half_of_a_contradiction_harms_nobody()
    {
        var peer = Connected();
        peer.Offer(Near.Address, Far.Record(20, NowMillis));
        var old = Far.Record(10, NowMillis);
        peer.Holdings[Near.Address].Add(old);
        peer.Announce(Near.Address, [new Announcement(Far.Address, 10, old.Hash, IsEvidence: true)]);
        peer.Run(60);
        Assert.True(peer.Core.View.TryFind(Far.Address, out var index));
        Assert.Equal(20UL, peer.Core.View.Nodes[index].Sequence);
    }

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
    [Trait("Spec", "TOP-16")]
    public void Only_one_pull_is_outstanding_and_nothing_is_pulled_twice()
    {
        var peer = Connected();
        peer.Connect(Second.Address);
        peer.AnswersPulls = false;
        var records = Enumerable.Range(0, 200).Select(i => new Announcement(new TestIdentity(100 + (i % 10)).Address, (ulong)i + 1, RecordHash.Of([(byte)i]), false)).ToList();
        peer.Announce(Near.Address, records);
        peer.Announce(Near.Address, records);
        peer.Announce(Second.Address, records[..100]);
        Assert.Equal(2, peer.Pulls.Count);
        Assert.Equal(10, peer.Pulls[0].Items.Count);
        peer.Run(2.9);
        Assert.Equal(2, peer.Pulls.Count);
        peer.Run(30);
        Assert.Equal(2, peer.Pulls.Count);
        Assert.Equal(2, peer.Core.Count(TopologyCounter.PullTimeouts));
    }

    [Fact]
    [Trait("Spec", "TOP-16")]
    public void What_one_neighbour_fails_to_give_is_asked_of_another()
    {
        var peer = Connected();
        peer.Connect(Second.Address);
        peer.AnswersPulls = false;
        var record = Far.Record(1, NowMillis);
        peer.Offer(Near.Address, record);
        peer.Offer(Second.Address, record);
        Assert.Equal(Near.Address, Assert.Single(peer.Pulls).From);
        peer.AnswersPulls = true;
        peer.Run(3.1);
        Assert.Equal(Second.Address, peer.Pulls[1].From);
        Assert.True(peer.Core.View.TryFind(Far.Address, out _));

        // The late answer is no fault.
        peer.SendMessage(Near.Address, ScriptedPeer.Bodies(peer.Pulls[0].Id, 1, record.Encoded.ToArray()));
        Assert.Empty(peer.Faults);
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

    [Fact]
    [Trait("Spec", "TOP-18")]
    [Trait("Spec", "TOP-19")]
    public void Records_that_were_not_asked_for_are_faults()
    {
        var peer = Connected();
        var record = Far.Record(1, NowMillis).Encoded.ToArray();
        peer.SendMessage(Near.Address, ScriptedPeer.Bodies(7, 1, record));
        peer.AnswersPulls = false;
        peer.Announce(Near.Address, [new Announcement(Second.Address, 1, RecordHash.Of([1]), IsEvidence: false)]);
        peer.SendMessage(Near.Address, ScriptedPeer.Bodies(peer.Pulls[^1].Id, 1, record));
        peer.Announce(Near.Address, [new Announcement(Second.Address, 1, RecordHash.Of([1]), IsEvidence: false)]);
        peer.SendMessage(Near.Address, ScriptedPeer.Bodies(peer.Pulls[^1].Id, 1, record[..^1]));
        Assert.Equal([TopologyFault.Unsolicited, TopologyFault.Unsolicited, TopologyFault.MalformedRecord], peer.Faults);
        Assert.Equal(0, peer.Core.Count(TopologyCounter.Verified));
    }

    [Theory]
    [Trait("Spec", "TOP-12")]
    [Trait("Spec", "TOP-19")]
    [InlineData(TopologyFault.BadFragment)]
    [InlineData(TopologyFault.BadFragment, 0)]
    [InlineData(TopologyFault.BadFragment, 2, 1)]
    [InlineData(TopologyFault.BadFragment, 1, 1, 1)]
    [InlineData(TopologyFault.MalformedMessage, 0, 0)]
    [InlineData(TopologyFault.MalformedMessage, 0, 4)]
    [InlineData(TopologyFault.MalformedMessage, 0, 1)]
    [InlineData(TopologyFault.MalformedMessage, 0, 1, 0, 0)]
    [InlineData(TopologyFault.MalformedMessage, 0, 1, 1, 0)]
    [InlineData(TopologyFault.MalformedMessage, 0, 2, 1, 0, 0, 0, 0)]
    [InlineData(TopologyFault.MalformedMessage, 0, 2, 1, 0, 0, 0, 65)]
    [InlineData(TopologyFault.MalformedMessage, 0, 3, 1, 0, 0, 0, 0, 0)]
    [InlineData(TopologyFault.MalformedMessage, 0, 3, 1, 0, 0, 0, 1, 2)]
    public void A_malformed_cell_is_a_fault(TopologyFault expected, params int[] cell)
    {
        var peer = Connected();
        Assert.Equal(expected, peer.Send(Near.Address, [.. cell.Select(value => (byte)value)]));
        Assert.Equal(1, peer.Core.Count(TopologyCounter.Faults));
    }

    [Fact]
    [Trait("Spec", "TOP-12")]
    public void A_message_without_end_is_cut_off_at_the_limit()
    {
        var peer = Connected();
        var cell = new byte[TestNetwork.CellContent];
        cell[0] = 1;
        var cells = 0;
        while (peer.Send(Near.Address, cell) == TopologyFault.None)
        {
            cells++;
        }

        Assert.Equal([TopologyFault.MessageTooLong], peer.Faults);
        Assert.Equal(TopologyLimits.MaxMessageBytes / (TestNetwork.CellContent - 1), cells);
    }

    [Fact]
    public void Random_cells_never_throw()
    {
        var peer = Connected();
        var random = new SeededRandomSource(6);
        for (var i = 0; i < 5000; i++)
        {
            var cell = new byte[random.NextInt32(300)];
            random.Fill(cell);
            if (cell.Length > 1)
            {
                (cell[0], cell[1]) = ((byte)(cell[0] & 1), (byte)(cell[1] & 3));
            }

            _ = peer.Send(Near.Address, cell);
            peer.Run(0.01);
        }

        Assert.Equal(1, peer.Core.RecordCount);
    }

    [Fact]
    public void A_cell_of_a_neighbour_without_a_link_is_ignored()
    {
        var peer = Connected();
        Assert.Equal(TopologyFault.None, peer.Send(Far.Address, 9, 9, 9));
    }

    // Of an address that is nobody's: for peers who take signatures for granted.
    private static LinkStateRecord Unsigned(int number, ImmutableArray<NodeAddress> neighbours, ImmutableArray<PublishedMixKey> keys)
    {
        var address = new byte[32];
        BitConverter.TryWriteBytes(address, number);
        var draft = Far.Draft(1, NowMillis) with { Address = NodeAddress.FromBytes(address), Neighbours = neighbours, MixKeys = keys };
        return TestIdentity.Parse(LinkStateDraft.Complete(draft.ToSignedMessage(TestNetwork.Definition), new byte[64]));
    }

    private static ScriptedPeer Connected(int recordLimit = 4096)
    {
        var peer = new ScriptedPeer(recordLimit);
        peer.Connect(Near.Address);
        return peer;
    }
}
