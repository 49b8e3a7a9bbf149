using MixMq.Overlay.Admission;
using MixMq.Overlay.Tests.Topology;
using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Tests.Admission;

/// <summary>A ring of governed nodes on virtual time, with real signatures: what is published at one of them holds at all.</summary>
public sealed class GovernanceTests
{
    private static readonly Authorities Three = new(3, 2);

    private readonly VirtualNetwork _network = new(5);

    [Fact]
    [Trait("Spec", "ADM-7")]
    [Trait("Spec", "ADM-8")]
    public void Who_has_no_certificate_that_counts_is_in_nobodys_view_and_loses_its_links()
    {
        var ring = Ring(5, i => i switch
        {
            0 => null,
            1 => Three.Admit(new TestIdentity(1), signers: 1),
            2 => Three.Admit(new TestIdentity(2), roles: AdmissionRoles.Endpoint),
            _ => Three.Admit(new TestIdentity(i)),
        });
        _ = _network.Add(new TestIdentity(5));
        _network.Connect(5, 3);
        Assert.InRange(_network.RunUntil(() => _network.Nodes[3].AdmissionsEnded.Contains(new TestIdentity(5).Address), 20), 3, 10);
        _network.Run(120);
        Assert.Equal([3, 4], Seen(3));
        Assert.Equal([3, 4], Seen(4));
        Assert.Equal([(3, 4)], _network.Links);
        Assert.Contains(ring[0].Address, _network.Nodes[4].AdmissionsEnded);
        Assert.Contains(ring[2].Address, _network.Nodes[3].AdmissionsEnded);
        Assert.DoesNotContain(ring[3].Address, _network.Nodes[4].AdmissionsEnded);
        Assert.True(_network.Nodes[3].Core.Count(TopologyCounter.NotAdmitted) > 0);
        Assert.Empty(_network.Faults);
        Assert.Contains("no admission certificate", Assert.Single(Admission(0).Warnings), StringComparison.Ordinal);
        Assert.False(Admission(1).IsAdmitted);
        Assert.True(Admission(3).IsAdmitted);
    }

