using System.Buffers.Binary;
using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Links;

/// <summary>A link that moves to a new connection before the old one goes.</summary>
public sealed class LinkRenewalTests : IDisposable
{
    private const int Lifetime = 600;

    private readonly World _world = new(World.SmallParameters(), 11, new RealCrypto());
    private readonly LinkJournal _journal;
    private readonly SimNode _a;
    private readonly SimNode _b;

    public LinkRenewalTests()
    {
        _journal = _world.Observe(new LinkJournal());
        var (one, other) = (_world.AddNode("one", relays: false), _world.AddNode("other", relays: false));
        (_a, _b) = one.Address < other.Address ? (one, other) : (other, one);
    }

    private bool BothUp => _a.IsUp(_b) && _b.IsUp(_a);

    public void Dispose() => _world.Dispose();

    [Theory]
    [Trait("Spec", "LNK-26")]
    [Trait("Spec", "LNK-17")]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_link_is_renewed_within_each_lifetime_and_never_goes_down(bool leadingEndDials, bool bothDial)
    {
        var (dialler, acceptor) = leadingEndDials ? (_a, _b) : (_b, _a);
        Start(dialler, acceptor, bothDial);
        _world.RunFor(10 * Lifetime);
        var moves = _journal.Of(dialler).Where(entry => entry.Event.Kind == LinkEventKind.Replaced).Select(entry => entry.Micros).ToArray();
        Assert.InRange(moves.Length, 9, 13);
        Assert.Equal(moves.Length, _journal.Count(acceptor, LinkEventKind.Replaced));
        Assert.All(moves.Zip(moves.Skip(1), (first, next) => next - first), gap => Assert.InRange(gap, 475_000_000, 605_000_000));
        Assert.Equal(0, _journal.Count(_a, LinkEventKind.Down) + _journal.Count(_b, LinkEventKind.Down));
        Assert.All([_a.LinkTo(_b), _b.LinkTo(_a)], link => Assert.True(link.Announced && link.Flaps == 0));

        Assert.True(_world.RunUntil(() => _a.Snapshot().Connections == 1 && _b.Snapshot().Connections == 1, 7));
        Assert.InRange(_journal.Dials(dialler).Count + _journal.Dials(acceptor).Count, moves.Length + 1, moves.Length + 3);
    }

    [Fact]
    [Trait("Spec", "LNK-26")]
    public void Who_may_not_dial_renews_nothing_and_neither_does_who_was_told_not_to()
    {
        _a.Configure = options => options with { LinkLifetimeMillis = 0 };
        _b.Configure = WithLifetime;
        World.Peer(_a, _b);
        _world.StartAll();
        _world.RunFor(5 * Lifetime);
        Assert.True(BothUp);
        Assert.Equal(1, _journal.Dials(_a).Count + _journal.Dials(_b).Count);
    }

    [Fact]
    [Trait("Spec", "LNK-26")]
    public void A_renewal_that_the_peer_turns_away_leaves_the_link_where_it_is_and_is_tried_again()
    {
        Start(_b, _a);
        _world.Network.InfoFilter = (_, _, info) => info with { TrustedFor = [] };
        _world.RunFor(2 * Lifetime);
        Assert.True(BothUp);
        Assert.Equal(0, _journal.Count(_b, LinkEventKind.Replaced) + _journal.Count(_b, LinkEventKind.Down) + _journal.Count(_a, LinkEventKind.Down));
        var dials = _journal.Dials(_b);
        Assert.InRange(dials.Count, 10, 14);
        Assert.All(dials.Skip(1).Zip(dials.Skip(2), (first, next) => next - first), gap => Assert.Equal(60_000_000, gap));

        _world.Network.InfoFilter = null;
        Assert.True(_world.RunUntil(() => _journal.Count(_a, LinkEventKind.Replaced) == 1, 62));
        Assert.True(BothUp);
    }

    [Fact]
    [Trait("Spec", "LNK-26")]
    public void A_renewal_into_the_void_leaves_a_link_that_holds_alone()
    {
        Start(_b, _a);
        _world.Network.Line(_b, _a).DialFailure = 1;
        _world.RunFor(2 * Lifetime);
        Assert.True(BothUp && _journal.Count(_b, LinkEventKind.Down) == 0);

        // The next break is followed by dials at the usual pace, not at that of renewals.
        _world.Network.Line(_b, _a).DialFailure = 0;
        _world.Network.Break(_a, _b);
        Assert.True(_world.RunUntil(() => BothUp, 2));
    }

