using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Testing.Virtual;

namespace MixMq.Overlay.Tests.Links;

/// <summary>A link's life once it is up: silence, breaks, restarts, flaps, goodbyes.</summary>
public sealed class LinkLifeTests : IDisposable
{
    private readonly VirtualNetwork _network = new(VirtualNetwork.SmallParameters(), 2);
    private readonly VirtualNode _a;
    private readonly VirtualNode _b;

    public LinkLifeTests()
    {
        _a = _network.AddNode("a");
        _b = _network.AddNode("b");
    }

    private bool BothUp => _a.IsUp(_b) && _b.IsUp(_a);

    public void Dispose() => _network.Dispose();

    [Fact]
    public void A_link_is_up_within_half_a_second()
    {
        Start();
        Assert.InRange(_network.Clock.Micros, 0, 500_000);
        Assert.Equal(LinkStatus.Up, _a.LinkTo(_b).Status);
        Assert.True(_a.LinkTo(_b).Announced);
        _network.RunFor(5);
        Assert.InRange(_a.LinkTo(_b).RoundTripMicros!.Value, 4_000, 41_000);
    }

    [Fact]
    public void Silence_makes_a_link_suspect_and_then_down()
    {
        Start();
        _network.RunFor(10);
        _network.Cut(_a, _b);
        var start = _network.Clock.Micros;
        _network.RunFor(7);
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
        _network.RunFor(10);
        _network.CellFilter = (_, _, _) => false;
        Assert.True(_network.RunUntil(() => _a.CountEvents(LinkEventKind.Suspect) > 0, 5));
        _network.CellFilter = null;
        _network.RunFor(3);
        Assert.Equal(1, _a.CountEvents(LinkEventKind.Recovered));
        Assert.Equal(0, _a.CountEvents(LinkEventKind.Down));
    }

    [Fact]
    public void A_broken_link_is_back_in_hundreds_of_milliseconds()
    {
        Start();
        _network.RunFor(20);
        _network.Break(_a, _b);
        var start = _network.Clock.Micros;
        Assert.True(_network.RunUntil(() => BothUp, 5));
        Assert.InRange(_network.Clock.Micros - start, 0, 1_000_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_peer_that_lost_power_and_returns_replaces_its_old_connection(bool lowerReturns)
    {
        var (returns, stays) = _a.Address < _b.Address == lowerReturns ? (_a, _b) : (_b, _a);
        VirtualNetwork.Peer(returns, stays);
        _network.StartAll();
        Assert.True(_network.RunUntil(() => BothUp, 3));
        _network.RunFor(10);
        returns.LosePower();
        _network.RunFor(0.5);
        returns.Start();
        Assert.True(_network.RunUntil(() => BothUp && stays.CountEvents(LinkEventKind.Replaced) == 1, 3));
        Assert.InRange(stays.Snapshot().Connections, 1, 2);
        _network.RunFor(10);
        Assert.Equal(1, stays.Snapshot().Connections);
        Assert.Equal(0, stays.CountEvents(LinkEventKind.Down));
        Assert.True(BothUp);
    }

    [Fact]
    public void Two_ends_that_both_dial_end_with_one_link_that_never_goes_down()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            using var network = new VirtualNetwork(VirtualNetwork.SmallParameters(), seed);
            var (a, b) = (network.AddNode("a"), network.AddNode("b"));
            VirtualNetwork.Peer(a, b, bothDial: true);
            network.StartAll();
            network.RunFor(15);
            Assert.True(a.IsUp(b) && b.IsUp(a));
            Assert.Equal(1, a.Snapshot().Connections);
            Assert.Equal(1, b.Snapshot().Connections);
            Assert.Equal(0, a.CountEvents(LinkEventKind.Down) + b.CountEvents(LinkEventKind.Down));
        }
    }

    [Fact]
    public void A_goodbye_is_no_flap_and_the_peer_is_dialled_again()
    {
        Start();
        _network.RunFor(2);
        _b.Stop();
        _network.RunFor(0.2);
        Assert.Equal(LinkCloseReason.Goodbye, _a.Events.Last(e => e.Event.Kind == LinkEventKind.Down).Event.Reason);
        Assert.Equal(0, _a.LinkTo(_b).Flaps);
        _b.Start();
        Assert.True(_network.RunUntil(() => BothUp, 10));
        Assert.True(_a.LinkTo(_b).Announced);
    }

