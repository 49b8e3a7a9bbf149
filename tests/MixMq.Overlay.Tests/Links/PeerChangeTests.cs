using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Links;

/// <summary>Peers that are added, changed and removed while the node runs.</summary>
public sealed class PeerChangeTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 23, new RealCrypto());
    private readonly LinkJournal _journal;
    private readonly SimNode _hub;
    private readonly SimNode _left;
    private readonly SimNode _right;
    private long _trust;

    public PeerChangeTests()
    {
        _journal = _world.Observe(new LinkJournal());
        (_hub, _left, _right) = (_world.AddNode("hub"), _world.AddNode("left", relays: false), _world.AddNode("right", relays: false));
        _world.Network.InfoFilter = (end, _, info) => end == _hub ? info with { TrustVersion = _trust } : info;
    }

    private int Downs => _world.Nodes.Sum(node => _journal.Count(node, LinkEventKind.Down));

    public void Dispose() => _world.Dispose();

    [Theory]
    [Trait("Spec", "LNK-44")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_peer_that_is_added_on_both_sides_has_a_link_and_the_others_notice_nothing(bool hubDials)
    {
        Start(_left);
        Assert.True(_world.RunUntil(() => Both(_left), 5));
        _hub.AddPeer(Of(_right, dials: hubDials));
        _right.Start();
        _right.AddPeer(Of(_hub, dials: !hubDials));
        Assert.True(_world.RunUntil(() => Both(_right) && _left.View.Nodes.Length == 3, 15));
        Assert.Equal(0, Downs);
        Assert.Equal(1, _journal.Count(_left, LinkEventKind.Up));
    }

    [Fact]
    [Trait("Spec", "LNK-44")]
    public void A_node_says_that_it_can_be_dialled_from_the_first_peer_that_may_to_the_last()
    {
        World.Peer(_hub, _left);
        _world.StartAll();
        Assert.True(_world.RunUntil(() => IsReachable() is false, 10));
        _hub.AddPeer(Of(_right, dials: false));
        Assert.True(_world.RunUntil(() => IsReachable() is true, 30));
        _hub.RemovePeer(_right.Address);
        Assert.True(_world.RunUntil(() => IsReachable() is false, 30));
        Assert.Equal(0, Downs);

        bool? IsReachable() => _left.Core.FindRecord(_hub.Address)?.Flags.HasFlag(LinkStateFlags.Reachable);
    }

    [Fact]
    [Trait("Spec", "LNK-45")]
    public void A_peer_that_is_removed_gets_a_goodbye_and_is_turned_away_from_then_on()
    {
        Start(_left, _right);
        Assert.True(_world.RunUntil(() => Both(_left) && Both(_right), 5));
        _hub.RemovePeer(_right.Address);
        Assert.True(_world.RunUntil(() => !_right.IsUp(_hub), 1));
        Assert.False(_hub.IsUp(_right));
        Assert.Equal(LinkCloseReason.PeerRemoved, Assert.Single(_journal.Of(_hub), entry => entry.Event.Kind == LinkEventKind.Down).Event.Reason);
        Assert.Equal(LinkCloseReason.Goodbye, Assert.Single(_journal.Of(_right), entry => entry.Event.Kind == LinkEventKind.Down).Event.Reason);
        _world.RunFor(30);
        Assert.False(_right.IsUp(_hub));
        Assert.True(_hub.Snapshot().Refusals.Single(refusal => refusal.Reason == LinkRefusalReason.NotPermitted).Count > 0);
        Assert.DoesNotContain(_hub.Snapshot().Links, link => link.Address == _right.Address);
        Assert.True(Both(_left) && _journal.Count(_left, LinkEventKind.Down) == 0);
    }

    [Fact]
    [Trait("Spec", "LNK-45")]
    public void A_packet_that_waits_for_a_peer_that_is_removed_goes_to_no_peer_that_comes_after_it()
    {
        var late = _world.AddNode("late", relays: false);
        Start(_left, _right);
        Assert.True(_world.RunUntil(() => Both(_left) && Both(_right) && _left.View.Nodes.Length == 3, 15));
        var (mail, atLate, atRight) = (new PacketMail(_world, _left), new PacketMail(_world, late), new PacketMail(_world, _right));
        Assert.True(mail.TrySend([_hub, _right], [900], [1]));
        Assert.True(_world.RunUntil(() => _hub.Snapshot().Delayed == 1, 0.5));
        _hub.RemovePeer(_right.Address);
        _hub.AddPeer(Of(late, dials: true));
        late.Start();
        late.AddPeer(Of(_hub, dials: false));
        _world.RunFor(5);
        Assert.True(Both(late));
        Assert.Empty(atLate.Received);
        Assert.Empty(atRight.Received);
        Assert.Equal(1, _hub.Snapshot().Drops.Single(drop => drop.Cause == DropCause.NoLink).Count);
    }

    [Theory]
    [Trait("Spec", "LNK-46")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_peer_whose_trust_changes_gets_a_new_connection_before_the_old_one_goes(bool hubDials)
    {
        World.Peer(hubDials ? _hub : _left, hubDials ? _left : _hub);
        World.Peer(_right, _hub);
        _world.StartAll();
        Assert.True(_world.RunUntil(() => Both(_left) && Both(_right), 5));
        var before = _hub.LinkTo(_left).Connection;
        _hub.ChangePeer(Of(_left, dials: hubDials) with { TrustVersion = ++_trust });
        Assert.True(_world.RunUntil(() => _hub.LinkTo(_left).Connection != before, 3));
        _world.RunFor(120);
        Assert.True(Both(_left) && Both(_right));
        Assert.Equal(0, Downs);
        Assert.Equal(1, _journal.Count(_hub, LinkEventKind.Replaced));
        Assert.Equal(2, _hub.Snapshot().Connections);
    }

    [Theory]
    [Trait("Spec", "LNK-47")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_that_the_new_trust_setting_refuses_goes_when_its_time_is_over(bool hubDials)
    {
        World.Peer(hubDials ? _hub : _left, hubDials ? _left : _hub);
        _world.StartAll();
        Assert.True(_world.RunUntil(() => Both(_left), 5));
        _hub.ChangePeer(Of(_left, dials: hubDials) with { TrustVersion = ++_trust });
        _world.Network.InfoFilter = (end, _, info) => end == _hub ? info with { TrustVersion = _trust, TrustedFor = [] } : info;
        _world.RunFor(89);
        Assert.True(Both(_left));
        _world.RunFor(3);
        Assert.False(_hub.IsUp(_left) || _left.IsUp(_hub));
        Assert.Equal(LinkCloseReason.TrustChanged, _journal.Of(_hub).First(entry => entry.Event.Kind == LinkEventKind.Down).Event.Reason);
    }

    [Fact]
    [Trait("Spec", "LNK-47")]
    public void A_connection_that_the_former_trust_setting_let_in_is_not_taken_however_late_it_comes()
    {
        World.Peer(_hub, _left);
        _hub.Start();
        _left.Start();
        _hub.ChangePeer(Of(_left, dials: true) with { TrustVersion = 1 });
        _world.RunFor(20);
        Assert.False(_hub.IsUp(_left));
        Assert.True(_journal.Dials(_hub).Count > 10, "It is dialled again at once, since nobody is at fault.");
        _trust = 1;
        Assert.True(_world.RunUntil(() => Both(_left), 3));
    }

    [Fact]
    [Trait("Spec", "LNK-46")]
    public void A_peer_that_is_dialled_elsewhere_is_renewed_and_keeps_its_link_if_nobody_is_there()
    {
        World.Peer(_hub, _left);
        _world.StartAll();
        Assert.True(_world.RunUntil(() => Both(_left), 5));
        _world.Network.Line(_hub, _left).DialFailure = 1;
        _hub.ChangePeer(Of(_left, dials: true), renew: true);
        _world.RunFor(200);
        Assert.True(Both(_left) && Downs == 0);
        _world.Network.Line(_hub, _left).DialFailure = 0;
        Assert.True(_world.RunUntil(() => _journal.Count(_hub, LinkEventKind.Replaced) == 1, 62));
        Assert.Equal(0, Downs);
    }

    [Fact]
    [Trait("Spec", "LNK-46")]
    public void A_new_name_or_another_way_in_touches_no_connection()
    {
        Start(_left);
        Assert.True(_world.RunUntil(() => Both(_left), 5));
        _hub.ChangePeer(Of(_left, dials: false) with { Name = "gauche" });
        _world.RunFor(30);
        Assert.Equal("gauche", _hub.LinkTo(_left).Peer);
        Assert.Equal((0, 0), (Downs, _journal.Count(_hub, LinkEventKind.Replaced)));
    }

    [Fact]
    [Trait("Spec", "LNK-48")]
    public void A_peer_that_asks_for_renewals_without_end_gets_one_in_five_seconds()
    {
        Start(_left);
        Assert.True(_world.RunUntil(() => Both(_left), 5));
        var dials = _journal.Dials(_left).Count;
        for (var i = 0; i < 200; i++)
        {
            _hub.ChangePeer(Of(_left, dials: false), renew: true);
            _world.RunFor(0.1);
        }

        Assert.InRange(_journal.Dials(_left).Count - dials, 3, 6);
        Assert.Equal(0, Downs);
    }

    [Fact]
    [Trait("Spec", "LNK-44")]
    public void Changes_without_end_lose_no_packet_between_others_and_none_of_their_links()
    {
        var guest = _world.AddNode("guest", relays: false);
        Start(_left, _right);
        guest.Start();
        Assert.True(_world.RunUntil(() => Both(_left) && Both(_right) && _left.View.Nodes.Length == 3 && _right.View.Nodes.Length == 3, 15));
        var (there, back) = (new PacketMail(_world, _left), new PacketMail(_world, _right));
        const int Changes = 200;
        for (var i = 0; i < Changes; i++)
        {
            switch (i % 4)
            {
                case 0:
                    _hub.AddPeer(Of(guest, dials: false) with { TrustVersion = ++_trust });
                    guest.AddPeer(Of(_hub, dials: true));
                    break;
                case 3:
                    _hub.RemovePeer(guest.Address);
                    guest.RemovePeer(_hub.Address);
                    break;
                default:
                    _hub.ChangePeer(Of(guest, dials: i % 4 == 1) with { TrustVersion = ++_trust });
                    break;
            }

            Assert.True(there.TrySend([_hub, _right], [10], [1]) && back.TrySend([_hub, _left], [10], [1]));
            _world.RunFor(0.7);
        }

        _world.RunFor(1);
        Assert.Equal((Changes, Changes), (there.Received.Count, back.Received.Count));
        Assert.Equal(0, _journal.Count(_left, LinkEventKind.Down) + _journal.Count(_right, LinkEventKind.Down));
        Assert.InRange(_journal.Count(guest, LinkEventKind.Up), Changes / 5, Changes / 2);
    }

    [Fact]
    public void What_is_no_peer_is_refused_and_what_is_none_already_is_ignored()
    {
        var core = new OverlayCore(
            new OverlayOptions { Network = _world.Parameters, Own = _hub.Address, Relays = true, Peers = [Of(_left, dials: false)] }, new SeededRandomSource("core"), 0);
        var sink = new RecordingSink();
        var now = new Moment(0, 1_000);
        core.Start(now, ref sink);
        Assert.Throws<ArgumentException>(() => core.AddPeer(Of(_left, dials: true), now, ref sink));
        Assert.Throws<ArgumentException>(() => core.AddPeer(Of(_hub, dials: true), now, ref sink));
        Assert.Throws<ArgumentException>(() => core.AddPeer(Of(_right, dials: false) with { Accepts = false }, now, ref sink));
        Assert.Throws<ArgumentException>(() => core.ChangePeer(Of(_right, dials: false), renew: false, now, ref sink));
        core.RemovePeer(_right.Address, now, ref sink);
        Assert.Single(core.Snapshot(now).Links);
    }

    private static PeerOptions Of(SimNode node, bool dials) => new(node.Address, node.Name, dials, !dials);

    private bool Both(SimNode node) => _hub.IsUp(node) && node.IsUp(_hub);

    private void Start(params SimNode[] dialling)
    {
        foreach (var node in dialling)
        {
            World.Peer(node, _hub);
        }

        _hub.Start();
        foreach (var node in dialling)
        {
            node.Start();
        }
    }
}
