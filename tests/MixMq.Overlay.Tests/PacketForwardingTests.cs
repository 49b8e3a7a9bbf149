using System.Text;
using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Testing;

namespace MixMq.Overlay.Tests;

/// <summary>Packets through lines of real cores: delays, drops by cause, epochs.</summary>
public sealed class PacketForwardingTests : IDisposable
{
    private World _world = new(World.SmallParameters(), 4, new RealCrypto());
    private LinkJournal _journal = null!;
    private SimNode[] _line = [];
    private PacketMail _from = null!;
    private PacketMail _to = null!;

    public void Dispose()
    {
        _world.Dispose();
    }

    [Fact]
    [Trait("Spec", "MIX-11")]
    public void A_message_goes_through_a_line_of_relays_and_waits_at_each_as_long_as_its_sender_said()
    {
        MakeLine(5);
        var start = _world.Clock.Micros;
        Assert.True(_from.TrySend(_line[1..], [100, 200, 300], "hello"u8));
        _world.RunFor(2);
        var (time, message) = Assert.Single(_to.Received);
        Assert.Equal("hello", Encoding.UTF8.GetString(message));
        Assert.InRange(time - start, 600_000, 600_000 + (4 * 20_000) + 2_000);
        Assert.All(_line[1..4], relay => Assert.Equal(1, relay.Snapshot().Relayed));
        Assert.Equal(1, _line[4].Snapshot().Delivered);
        Assert.All(_line, node => Assert.Equal(0, node.Pool.Outstanding));
        Assert.Equal(1, _line[1].LinkTo(_line[0]).PacketsIn);
        Assert.Equal(1, _line[1].LinkTo(_line[2]).PacketsOut);
    }

    [Fact]
    public void A_copy_is_dropped_where_it_comes_in()
    {
        MakeLine(3);
        byte[]? copy = null;
        _world.Network.CellFilter = (from, _, cell) =>
        {
            copy = from == _line[0] && cell[0] == (byte)CellType.Packet ? cell.ToArray() : copy;
            return true;
        };
        Assert.True(_from.TrySend(_line[1..], [10], "once"u8));
        _world.RunFor(1);
        _line[0].SendRawCell(_line[1].Address, copy);
        _world.RunFor(1);
        _ = Assert.Single(_to.Received);
        Assert.Equal(1, _line[1].Snapshot().DropsOf(DropCause.PacketReplayed));
    }

    [Fact]
    public void A_changed_packet_dies_at_the_first_hop()
    {
        MakeLine(3);
        _world.Network.CellFilter = (from, _, cell) =>
        {
            cell[700] ^= from == _line[0] && cell[0] == (byte)CellType.Packet ? (byte)1 : (byte)0;
            return true;
        };
        Assert.True(_from.TrySend(_line[1..], [10], "changed"u8));
        _world.RunFor(1);
        Assert.Empty(_to.Received);
        Assert.Equal(1, _line[1].Snapshot().DropsOf(DropCause.PacketNotAuthentic));
    }

    [Fact]
    public void What_arrives_at_a_relay_for_itself_is_counted_and_dropped()
    {
        MakeLine(3);
        Assert.True(_from.TrySend(_line[1..2], [], "to the relay"u8));
        _world.RunFor(1);
        Assert.Equal(1, _line[1].Snapshot().DropsOf(DropCause.NotForFloat));
        Assert.Equal(0, _line[1].Pool.Outstanding);
    }

    [Fact]
    public void A_node_that_does_not_relay_drops_what_is_to_be_relayed()
    {
        MakeLine(4, relays: node => node != 1);
        Assert.True(_from.TrySend(_line[1..], [0, 0], "no relay"u8));
        _world.RunFor(1);
        Assert.Empty(_to.Received);
        Assert.Equal(1, _line[1].Snapshot().DropsOf(DropCause.NotRelay));
    }

