using MixMq.Simulation.Admission;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Invariants;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Tests;

/// <summary>The invariant of successions is shown what it forbids, and says so.</summary>
public sealed class SuccessionInvariantTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 3, new IdealCrypto(3), new WorldOptions { SampleMicros = 0 });
    private readonly NetworkAuthorities _authorities;
    private readonly SuccessionsAreFollowed _invariant;

    public SuccessionInvariantTests()
    {
        _authorities = new NetworkAuthorities(_world, 3, 2);
        _invariant = _world.Observe(new SuccessionsAreFollowed(new Exemptions()));
        var (one, other) = (_world.AddNode("one"), _world.AddNode("other"));
        World.Peer(one, other);
        _authorities.Govern(one, "institution 1");
        _authorities.Govern(other, "institution 2");
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Packets_to_an_address_that_was_given_up_and_successions_that_nobody_issued_are_found()
    {
        var (one, other) = (_world.Nodes[0], _world.Nodes[1]);
        var old = other.ChangeKey();
        _authorities.Govern(other, "institution 2");
        one.Peers[0] = one.Peers[0] with { Address = other.Address };
        var succession = _authorities.Succeed(old, other, 1, isEmergency: true);
        _world.StartAll();
        one.Give(succession);
        _world.RunFor(1);
        Assert.Throws<InvariantViolationException>(_invariant.Sampled);

        _invariant.Issued(succession);
        _invariant.Sampled();
        PathHop[] path = [new(old.Address, default, 0)];
        _invariant.PacketMade(one, path, [], []);
        _world.RunFor(2);
        Assert.Throws<InvariantViolationException>(() => _invariant.PacketMade(one, path, [], []));
        _invariant.AtTheEnd();
    }

    [Fact]
    public void A_successor_of_whom_a_node_has_not_heard_is_found_at_the_end()
    {
        var other = _world.Nodes[1];
        var old = other.ChangeKey();
        _invariant.Issued(_authorities.Succeed(old, other, 1));
        _world.StartAll();
        Assert.Throws<InvariantViolationException>(_invariant.AtTheEnd);
    }
}
