using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Simulation.Network;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Testing;

namespace MixMq.Simulation.Tests;

/// <summary>Each fault of network, clock and process does what it says, and no more.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 3);
    private readonly LinkJournal _journal;
    private readonly Wire _wire;
    private readonly SimNode _a;
    private readonly SimNode _b;
    private readonly SimNode _c;

    public FaultTests()
    {
        _journal = _world.Observe(new LinkJournal());
        _wire = _world.Observe(new Wire());
        _a = _world.AddNode("a");
        _b = _world.AddNode("b");
        _c = _world.AddNode("c");
        World.Peer(_a, _b);
        World.Peer(_b, _c);
        World.Peer(_c, _a);
    }

    private bool AllUp => _a.IsUp(_b) && _b.IsUp(_a) && _b.IsUp(_c) && _c.IsUp(_b) && _c.IsUp(_a) && _a.IsUp(_c);

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Cells_of_one_connection_arrive_whole_and_in_order_however_long_each_takes()
    {
        _world.Network.Delay = DelayDistribution.LongTail(500, 1.2, 400_000);
        Start();
        _world.RunFor(30);
        Assert.True(_wire.Arrived > 200);
        Assert.Equal(0, _wire.OutOfOrder);
        Assert.InRange(_wire.Written - _wire.Arrived, 0, 40);
    }

    [Fact]
    public void Delays_follow_their_distributions()
    {
        var random = new SimRandom(5, "delays");
        Assert.Equal(700, DelayDistribution.Constant(700).Sample(random));
        Assert.InRange(Mean(DelayDistribution.Uniform(100, 300)), 195, 205);
        Assert.InRange(Mean(DelayDistribution.Exponential(50, 1_000)), 1_000, 1_100);
        var tail = Draw(DelayDistribution.LongTail(100, 1.5, 50_000));
        Assert.InRange(tail.Min(), 100, 101);
        Assert.InRange(tail.Max(), 10_000, 50_000);
        Assert.InRange(tail.Count(x => x > 400) / (double)tail.Length, 0.115, 0.135);

        double Mean(DelayDistribution distribution) => Draw(distribution).Average();
        long[] Draw(DelayDistribution distribution) => [.. Enumerable.Range(0, 20_000).Select(_ => distribution.Sample(random))];
    }

    [Fact]
    public void A_cut_holds_everything_back_and_gives_it_out_when_it_ends()
    {
        Start();
        _world.RunFor(5);
        _world.Network.Cut(_a, _b);
        var before = _wire.Between(_a, _b);
        _world.RunFor(1.5);
        Assert.Equal(before, _wire.Between(_a, _b));
        _world.Network.Restore(_a, _b, reset: false);
        _world.RunFor(2);
        Assert.True(_wire.Between(_a, _b) > before);
        Assert.Equal(0, _journal.Count(_a, LinkEventKind.Down) + _journal.Count(_b, LinkEventKind.Down));
        Assert.Equal(0, _wire.OutOfOrder);
    }

    [Fact]
    public void A_one_way_cut_stops_one_direction_only_and_takes_the_link_down_at_both_ends()
    {
        Start();
        _world.RunFor(5);
        _world.Network.CutOneWay(_a, _b);
        var (there, back) = (_wire.Between(_a, _b), _wire.Between(_b, _a));
        _world.RunFor(2);
        Assert.Equal(there, _wire.Between(_a, _b));
        Assert.True(_wire.Between(_b, _a) > back);
        _world.RunFor(10);
        Assert.False(_a.IsUp(_b) || _b.IsUp(_a));
        Assert.True(_a.IsUp(_c) && _c.IsUp(_b));
    }

    [Fact]
    public void An_isolated_node_loses_all_links_and_gets_them_back_after_the_heal()
    {
        Start();
        _world.RunFor(5);
        _world.Network.Isolate(_c);
        _world.RunFor(10);
        Assert.True(_a.IsUp(_b) && !_a.IsUp(_c) && !_b.IsUp(_c) && !_c.IsUp(_a));
        _world.Network.Heal();
        Assert.True(_world.RunUntil(() => AllUp, 70, 0.1));
    }

    [Fact]
    public void A_one_way_partition_lets_one_side_be_heard()
    {
        Start();
        _world.RunFor(5);
        _world.Network.Partition(node => node == _c ? 1 : 0, oneWay: true);
        var (heard, lost) = (_wire.Between(_a, _c), _wire.Between(_c, _a));
        _world.RunFor(2);
        Assert.True(_wire.Between(_a, _c) > heard);
        Assert.Equal(lost, _wire.Between(_c, _a));
    }

    [Fact]
    public void A_clogged_line_holds_the_writer_back_until_its_queue_is_full()
    {
        Start();
        _world.RunFor(5);
        _world.Network.Clog(_a, _b);
        var sent = Flood(6_000);
        Assert.Equal(LinkTuning.PacketQueueLimit, sent);
        Assert.Equal(LinkTuning.PacketQueueLimit, _a.QueuedTo(_b));
        _world.Network.Clog(_a, _b, clogged: false);
        _world.RunFor(1);
        Assert.Equal(0, _a.QueuedTo(_b));
    }

    [Fact]
    public void A_slow_line_takes_so_many_bytes_a_second()
    {
        Start();
        _world.RunFor(5);
        _world.Network.Line(_a, _b).BytesPerSecond = 100L * _world.Parameters.CellBytes;
        var before = _wire.Between(_a, _b);
        _ = Flood(1_000);
        _world.RunFor(2.05);
        Assert.InRange(_wire.Between(_a, _b) - before, 195, 210);
    }

    [Fact]
    public void A_slow_reader_holds_its_neighbours_writer_back()
    {
        Start();
        _world.RunFor(5);
        _b.MicrosPerCell = 20_000;
        _world.Network.Line(_a, _b).Window = 16;
        var before = _wire.Between(_a, _b);
        _ = Flood(500);
        _world.RunFor(1);
        Assert.InRange(_wire.Between(_a, _b) - before, 30, 52);
        Assert.True(_a.QueuedTo(_b) > 400);
    }

    [Fact]
    public void A_machine_that_is_lost_is_missed_and_a_process_that_is_killed_is_noticed_at_once()
    {
        Start();
        _world.RunFor(5);
        _b.Crash();
        _world.RunFor(0.1);
        Assert.False(_a.IsUp(_b));
        _ = _b.Start();
        Assert.True(_world.RunUntil(() => AllUp, 70, 0.1));
        _world.RunFor(5);
        _b.LosePower();
        _world.RunFor(1);
        Assert.True(_a.IsUp(_b));
        _world.RunFor(6);
        Assert.False(_a.IsUp(_b));
    }

    [Fact]
    public void A_connection_of_a_process_that_is_gone_is_reset_by_its_machine()
    {
        Start();
        _world.RunFor(5);
        _b.LosePower();
        _ = _b.Start();
        Assert.True(_world.RunUntil(() => _journal.Count(_a, LinkEventKind.Down) == 1, 2, 0.01));
        Assert.Equal(LinkCloseReason.Disconnected, _journal.Of(_a).Last(e => e.Event.Kind == LinkEventKind.Down).Event.Reason);
    }

    [Fact]
    public void Dials_fail_as_often_as_they_should()
    {
        _world.Network.Line(_a, _b).DialFailure = 1;
        _world.StartAll();
        _world.RunFor(60);
        Assert.False(_a.IsUp(_b));
        Assert.True(_world.Marks[Mark.DialFailed] > 3);
        _world.Network.Line(_a, _b).DialFailure = 0;
        Assert.True(_world.RunUntil(() => AllUp, 70, 0.1));
    }

    [Fact]
    public void Wall_clocks_jump_and_drift_and_the_other_clock_never_goes_back()
    {
        _a.Clock.DriftPpm = 200;
        _b.Clock.DriftPpm = -200;
        Start();
        _world.RunFor(1_000);
        Assert.InRange(_a.Now.Micros - _b.Now.Micros, 399_000, 402_000);
        var (micros, unix) = _a.Now;
        _a.JumpClock(-3_600_000);
        Assert.Equal(micros, _a.Now.Micros);
        Assert.Equal(unix - 3_600_000, _a.Now.UnixMillis);
        _world.RunFor(5);
        Assert.Equal(_b.Snapshot().Epoch - 1, _a.Snapshot().Epoch);
        _a.JumpClock(7_200_000);
        _world.RunFor(5);
        Assert.Equal(_b.Snapshot().Epoch + 1, _a.Snapshot().Epoch);
    }

    private int Flood(int packets)
    {
        var sent = 0;
        for (var i = 0; i < packets; i++)
        {
            if (_a.Pool.TryRent(out var packet))
            {
                _world.Random.Fill(packet.Packet);
                if (_a.TrySendPacket(_b.Address, packet))
                {
                    sent++;
                }
                else
                {
                    packet.Return();
                }
            }
        }

        return sent;
    }

    private void Start()
    {
        _world.StartAll();
        Assert.True(_world.RunUntil(() => AllUp, 10, 0.01));
    }

    /// <summary>Counts cells between nodes, and compares the order in which they arrive with that in which they were written.</summary>
    private sealed class Wire : WorldObserver
    {
        private readonly Dictionary<(SimNode, SimNode), Queue<UInt128>> _underWay = [];
        private readonly Dictionary<(SimNode, SimNode), int> _arrived = [];

        public int Written { get; private set; }

        public int Arrived { get; private set; }

        public int OutOfOrder { get; private set; }

        public int Between(SimNode from, SimNode to) => _arrived.GetValueOrDefault((from, to));

        public override void CellWritten(SimNode from, SimNode to, ReadOnlySpan<byte> cell)
        {
            Written++;
            if (!_underWay.TryGetValue((from, to), out var queue))
            {
                _underWay.Add((from, to), queue = new Queue<UInt128>());
            }

            queue.Enqueue(Cryptography.QuickHash.Hash(cell, 1, 1));
        }

        public override void CellArrived(SimNode from, SimNode to, ReadOnlySpan<byte> cell)
        {
            Arrived++;
            _arrived[(from, to)] = Between(from, to) + 1;
            var queue = _underWay[(from, to)];
            if (!queue.TryDequeue(out var expected) || expected != Cryptography.QuickHash.Hash(cell, 1, 1))
            {
                OutOfOrder++;
            }
        }
    }
}
