using MixMq.Simulation.Scale;
using MixMq.Simulation.Topologies;

namespace MixMq.Simulation.Tests.Scale;

public sealed class ViewTrackerTests
{
    [Fact]
    public void A_node_that_missed_one_record_is_not_up_to_date_until_it_has_it()
    {
        using var world = new World(World.SmallParameters(), 5);
        var nodes = Layouts.AddFloats(world, 8, 4);
        var tracker = new ViewTracker();
        foreach (var node in nodes)
        {
            tracker.Add(node);
        }

        Assert.False(tracker.Look());
        world.StartAll();
        Assert.True(world.RunUntil(tracker.Look, 20, 0.1));
        world.RunFor(15);
        Assert.True(tracker.Look());
        Assert.Null(tracker.FindDifference());

        // Nobody has noticed the isolation yet when another link breaks.
        var other = nodes.First(node => node != nodes[0] && node.IsUp(nodes[1]));
        world.Network.Isolate(nodes[0]);
        world.Network.Cut(nodes[1], other);
        world.Network.Break(nodes[1], other);
        world.RunFor(1);
        Assert.False(tracker.Look());
        Assert.False(tracker.Has(nodes[0]));
        Assert.Equal(nodes.Length - 1, tracker.Current);
        Assert.StartsWith(nodes[0].Name, tracker.FindDifference(), StringComparison.Ordinal);

        world.Network.Heal();
        Assert.True(world.RunUntil(tracker.Look, 60, 0.1));
    }

    [Fact]
    public void A_process_that_starts_anew_is_not_up_to_date()
    {
        using var world = new World(World.SmallParameters(), 6);
        var nodes = Layouts.AddFloats(world, 6, 3);
        var tracker = new ViewTracker();
        foreach (var node in nodes)
        {
            tracker.Add(node);
        }

        world.StartAll();
        Assert.True(world.RunUntil(tracker.Look, 20, 0.1));
        nodes[2].CrashAndRestart(0.01);
        world.RunFor(0.02);
        Assert.False(tracker.Look());
        Assert.False(tracker.Has(nodes[2]));
        Assert.True(world.RunUntil(tracker.Look, 60, 0.1));
    }
}
