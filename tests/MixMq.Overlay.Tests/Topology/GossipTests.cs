using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Simulation;
using MixMq.Testing;
using static MixMq.Overlay.Tests.Topology.GossipCast;

namespace MixMq.Overlay.Tests.Topology;

/// <summary>Which records of others are taken into the view, and which links of its own.</summary>
public sealed class GossipTests
{
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
}