    [Fact]
    [Trait("Spec", "LNK-26")]
    public void The_old_connection_carries_the_link_until_the_new_one_has_answered()
    {
        Start(_b, _a);
        Assert.True(_world.RunUntil(() => _journal.Dials(_b).Count == 2, Lifetime));
        var old = (_a.LinkTo(_b).Connection, _b.LinkTo(_a).Connection);

        // HELLOs make a connection that is up: without them the new one is authenticated and no more.
        _world.Network.CellFilter = (_, _, cell) => cell[0] != (byte)CellType.Hello;
        Assert.True(_world.RunUntil(() => _a.Snapshot().Connections == 2, 2));
        _world.RunFor(1);
        Assert.Equal(old, (_a.LinkTo(_b).Connection, _b.LinkTo(_a).Connection));
        _world.Network.CellFilter = null;
        Assert.True(_world.RunUntil(() => _a.LinkTo(_b).Connection != old.Item1 && _b.LinkTo(_a).Connection != old.Item2, 3));
        Assert.Equal(0, _journal.Count(_a, LinkEventKind.Down) + _journal.Count(_b, LinkEventKind.Down));
    }

    [Theory]
    [Trait("Spec", "LNK-27")]
    [InlineData(false)]
    [InlineData(true)]
    public void What_waits_on_the_old_connection_arrives_after_the_link_has_moved(bool leadingEndDials)
    {
        var (dialler, acceptor) = leadingEndDials ? (_a, _b) : (_b, _a);
        Start(dialler, acceptor);
        var mail = new Dictionary<SimNode, PacketMail> { [_a] = new(_world, _a), [_b] = new(_world, _b) };
        Slow(_a, _b, bytesPerSecond: 100_000);
        Assert.True(_world.RunUntil(() => _journal.Dials(dialler).Count == 2, Lifetime));

        // Some ten seconds of packets wait at each end, while the HELLOs of the new connection wait for nothing.
        const int Count = 500;
        for (var i = 0; i < Count; i++)
        {
            Assert.True(mail[_a].TrySend([_b], [], Number(i)));
            Assert.True(mail[_b].TrySend([_a], [], Number(i)));
        }

        Assert.True(_world.RunUntil(() => _journal.Count(_a, LinkEventKind.Replaced) == 1 && _journal.Count(_b, LinkEventKind.Replaced) == 1, 5));
        Assert.All(mail.Values, box => Assert.InRange(box.Received.Count, 0, Count / 2));
        _world.RunFor(30);
        Assert.All(mail.Values, box => Assert.Equal(Enumerable.Range(0, Count), box.Received.Select(packet => BinaryPrimitives.ReadInt32LittleEndian(packet.Message)).Order()));
        Assert.Equal((1, 1), (_a.Snapshot().Connections, _b.Snapshot().Connections));
    }

    [Fact]
    [Trait("Spec", "LNK-27")]
    public void No_packet_is_lost_in_six_hours_of_renewals()
    {
        Start(_b, _a);
        var mail = new Dictionary<SimNode, PacketMail> { [_a] = new(_world, _a), [_b] = new(_world, _b) };
        var sent = 0;
        for (var second = 0; second < 21_600; second += 20)
        {
            _world.RunFor(20);
            Assert.True(mail[_a].TrySend([_b], [], Number(sent)));
            Assert.True(mail[_b].TrySend([_a], [], Number(sent++)));
        }

        _world.RunFor(1);
        Assert.InRange(_journal.Count(_a, LinkEventKind.Replaced), 35, 46);
        Assert.All(mail.Values, box => Assert.Equal(sent, box.Received.Count));
    }

    [Fact]
    [Trait("Spec", "LNK-27")]
    public void A_replaced_connection_goes_after_a_minute_whatever_it_brings()
    {
        Start(_b, _a);
        var mail = new PacketMail(_world, _b);
        Slow(_b, _a, bytesPerSecond: 20_000);
        Assert.True(_world.RunUntil(() => _journal.Dials(_b).Count == 2, Lifetime));
        for (var i = 0; i < 2_000; i++)
        {
            Assert.True(mail.TrySend([_a], [], Number(i)));
        }

        Assert.True(_world.RunUntil(() => _journal.Count(_a, LinkEventKind.Replaced) == 1, 10));
        var moved = _world.Clock.Micros;
        Assert.True(_world.RunUntil(() => _a.Snapshot().Connections == 1, 120));
        Assert.InRange(_world.Clock.Micros - moved, 59_000_000, 66_000_000);
        Assert.True(BothUp);
    }

    private static OverlayOptions WithLifetime(OverlayOptions options) => options with { LinkLifetimeMillis = Lifetime * 1_000 };

    private static byte[] Number(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    private void Slow(SimNode from, SimNode to, long bytesPerSecond)
    {
        foreach (var line in new[] { _world.Network.Line(from, to), _world.Network.Line(to, from) })
        {
            (line.BytesPerSecond, line.Window) = (bytesPerSecond, 4);
        }
    }

    private void Start(SimNode dialler, SimNode acceptor, bool bothDial = false)
    {
        (_a.Configure, _b.Configure) = (WithLifetime, WithLifetime);
        World.Peer(dialler, acceptor, bothDial);
        _world.StartAll();
        Assert.True(_world.RunUntil(() => BothUp && _a.View.Nodes.Length == 2 && _b.View.Nodes.Length == 2, 10));
        if (bothDial)
        {
            _world.RunFor(10);
        }
    }
}