    [Fact]
    public void A_link_that_flaps_is_listed_only_after_it_has_held()
    {
        Start();
        for (var flap = 0; flap < 3; flap++)
        {
            _network.RunFor(1);
            _network.Break(_a, _b);
            Assert.True(_network.RunUntil(() => BothUp, 40));
        }

        Assert.Equal(3, _a.LinkTo(_b).Flaps);
        Assert.False(_a.LinkTo(_b).Announced);
        _network.RunFor(3.5);
        Assert.False(_a.LinkTo(_b).Announced);
        _network.RunFor(1);
        Assert.True(_a.LinkTo(_b).Announced);
        Assert.True(_b.LinkTo(_a).Announced);
    }

    [Fact]
    public void A_peer_that_is_away_is_dialled_with_growing_delays()
    {
        VirtualNetwork.Peer(_a, _b);
        _a.Start();
        _network.RunFor(600);
        var gaps = _a.Dials.Zip(_a.Dials.Skip(1), (x, y) => y - x).ToArray();
        Assert.True(_a.Dials.Count(at => at < 5_000_000) >= 4);
        Assert.All(gaps, gap => Assert.InRange(gap, 0, 61_000_000));
        Assert.All(gaps.Skip(10), gap => Assert.True(gap >= 5_000_000));
        _b.Start();
        Assert.True(_network.RunUntil(() => BothUp, 62));
    }

    [Fact]
    public void What_no_honest_peer_sends_closes_the_link()
    {
        byte[][] contents = [[9, 9, 9], [1], [2], []];
        foreach (var content in contents)
        {
            using var network = new VirtualNetwork(VirtualNetwork.SmallParameters(), 3);
            var (a, b) = (network.AddNode("a"), network.AddNode("b"));
            VirtualNetwork.Peer(a, b);
            network.StartAll();
            Assert.True(network.RunUntil(() => a.IsUp(b) && b.IsUp(a), 3));
            var cell = new byte[network.Parameters.CellBytes];
            LinkCell.Write(CellType.Control, content, cell);
            a.SendRawCell(b.Address, cell);
            Assert.True(network.RunUntil(() => b.CountEvents(LinkEventKind.Down) == 1, 0.5));
            Assert.Equal(LinkCloseReason.ProtocolViolation, b.LinkTo(a).LastClose);
            Assert.Equal(1, b.Snapshot().DropsOf(DropCause.CellOutOfOrder));
        }
    }

    [Fact]
    public void Random_bytes_from_a_peer_never_hurt_the_node()
    {
        Start();
        var random = new SeededRandomSource("bytes");
        var cell = new byte[_network.Parameters.CellBytes];
        for (var i = 0; i < 300; i++)
        {
            random.Fill(cell);
            cell[0] = (byte)(i % 6);
            _a.SendRawCell(_b.Address, cell);
            _network.RunFor(0.05);
        }

        _network.RunFor(0.5);
        Assert.True(_b.Snapshot().DropsOf(DropCause.PacketMalformed) + _b.Snapshot().DropsOf(DropCause.CellMalformed) > 0);
        Assert.True(_network.RunUntil(() => BothUp, 70));
        Assert.True(_network.RunUntil(() => _b.Pool.Outstanding == 0, 1));
    }

    [Fact]
    public void Padding_is_taken_and_ignored()
    {
        Start();
        var cell = new byte[_network.Parameters.CellBytes];
        _a.SendRawCell(_b.Address, cell);
        _network.RunFor(1);
        Assert.True(BothUp);
        Assert.Empty(_b.Snapshot().Drops);
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        static (long Steps, string Events) Run()
        {
            using var network = new VirtualNetwork(VirtualNetwork.SmallParameters(), 77);
            var (a, b, c) = (network.AddNode("a"), network.AddNode("b"), network.AddNode("c"));
            VirtualNetwork.Peer(a, b, bothDial: true);
            VirtualNetwork.Peer(b, c);
            network.StartAll();
            network.RunFor(3);
            network.Break(a, b);
            network.RunFor(3);
            return (network.Clock.Steps, string.Join(';', network.Nodes.SelectMany(node => node.Events)));
        }

        Assert.Equal(Run(), Run());
    }

    private static long Time(VirtualNode node, LinkEventKind kind) => node.Events.First(e => e.Event.Kind == kind).Micros;

    private void Start()
    {
        VirtualNetwork.Peer(_a, _b);
        _network.StartAll();
        Assert.True(_network.RunUntil(() => BothUp, 3));
    }
}
