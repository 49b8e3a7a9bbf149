using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Links;

/// <summary>A link's life once it is up: silence, breaks, restarts, flaps, goodbyes.</summary>
public sealed class LinkLifeTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 2, new RealCrypto());
    private readonly LinkJournal _journal;
    private readonly SimNode _a;
    private readonly SimNode _b;

    public LinkLifeTests()
    {
        _journal = _world.Observe(new LinkJournal());
        _a = _world.AddNode("a");
        _b = _world.AddNode("b");
    }

    private bool BothUp => _a.IsUp(_b) && _b.IsUp(_a);

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_link_is_up_within_half_a_second()
    {
        Start();
        Assert.InRange(_world.Clock.Micros, 0, 500_000);
        Assert.Equal(LinkStatus.Up, _a.LinkTo(_b).Status);
        Assert.True(_a.LinkTo(_b).Announced);
        _world.RunFor(5);
        Assert.InRange(_a.LinkTo(_b).RoundTripMicros!.Value, 4_000, 41_000);
    }

    [Fact]
    [Trait("Spec", "LNK-15")]
    public void Silence_makes_a_link_suspect_and_then_down()
    {
        Start();
        _world.RunFor(10);
        _world.Network.Cut(_a, _b);
        var start = _world.Clock.Micros;
        _world.RunFor(7);
        var suspect = Time(_a, LinkEventKind.Suspect) - start;
        var down = Time(_a, LinkEventKind.Down) - start;
        Assert.InRange(suspect, 1_700_000, 3_400_000);
        Assert.InRange(down, 3_500_000, 5_600_000);
        Assert.Equal(LinkCloseReason.PeerSilent, _a.LinkTo(_b).LastClose);
        Assert.Equal(0, _a.Snapshot().Connections);
    }

    [Fact]
    public void A_suspect_link_recovers()
    {
        Start();
        _world.RunFor(10);
        _world.Network.CellFilter = (_, _, _) => false;
        Assert.True(_world.RunUntil(() => _journal.Count(_a, LinkEventKind.Suspect) > 0, 5));
        _world.Network.CellFilter = null;
        _world.RunFor(3);
        Assert.Equal(1, _journal.Count(_a, LinkEventKind.Recovered));
        Assert.Equal(0, _journal.Count(_a, LinkEventKind.Down));
    }

    [Fact]
    public void A_broken_link_is_back_in_hundreds_of_milliseconds()
    {
        Start();
        _world.RunFor(20);
        _world.Network.Break(_a, _b);
        var start = _world.Clock.Micros;
        Assert.True(_world.RunUntil(() => BothUp, 5));
        Assert.InRange(_world.Clock.Micros - start, 0, 1_000_000);
    }

    [Theory]
    [Trait("Spec", "LNK-17")]
    [InlineData(false)]
    [InlineData(true)]
    public void A_peer_that_lost_power_and_returns_replaces_its_old_connection(bool lowerReturns)
    {
        _world.Network.ResetsUnknown = false;
        var (returns, stays) = _a.Address < _b.Address == lowerReturns ? (_a, _b) : (_b, _a);
        World.Peer(returns, stays);
        _world.StartAll();
        Assert.True(_world.RunUntil(() => BothUp, 3));
        _world.RunFor(10);
        returns.LosePower();
        _world.RunFor(0.5);
        returns.Start();
        Assert.True(_world.RunUntil(() => BothUp && _journal.Count(stays, LinkEventKind.Replaced) == 1, 3));
        Assert.InRange(stays.Snapshot().Connections, 1, 2);
        _world.RunFor(10);
        Assert.Equal(1, stays.Snapshot().Connections);
        Assert.Equal(0, _journal.Count(stays, LinkEventKind.Down));
        Assert.True(BothUp);
    }

    [Fact]
    [Trait("Spec", "LNK-17")]
    public void Two_ends_that_both_dial_end_with_one_link_that_never_goes_down()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            using var world = new World(World.SmallParameters(), seed, new RealCrypto());
            var (a, b) = (world.AddNode("a"), world.AddNode("b"));
            World.Peer(a, b, bothDial: true);
            var journal = world.Observe(new LinkJournal());
            world.StartAll();
            world.RunFor(15);
            Assert.True(a.IsUp(b) && b.IsUp(a));
            Assert.Equal(1, a.Snapshot().Connections);
            Assert.Equal(1, b.Snapshot().Connections);
            Assert.Equal(0, journal.Count(a, LinkEventKind.Down) + journal.Count(b, LinkEventKind.Down));
        }
    }

    [Fact]
    [Trait("Spec", "LNK-18")]
    public void A_goodbye_is_no_flap_and_the_peer_is_dialled_again()
    {
        Start();
        _world.RunFor(2);
        _b.Stop();
        _world.RunFor(0.2);
        Assert.Equal(LinkCloseReason.Goodbye, _journal.Of(_a).Last(e => e.Event.Kind == LinkEventKind.Down).Event.Reason);
        Assert.Equal(0, _a.LinkTo(_b).Flaps);
        _b.Start();
        Assert.True(_world.RunUntil(() => BothUp, 10));
        Assert.True(_a.LinkTo(_b).Announced);
    }

    [Fact]
    [Trait("Spec", "LNK-20")]
    [Trait("Spec", "TOP-3")]
    public void A_link_that_flaps_is_listed_only_after_it_has_held()
    {
        Start();
        for (var flap = 0; flap < 3; flap++)
        {
            _world.RunFor(1);
            _world.Network.Break(_a, _b);
            Assert.True(_world.RunUntil(() => BothUp, 40));
        }

        Assert.Equal(3, _a.LinkTo(_b).Flaps);
        Assert.False(_a.LinkTo(_b).Announced);
        _world.RunFor(3.5);
        Assert.False(_a.LinkTo(_b).Announced);
        _world.RunFor(1);
        Assert.True(_a.LinkTo(_b).Announced);
        Assert.True(_b.LinkTo(_a).Announced);
    }

    [Fact]
    [Trait("Spec", "TOP-12")]
    public void A_message_that_began_before_the_link_was_listed_is_passed_over_to_its_end()
    {
        Start();
        for (var flap = 0; flap < 3; flap++)
        {
            _world.RunFor(1);
            _world.Network.Break(_a, _b);
            Assert.True(_world.RunUntil(() => BothUp, 40));
        }

        // The first cell of a message comes too early, the second doesn't.
        var downs = _journal.Count(_a, LinkEventKind.Down);
        Assert.False(_a.LinkTo(_b).Announced);
        var content = new byte[LinkCell.ContentRoom(_world.Parameters.CellBytes)];
        content[0] = 1;
        Send(content);
        Assert.True(_world.RunUntil(() => _a.LinkTo(_b).Announced, 5));
        Send([0, 77, 77]);
        _world.RunFor(0.2);
        Assert.Equal(downs, _journal.Count(_a, LinkEventKind.Down));

        // What follows is read: no message begins like this.
        Send([0, 77, 77]);
        _world.RunFor(0.2);
        Assert.Equal(downs + 1, _journal.Count(_a, LinkEventKind.Down));
        Assert.Equal(1, _a.Snapshot().DropsOf(DropCause.TopologyFault));

        void Send(byte[] content)
        {
            var cell = new byte[_world.Parameters.CellBytes];
            LinkCell.Write(CellType.Topology, content, cell);
            _b.SendRawCell(_a.Address, cell);
        }
    }

    [Fact]
    [Trait("Spec", "LNK-19")]
    public void A_peer_that_is_away_is_dialled_with_growing_delays()
    {
        World.Peer(_a, _b);
        _a.Start();
        _world.RunFor(600);
        var gaps = _journal.Dials(_a).Zip(_journal.Dials(_a).Skip(1), (x, y) => y - x).ToArray();
        Assert.True(_journal.Dials(_a).Count(at => at < 5_000_000) >= 4);
        Assert.All(gaps, gap => Assert.InRange(gap, 0, 61_000_000));
        Assert.All(gaps.Skip(10), gap => Assert.True(gap >= 5_000_000));
        _b.Start();
        Assert.True(_world.RunUntil(() => BothUp, 62));
    }

    [Fact]
    [Trait("Spec", "LNK-3")]
    [Trait("Spec", "LNK-16")]
    public void What_no_honest_peer_sends_closes_the_link()
    {
        byte[][] contents = [[9, 9, 9], [1], [2], []];
        foreach (var content in contents)
        {
            using var world = new World(World.SmallParameters(), 3, new RealCrypto());
            var (a, b) = (world.AddNode("a"), world.AddNode("b"));
            World.Peer(a, b);
            var journal = world.Observe(new LinkJournal());
            world.StartAll();
            Assert.True(world.RunUntil(() => a.IsUp(b) && b.IsUp(a), 3));
            var cell = new byte[world.Parameters.CellBytes];
            LinkCell.Write(CellType.Control, content, cell);
            a.SendRawCell(b.Address, cell);
            Assert.True(world.RunUntil(() => journal.Count(b, LinkEventKind.Down) == 1, 0.5));
            Assert.Equal(LinkCloseReason.ProtocolViolation, b.LinkTo(a).LastClose);
            Assert.Equal(1, b.Snapshot().DropsOf(DropCause.CellOutOfOrder));
        }
    }

    [Fact]
    public void Random_bytes_from_a_peer_never_hurt_the_node()
    {
        Start();
        var random = new SeededRandomSource("bytes");
        var cell = new byte[_world.Parameters.CellBytes];
        for (var i = 0; i < 300; i++)
        {
            random.Fill(cell);
            cell[0] = (byte)(i % 6);
            _a.SendRawCell(_b.Address, cell);
            _world.RunFor(0.05);
        }

        _world.RunFor(0.5);
        Assert.True(_b.Snapshot().DropsOf(DropCause.PacketMalformed) + _b.Snapshot().DropsOf(DropCause.CellMalformed) > 0);
        Assert.True(_world.RunUntil(() => BothUp, 70));
        Assert.True(_world.RunUntil(() => _b.Pool.Outstanding == 0, 1));
    }

    [Fact]
    [Trait("Spec", "LNK-22")]
    public void Padding_is_taken_and_ignored()
    {
        Start();
        var cell = new byte[_world.Parameters.CellBytes];
        _a.SendRawCell(_b.Address, cell);
        _world.RunFor(1);
        Assert.True(BothUp);
        Assert.Empty(_b.Snapshot().Drops);
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        static (long Steps, string Events) Run()
        {
            using var world = new World(World.SmallParameters(), 77, new RealCrypto());
            var (a, b, c) = (world.AddNode("a"), world.AddNode("b"), world.AddNode("c"));
            World.Peer(a, b, bothDial: true);
            World.Peer(b, c);
            var journal = world.Observe(new LinkJournal());
            world.StartAll();
            world.RunFor(3);
            world.Network.Break(a, b);
            world.RunFor(3);
            return (world.Clock.Steps, string.Join(';', world.Nodes.SelectMany(journal.Of)));
        }

        Assert.Equal(Run(), Run());
    }

    private long Time(SimNode node, LinkEventKind kind) => _journal.Of(node).First(e => e.Event.Kind == kind).Micros;

    private void Start()
    {
        World.Peer(_a, _b);
        _world.StartAll();
        Assert.True(_world.RunUntil(() => BothUp, 3));
    }
}
