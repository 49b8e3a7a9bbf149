using MixMq.Overlay.Links;
using MixMq.Overlay.Map;
using MixMq.Simulation;
using MixMq.Simulation.Admission;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Admission;

/// <summary>Whole cores with their links, real signatures: what a revocation does to connections.</summary>
public sealed class GovernedLinksTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 12, new RealCrypto());
    private readonly NetworkAuthorities _authorities;
    private readonly LinkJournal _journal;
    private readonly SimNode[] _nodes;

    public GovernedLinksTests()
    {
        _authorities = new NetworkAuthorities(_world, 3, 2);
        _journal = _world.Observe(new LinkJournal());
        _nodes = [.. Enumerable.Range(0, 4).Select(i => _world.AddNode($"n{i}"))];
        for (var i = 0; i < 4; i++)
        {
            World.Peer(_nodes[i], _nodes[(i + 1) % 4], bothDial: i == 2);
            _authorities.Govern(_nodes[i], $"institution {i}");
        }

        _world.StartAll();
        Assert.True(_world.RunUntil(() => _nodes.All(node => node.View.Nodes.Length == 4 && node.View.Nodes.All(seen => seen.Links.Length == 2)), 20));
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    [Trait("Spec", "ADM-10")]
    [Trait("Spec", "ADM-17")]
    public void The_links_of_who_was_revoked_close_and_are_not_made_again_in_either_direction()
    {
        _nodes[0].Give(_authorities.Revoke(1, _nodes[2]));
        Assert.True(_world.RunUntil(() => !_nodes[1].IsUp(_nodes[2]) && !_nodes[3].IsUp(_nodes[2]), 2));
        Assert.Equal(LinkCloseReason.NotAdmitted, _nodes[1].LinkTo(_nodes[2]).LastClose);
        _world.RunFor(120);
        Assert.False(_nodes[1].IsUp(_nodes[2]) || _nodes[3].IsUp(_nodes[2]));
        Assert.Equal(LinkStatus.Up, _nodes[0].LinkTo(_nodes[1]).Status);
        Assert.DoesNotContain(_journal.Of(_nodes[0]), e => e.Event.Kind == LinkEventKind.Down);
        Assert.Equal(LinkRefusalReason.NotAdmitted, _nodes[3].LinkTo(_nodes[2]).LastRefusal!.Value.Reason);
        Assert.Contains("revoked", _nodes[3].LinkTo(_nodes[2]).LastRefusal!.Value.Describe(), StringComparison.Ordinal);

        // The revoked one goes on dialling the acceptor, and is told nothing.
        Assert.True(_nodes[3].Snapshot().RefusalsOf(LinkRefusalReason.NotAdmitted) > 0);
        Assert.Equal(1UL, _nodes[1].Snapshot().Admission!.Revocations!.Number);
        Assert.Null(_nodes[2].Snapshot().Admission!.Revocations);
    }

    [Fact]
    [Trait("Spec", "ADM-10")]
    public void A_damped_link_with_who_was_revoked_closes_as_well()
    {
        for (var flaps = 0; flaps < 5; flaps++)
        {
            Assert.True(_world.RunUntil(() => _nodes[2].IsUp(_nodes[3]) && _nodes[3].IsUp(_nodes[2]), 30));
            _world.Network.Break(_nodes[2], _nodes[3]);
            _world.RunFor(0.1);
        }

        // It is up, and the topology isn't told of it.
        Assert.True(_world.RunUntil(() => _nodes[2].IsUp(_nodes[3]) && _nodes[3].IsUp(_nodes[2]), 30));
        _world.RunFor(1);
        Assert.DoesNotContain(_nodes[2].Address, _nodes[3].Core.FindRecord(_nodes[3].Address)!.Neighbours);
        _nodes[3].Give(_authorities.Revoke(1, _nodes[2]));
        Assert.True(_world.RunUntil(() => !_nodes[3].IsUp(_nodes[2]), 1));
        _world.RunFor(70);
        Assert.False(_nodes[3].IsUp(_nodes[2]) || _nodes[1].IsUp(_nodes[2]));
    }

    [Fact]
    [Trait("Spec", "ADM-31")]
    public void A_succession_that_had_begun_by_a_clock_that_was_set_back_begins_again()
    {
        Span<byte> seed = stackalloc byte[32];
        seed[0] = 77;
        var old = _world.Crypto.CreateIdentity(seed);
        var node = _nodes[0];
        node.JumpClock(60_000);
        node.Give(_authorities.Succeed(old, _nodes[1], 1, notBeforeUnixMillis: node.Now.UnixMillis - 30_000));
        _world.RunFor(2);
        node.JumpClock(-60_000);
        _world.RunFor(2);
        Assert.Equal(SuccessionUse.NotYet, Assert.Single(node.Core.Map.ListedSuccessions).Use);
        _world.RunFor(40);
        Assert.Equal(SuccessionUse.InUse, Assert.Single(node.Core.Map.ListedSuccessions).Use);
    }

    [Theory]
    [Trait("Spec", "ADM-35")]
    [InlineData(false)]
    [InlineData(true)]
    public void A_node_whose_own_address_is_given_to_another_key_says_so_once_the_statement_holds_and_no_other_node_does(bool isEmergency)
    {
        _nodes[0].Give(_authorities.Succeed(_nodes[2].Identity, _nodes[1], 1, isEmergency, _nodes[0].Now.UnixMillis + 20_000));
        _world.RunFor(10);
        Assert.Single(_nodes[2].Core.Map.ListedSuccessions);
        Assert.All(_nodes, node => Assert.Empty(node.Snapshot().Admission!.Warnings));
        var before = _nodes[2].Core.MapVersion;
        _world.RunFor(15);
        Assert.NotEqual(before, _nodes[2].Core.MapVersion);
        Assert.Equal(_nodes[1].Address, _nodes[2].Core.Replacement!.New);
        var admission = _nodes[2].Snapshot().Admission!;
        Assert.Equal(_nodes[1].Address, admission.Replacement!.New);
        Assert.Equal(isEmergency, admission.Replacement.IsEmergency);
        Assert.All(_nodes, node => Assert.Empty(node.Snapshot().Admission!.Warnings));
        Assert.All(_nodes.Where(node => node != _nodes[2]), node => Assert.Null(node.Snapshot().Admission!.Replacement));
    }

    [Fact]
    public void A_time_that_is_too_far_off_to_be_counted_in_microseconds_keeps_nobody_busy()
    {
        _nodes[0].Give(_authorities.Revoke(1, [_nodes[2].Address], untilUnixMillis: (1L << 62) - 1));
        _world.RunFor(10);
        Assert.All(_nodes, node => Assert.True(node.Core.NextDeadline > node.Now.Micros));
        Assert.False(_nodes[1].IsUp(_nodes[2]));
    }

    [Fact]
    [Trait("Spec", "ADM-14")]
    public void A_node_that_restarts_keeps_out_who_was_revoked_before_it_has_heard_anything()
    {
        _nodes[0].Give(_authorities.Revoke(1, _nodes[2]));
        _world.RunFor(5);
        _nodes[1].Crash();
        _world.RunFor(1);
        _ = _nodes[1].Start();
        Assert.Equal(1UL, _nodes[1].Snapshot().Admission!.Revocations!.Number);
        _world.RunFor(60);
        Assert.False(_nodes[1].IsUp(_nodes[2]));
        Assert.True(_nodes[1].IsUp(_nodes[0]));
    }

    [Fact]
    [Trait("Spec", "ADM-10")]
    public void An_address_comes_back_when_its_time_on_the_list_is_over()
    {
        _nodes[0].Give(_authorities.Revoke(1, _nodes[2]));
        _world.RunFor(10);
        Assert.False(_nodes[1].IsUp(_nodes[2]));
        _nodes[0].Give(_authorities.Revoke(2));
        Assert.True(_world.RunUntil(() => _nodes[1].IsUp(_nodes[2]) && _nodes.All(node => node.View.Nodes.Length == 4), 120));
    }
}