    [Fact]
    [Trait("Spec", "ADM-9")]
    [Trait("Spec", "ADM-10")]
    [Trait("Spec", "ADM-12")]
    public void A_revocation_given_to_one_node_is_everywhere_within_a_second_and_takes_views_and_links()
    {
        var ring = Admitted(6);
        Assert.InRange(_network.RunUntil(() => _network.HasConverged(), 30), 0, 30);
        var list = Three.Revoke(1, ring[3]);
        _network.Nodes[0].Give(list);
        var took = _network.RunUntil(() => Enumerable.Range(0, 6).All(i => i == 3 || !Seen(i).Contains(3)), 30);
        Assert.InRange(took, 0, 1);
        _network.Run(2);
        Assert.DoesNotContain(_network.Links, link => link.A == 3 || link.B == 3);
        Assert.All(Enumerable.Range(0, 6).Where(i => i != 3), i => Assert.Equal([0, 1, 2, 4, 5], Seen(i)));
        Assert.All(Enumerable.Range(0, 6).Where(i => i != 3), i => Assert.Contains(_network.Nodes[i].Statements, statement => statement is RevokedAddresses));
        Assert.True(_network.Nodes[2].Core.IsExcluded(ring[3].Address, Now()));
        Assert.False(_network.Nodes[2].Core.IsExcluded(ring[3].Address, new Moment(0, Authorities.Forever)));
        Assert.Empty(_network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-12")]
    public void What_a_neighbour_was_told_before_its_end_of_the_link_came_up_it_hears_again()
    {
        var ring = Admitted(3);
        Assert.InRange(_network.RunUntil(() => _network.HasConverged(), 30), 0, 30);

        // One end holds its links down, as it does where they come and go, while the other uses them.
        _network.Nodes[0].LinkDown(1);
        _network.Nodes[2].LinkDown(1);
        _network.Nodes[1].Give(Three.Revoke(1, ring[0]));
        _network.Run(2);
        Assert.DoesNotContain(_network.Nodes[2].Statements, statement => statement is RevokedAddresses);
        _network.Nodes[2].LinkUp(1);
        _network.RunUntil(() => _network.Nodes[2].Statements.Any(statement => statement is RevokedAddresses), 15);
        Assert.Contains(_network.Nodes[2].Statements, statement => statement is RevokedAddresses);
        Assert.Empty(_network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-12")]
    public void What_a_neighbour_told_and_lost_by_a_start_that_nobody_noticed_it_hears_again()
    {
        var ring = Admitted(3);
        Assert.InRange(_network.RunUntil(() => _network.HasConverged(), 30), 0, 30);
        _network.Nodes[2].Give(Three.Revoke(1, ring[0]));
        Assert.InRange(_network.RunUntil(() => _network.Nodes[1].Statements.Any(statement => statement is RevokedAddresses), 15), 0, 15);
        _network.RestartUnnoticed(2);
        Assert.Null(Admission(2).Revocations);
        Assert.InRange(_network.RunUntil(() => Admission(2).Revocations is not null, 15), 0, 15);
        Assert.Empty(_network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-9")]
    public void Too_few_signatures_strange_ones_and_false_ones_change_nothing()
    {
        var ring = Admitted(3);
        _ = _network.RunUntil(() => _network.HasConverged(), 30);
        var others = new Authorities(3, 2, first: 700);
        _network.Nodes[0].Give(Three.Revoke(1, [new RevokedAddress(ring[1].Address, Authorities.Forever)], signers: 1));
        _network.Nodes[0].Give(others.Revoke(1, ring[1]));
        var unsigned = (AuthorityStatement)Three.Revoke(1, [new RevokedAddress(ring[1].Address, Authorities.Forever)], signers: 0);
        foreach (var key in Three.Keys)
        {
            unsigned = unsigned.WithSignature(key, new byte[64]);
        }

        _network.Nodes[0].Give(unsigned);
        _network.Run(10);
        Assert.True(_network.HasConverged());
        Assert.Null(Admission(0).Revocations);
        Assert.Contains("too few of the authorities", Assert.Single(Admission(0).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Spec", "ADM-4")]
    [Trait("Spec", "ADM-11")]
    public void Parameters_spread_at_once_and_hold_everywhere_from_their_activation_on()
    {
        _ = Admitted(5);
        _ = _network.RunUntil(() => _network.HasConverged(), 30);
        var activation = Now().UnixMillis + 20_000;
        _network.Nodes[2].Give(Three.Parameters(2, activation: activation, pathLinks: 4));
        _network.Run(2);
        Assert.All(_network.Nodes, node => Assert.Equal((1UL, 2UL), (Admission(node.Index).Number, Admission(node.Index).Next!.Number)));
        Assert.All(_network.Nodes, node => Assert.Equal(5, node.Core.View.Network!.PathLinks));
        _network.Run(18.5);
        Assert.All(_network.Nodes, node => Assert.Equal(4, node.Core.View.Network!.PathLinks));
        Assert.True(_network.HasConverged());
        Assert.Empty(_network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-5")]
    public void Parameters_that_cannot_change_live_are_refused_with_the_reason()
    {
        _ = Admitted(3);
        _ = _network.RunUntil(() => _network.HasConverged(), 30);
        _network.Nodes[0].Give(Three.Parameters(2, network: Authorities.Network(5, epochSeconds: 7200)));
        _network.Run(5);
        Assert.Equal(1UL, Admission(0).Number);
        Assert.Contains("epoch length can't change", Assert.Single(Admission(0).Warnings), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Spec", "ADM-4")]
    public void Old_authorities_hand_over_to_new_ones_and_nobody_else_can()
    {
        _ = Ring(3, i => new Authorities(3, 2, first: 700).Sign(Three.Admit(new TestIdentity(i))));
        _ = _network.RunUntil(() => _network.HasConverged(), 30);
        var successors = new Authorities(3, 2, first: 700);
        _network.Nodes[0].Give(successors.Parameters(2));
        _network.Run(5);
        Assert.Equal(1UL, Admission(0).Number);
        _network.Nodes[0].Give(Three.Sign(successors.Parameters(2)));
        _network.Run(5);
        Assert.All(_network.Nodes, node => Assert.Equal(2UL, Admission(node.Index).Number));
        Assert.True(_network.HasConverged());

        // The old ones have no say any more.
        _network.Nodes[0].Give(Three.Revoke(1, new TestIdentity(1)));
        _network.Run(5);
        Assert.Null(Admission(0).Revocations);
        _network.Nodes[0].Give(successors.Revoke(1, new TestIdentity(1)));
        _network.Run(5);
        Assert.Equal([0, 2], Seen(2));
    }

    [Fact]
    [Trait("Spec", "ADM-13")]
    public void Two_lists_of_one_number_are_shown_and_both_count()
    {
        // With chords: a ring without both of them would fall apart.
        var ring = Admitted(6);
        _network.Connect(0, 3);
        _network.Connect(1, 4);
        _ = _network.RunUntil(() => _network.HasConverged(), 30);
        _network.Nodes[0].Give(Three.Revoke(1, ring[2]));
        _network.Nodes[3].Give(Three.Revoke(1, ring[5]));
        _network.Run(20);
        foreach (var i in new[] { 0, 1, 3, 4 })
        {
            Assert.DoesNotContain(2, Seen(i));
            Assert.DoesNotContain(5, Seen(i));
        }

        Assert.All(new[] { 0, 1, 3, 4 }, i => Assert.Contains("two different revocation lists number 1", Assert.Single(Admission(i).Warnings), StringComparison.Ordinal));
        _network.Nodes[0].Give(Three.Revoke(2, ring[2], ring[5]));
        _network.Run(5);
        Assert.Empty(Admission(1).Warnings);
    }

    [Fact]
    [Trait("Spec", "ADM-13")]
    public void Of_two_parameters_of_one_number_all_nodes_use_the_same()
    {
        _ = Admitted(5);
        _ = _network.RunUntil(() => _network.HasConverged(), 30);
        _network.Nodes[0].Give(Three.Parameters(2, pathLinks: 3));
        _network.Nodes[2].Give(Three.Parameters(2, pathLinks: 4));
        _network.Run(20);
        Assert.Single(_network.Nodes.Select(node => node.Core.View.Network!.PathLinks).Distinct());
        Assert.All(_network.Nodes, node => Assert.Contains("two different parameters number 2", Assert.Single(Admission(node.Index).Warnings), StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Spec", "ADM-14")]
    public void A_restarted_node_believes_what_it_stored_and_a_new_one_is_told()
    {
        var ring = Admitted(4);
        _ = _network.RunUntil(() => _network.HasConverged(), 30);
        _network.Nodes[0].Give(Three.Revoke(3, ring[2]));
        _network.Nodes[0].Give(Three.Parameters(2, pathLinks: 3));
        _network.Run(5);
        var stored = _network.Nodes[0].Statements;
        var options = Three.Options(ring[0], Three.Admit(ring[0]));
        var alone = new VirtualNetwork(8);
        _ = alone.Add(ring[0], options: options with { Admission = options.Admission! with { Stored = stored } });
        Assert.Equal((2UL, 3UL), (alone.Nodes[0].Core.Admission(Now())!.Number, alone.Nodes[0].Core.Admission(Now())!.Revocations!.Number));

        // One that comes later knows the first parameters only, and another has no parameters at all.
        var late = new TestIdentity(7);
        _ = _network.Add(late, options: Three.Options(late, Three.Admit(late)));
        _network.Connect(4, 1);
        var ungoverned = new TestIdentity(8);
        _ = _network.Add(ungoverned);
        _network.Connect(5, 4);
        _network.Run(2);
        Assert.Equal((2UL, 3UL), (Admission(4).Number, Admission(4).Revocations!.Number));
        Assert.Null(_network.Nodes[5].Core.Admission(Now()));
        Assert.Empty(_network.Faults);
    }

    [Fact]
    [Trait("Spec", "ADM-8")]
    public void A_certificate_that_ends_takes_the_record_with_it_and_a_new_one_brings_it_back()
    {
        var end = Authorities.VirtualNetworkStart + 100_000;
        _ = Ring(4, i => Three.Admit(new TestIdentity(i), notAfter: i == 1 ? end : Authorities.Forever));
        Assert.InRange(_network.RunUntil(() => _network.HasConverged(), 30), 0, 30);
        _ = _network.RunUntil(() => Now().UnixMillis >= end - 1_000, 200);
        Assert.Contains(1, Seen(3));
        _network.Run(1.1);
        Assert.DoesNotContain(1, Seen(3));
        Assert.DoesNotContain(1, Seen(0));
        _network.Nodes[1].Give(Three.Admit(new TestIdentity(1)));
        Assert.InRange(_network.RunUntil(() => _network.HasConverged(), 15), 0, 15);
    }

    [Fact]
    [Trait("Spec", "ADM-7")]
    public void An_open_network_with_authorities_asks_nobody_for_a_certificate_until_the_parameters_say_so()
    {
        var parameters = Three.Parameters(1, requiresAdmission: false);
        for (var i = 0; i < 4; i++)
        {
            var identity = new TestIdentity(i);
            _ = _network.Add(identity, options: Three.Options(identity, i == 3 ? null : Three.Admit(identity), parameters));
        }

        Link(4);
        Assert.InRange(_network.RunUntil(() => _network.HasConverged(), 30), 0, 30);
        Assert.All(_network.Nodes[0].Core.View.Nodes, node => Assert.Null(node.Institution));
        _network.Nodes[0].Give(Three.Parameters(2));
        _network.Run(5);
        Assert.Equal([0, 1, 2], Seen(0));
        Assert.All(_network.Nodes[0].Core.View.Nodes, node => Assert.Equal("Bank A", node.Institution));
    }

    private TestIdentity[] Admitted(int count) => Ring(count, i => Three.Admit(new TestIdentity(i)));

    private TestIdentity[] Ring(int count, Func<int, AdmissionCertificate?> certificates)
    {
        var ring = Enumerable.Range(0, count).Select(i => new TestIdentity(i)).ToArray();
        for (var i = 0; i < count; i++)
        {
            _ = _network.Add(ring[i], options: Three.Options(ring[i], certificates(i)));
        }

        Link(count);
        return ring;
    }

    private void Link(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _network.Connect(i, (i + 1) % count);
        }
    }

    private Moment Now() => new(_network.Micros, Authorities.VirtualNetworkStart + (_network.Micros / 1000));

    private AdmissionSnapshot Admission(int node) => _network.Nodes[node].Core.Admission(Now())!;

    // Which of the nodes one sees, by number.
    private int[] Seen(int viewer) =>
        [.. _network.Nodes.Where(node => _network.Nodes[viewer].Core.View.TryFind(node.Identity.Address, out _)).Select(node => node.Index)];
}
