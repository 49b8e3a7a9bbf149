using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Simulation;
using MixMq.Testing;
using static MixMq.Overlay.Tests.Topology.GossipCast;

namespace MixMq.Overlay.Tests.Topology;

/// <summary>Pulls and their answers, and neighbours that keep to no rule of them.</summary>
public sealed class GossipExchangeTests
{
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
}
