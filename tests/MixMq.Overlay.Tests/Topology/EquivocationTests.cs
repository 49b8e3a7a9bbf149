using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Simulation;
using MixMq.Testing;
using static MixMq.Overlay.Tests.Topology.GossipCast;

namespace MixMq.Overlay.Tests.Topology;

/// <summary>Nodes that sign two records with one sequence.</summary>
public sealed class EquivocationTests
{
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
}
