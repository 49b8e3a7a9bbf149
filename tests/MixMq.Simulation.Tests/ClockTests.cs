using MixMq.Simulation.Topologies;

namespace MixMq.Simulation.Tests;

public sealed class ClockTests
{
    [Fact]
    public void A_node_without_links_stops_using_records_that_a_set_clock_makes_expired()
    {
        using var world = new World(World.SmallParameters(), 2038);
        var floats = Layouts.AddFloats(world, 4, 3);
        world.StartAll();
        Assert.True(world.RunUntil(() => floats.All(node => node.View.Nodes.Length == 4), 20, 0.5));

        world.Network.Isolate(floats[0]);
        world.RunFor(15);
        Assert.Equal(4, floats[0].View.Nodes.Length);
        floats[0].JumpClock(2 * 3_600_000);
        world.RunFor(2);
        Assert.Empty(floats[0].View.Nodes);
    }
}