    [Fact]
    [Trait("Spec", "SPX-22")]
    public void A_reply_of_a_nodes_own_is_unwrapped_there_once_and_leaves_although_the_node_relays_nothing_else()
    {
        MakeLine(4, relays: node => node != 0);
        var start = _world.Clock.Micros;
        var sent = OwnReply(_line, [100, 0, 0]);
        _world.RunFor(1);
        var (time, message) = Assert.Single(_to.Received);
        Assert.Equal("back", Encoding.UTF8.GetString(message));
        Assert.True(time - start >= 100_000);

        // The same once more, and one that goes nowhere.
        Assert.True(_line[0].Pool.TryRent(out var again));
        sent.CopyTo(again.Packet);
        _line[0].SendOwnReply(again);
        OwnReply(_line[..1], []);
        _world.RunFor(1);
        Assert.Single(_to.Received);
        Assert.Empty(_from.Received);
        Assert.Equal((1, 1), (_line[0].Snapshot().DropsOf(DropCause.PacketReplayed), _line[0].Snapshot().DropsOf(DropCause.PacketContentInvalid)));
        Assert.Equal(0, _line[0].Pool.Outstanding);

        byte[] OwnReply(SimNode[] path, uint[] delaysMs)
        {
            Assert.True(_line[0].Pool.TryRent(out var packet));
            Assert.True(_from.TryWrap(path, delaysMs, "back"u8, packet.Packet));
            var bytes = packet.Packet.ToArray();
            _line[0].SendOwnReply(packet);
            return bytes;
        }
    }

    [Fact]
    [Trait("Spec", "SPX-11")]
    public void A_next_hop_that_is_no_neighbour_is_dropped()
    {
        MakeLine(4);
        Assert.True(_from.TrySend([_line[1], _line[3]], [0], "too far"u8));
        _world.RunFor(1);
        Assert.Equal(1, _line[1].Snapshot().DropsOf(DropCause.NoLink));
    }

    [Fact]
    [Trait("Spec", "MIX-12")]
    public void A_packet_whose_link_is_down_when_it_is_due_is_dropped()
    {
        MakeLine(3);
        Assert.True(_from.TrySend(_line[1..], [900], "late"u8));
        _world.RunFor(0.1);
        Assert.Equal(1, _line[1].Snapshot().Delayed);
        _line[2].Crash();
        _world.RunFor(2);
        Assert.Equal(1, _line[1].Snapshot().DropsOf(DropCause.NoLink));
        Assert.Equal(0, _line[1].Pool.Outstanding);
    }

    [Fact]
    [Trait("Spec", "MIX-14")]
    public void The_delay_queue_is_bounded()
    {
        MakeLine(3, configure: options => options with { DelayQueueLimit = 10 });
        for (var i = 0; i < 30; i++)
        {
            Assert.True(_from.TrySend(_line[1..], [500], [(byte)i]));
        }

        _world.RunFor(0.2);
        Assert.Equal(10, _line[1].Snapshot().Delayed);
        _world.RunFor(2);
        Assert.Equal(10, _to.Received.Count);
        Assert.Equal(20, _line[1].Snapshot().DropsOf(DropCause.DelayQueueFull));
    }

    [Fact]
    [Trait("Spec", "LNK-21")]
    public void A_link_may_bring_no_more_than_its_rate()
    {
        MakeLine(3, configure: options => options with { LinkPacketsPerSecond = 10, LinkPacketBurst = 20 });
        for (var i = 0; i < 50; i++)
        {
            Assert.True(_from.TrySend(_line[1..], [0], [(byte)i]));
        }

        _world.RunFor(1);
        Assert.InRange(_to.Received.Count, 20, 21);
        Assert.InRange(_line[1].Snapshot().DropsOf(DropCause.RateLimited), 29, 30);
    }

    [Fact]
    [Trait("Spec", "LNK-21")]
    public void All_links_together_may_bring_no_more_than_the_nodes_rate()
    {
        MakeLine(3, configure: options => options with { NodePacketsPerSecond = 1, NodePacketBurst = 5 });
        for (var i = 0; i < 50; i++)
        {
            Assert.True(_from.TrySend(_line[1..], [0], [(byte)i]));
        }

        _world.RunFor(0.5);
        Assert.Equal(5, _to.Received.Count);
        Assert.Equal(45, _line[1].Snapshot().DropsOf(DropCause.RateLimited));
    }

    [Fact]
    [Trait("Spec", "LNK-21")]
    public void A_link_that_brings_all_it_can_leaves_the_others_their_share()
    {
        MakeLine(3, configure: options => options with { NodePacketsPerSecond = 4, NodePacketBurst = 40 });
        for (var i = 0; i < 100; i++)
        {
            Assert.True(_from.TrySend(_line[1..], [0], [(byte)i]));
        }

        _world.RunFor(0.2);
        Assert.Equal(30, _to.Received.Count);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(_to.TrySend([_line[1], _line[0]], [0], [(byte)i]));
        }

