using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Tests;

/// <summary>A float in a DMZ, as the network sees its ports.</summary>
public sealed class DmzTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 5);
    private readonly Ports _ports;
    private readonly SimNode _inside;
    private readonly SimNode _float;
    private readonly SimNode _early;
    private readonly SimNode _late;

    public DmzTests()
    {
        _ports = _world.Observe(new Ports());
        _inside = _world.AddEndpoint("inside");
        _float = _world.AddNode("float");
        (_early, _late) = (_world.AddNode("early"), _world.AddNode("late"));
        World.Peer(_inside, _float);
        World.Peer(_early, _float);
        World.Peer(_late, _float);
        _float.AddInside(_inside);
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    [Trait("Spec", "LNK-25")]
    public void The_public_port_is_open_exactly_while_the_inside_is_there_and_links_outlive_its_closing()
    {
        Assert.True(_float.Start());
        Assert.True(_early.Start());
        _world.RunFor(20);
        Assert.False(_float.IsPublicPortOpen);
        Assert.False(_early.IsUp(_float));

        Assert.True(_inside.Start());
        Assert.True(_world.RunUntil(() => _early.IsUp(_float), 90));
        Assert.True(_float.IsPublicPortOpen);

        // The inside's machine is lost: nobody tells the float.
        _inside.LosePower();
        Assert.True(_world.RunUntil(() => !_float.IsPublicPortOpen, 15));
        Assert.True(_late.Start());
        _world.RunFor(60);
        Assert.True(_early.IsUp(_float));
        Assert.False(_late.IsUp(_float));

        Assert.True(_inside.Start());
        Assert.True(_world.RunUntil(() => _late.IsUp(_float), 150));
        Assert.Equal([true, false, true], _ports.Changes);
    }

    [Fact]
    public void A_float_that_starts_again_is_closed_until_its_inside_has_come_back()
    {
        _world.StartAll();
        Assert.True(_world.RunUntil(() => _early.IsUp(_float) && _late.IsUp(_float), 90));
        _world.Network.Cut(_inside, _float);
        _float.CrashAndRestart(1);
        _world.RunFor(60);
        Assert.False(_float.IsPublicPortOpen);
        Assert.False(_early.IsUp(_float));

        _world.Network.Restore(_inside, _float);
        Assert.True(_world.RunUntil(() => _early.IsUp(_float) && _late.IsUp(_float), 200));
    }

    private sealed class Ports : WorldObserver
    {
        public List<bool> Changes { get; } = [];

        public override void PublicPortChanged(SimNode node, bool isOpen) => Changes.Add(isOpen);
    }
}