        _world.RunFor(0.2);
        Assert.Equal(10, _from.Received.Count);
        Assert.Equal(70, _line[1].Snapshot().DropsOf(DropCause.RateLimited));
    }

    [Fact]
    [Trait("Spec", "MIX-16")]
    public void A_node_that_stops_returns_every_buffer_and_key()
    {
        MakeLine(3);
        Assert.True(_from.TrySend(_line[1..], [900], "waiting"u8));
        _world.RunFor(0.1);
        Assert.Equal(1, _line[1].Snapshot().Delayed);
        var core = _line[1].Core;
        var pool = _line[1].Pool;
        _line[1].Stop();
        var snapshot = core.Snapshot(new Moment(0, 0));
        Assert.Equal(1, snapshot.DropsOf(DropCause.Stopped));
        Assert.Empty(snapshot.KeyEpochs);
        Assert.Equal(0, pool.Outstanding);
        Assert.Equal(Moment.Never, core.NextDeadline);
    }

    [Fact]
    public void Epochs_of_seconds_rotate_under_traffic_and_nothing_is_lost()
    {
        _world.Dispose();

        // Grace: five links at 200 ms and a second of skew make two seconds.
        _world = new World(World.SmallParameters(epochSeconds: 6, maxDelayMs: 200, skewSeconds: 1), 5, new RealCrypto());
        MakeLine(5);
        for (var i = 0; i < _line.Length; i++)
        {
            _line[i].Clock.SkewMillis = 0;
        }

        var delays = new SeededRandomSource("delays");
        var sent = 0;
        var firstEpoch = _line[1].Snapshot().Epoch;
        while (_line[1].Snapshot().Epoch < firstEpoch + 4)
        {
            uint[] hops = [Delay(), Delay(), Delay()];
            Assert.True(_from.TrySend(_line[1..], hops, BitConverter.GetBytes(sent)));
            sent++;
            _world.RunFor(0.08);
        }

        _world.RunFor(2);
        Assert.True(sent > 200);
        Assert.Equal(Enumerable.Range(0, sent), _to.Received.Select(item => BitConverter.ToInt32(item.Message)).Order());
        Assert.All(_line, node => Assert.Empty(node.Snapshot().Drops));
        Assert.All(_line, node => Assert.Equal(0, node.Pool.Outstanding));
        Assert.Equal(0, _journal.Count(_line[1], LinkEventKind.Down));

        uint Delay() => (uint)(Crypto.RandomSourceExtensions.NextDouble(delays) * 200);
    }

    [Fact]
    [Trait("Spec", "MIX-6")]
    public void Clocks_within_the_skew_lose_nothing_at_the_turn_of_an_epoch()
    {
        _world.Dispose();
        _world = new World(World.SmallParameters(epochSeconds: 6, maxDelayMs: 200, skewSeconds: 1), 6, new RealCrypto());
        MakeLine(4, skews: [450, -450, 450, -450]);
        var sent = 0;
        for (; sent < 150; sent++)
        {
            Assert.True(_from.TrySend(_line[1..], [150, 150], BitConverter.GetBytes(sent)));
            _world.RunFor(0.1);
        }

        _world.RunFor(2);
        Assert.Equal(sent, _to.Received.Count);
        Assert.All(_line, node => Assert.Empty(node.Snapshot().Drops));
    }

    private void MakeLine(
        int nodes, Func<int, bool>? relays = null, Func<OverlayOptions, OverlayOptions>? configure = null, long[]? skews = null)
    {
        _line = [.. Enumerable.Range(0, nodes).Select(i => _world.AddNode($"n{i}", relays?.Invoke(i) ?? (i > 0 && i < nodes - 1)))];
        for (var i = 0; i < nodes; i++)
        {
            _line[i].Clock.SkewMillis = skews?[i] ?? 0;
            if (i > 0)
            {
                World.Peer(_line[i - 1], _line[i]);
            }
        }

        _line[1].Configure = configure;
        _journal = _world.Observe(new LinkJournal());
        _from = new PacketMail(_world, _line[0]);
        _to = new PacketMail(_world, _line[^1]);
        _world.StartAll();
        Assert.True(_world.RunUntil(
            () => _line[0].View.Nodes.Length == nodes && _line[0].View.Nodes.Sum(node => node.Links.Length) == 2 * (nodes - 1), 30));
    }
}
