using MixMq.Simulation;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Topologies;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>An endpoint with several floats: no setting says which is used, for all are.</summary>
public sealed class SeveralFloatsTests
{
    private const int Messages = 120;

    [Theory]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void All_floats_of_an_endpoint_are_in_use_and_messages_go_on_without_loss_while_one_is_gone(int floatsEach, bool inOrder)
    {
        using var world = new World(World.SmallParameters(), 29 + floatsEach);
        var used = world.Observe(new FirstHops());
        var net = Layouts.AddInstitutions(world, count: 4, floatsEach, degree: 4);
        var (one, other) = (net.Endpoints[0], net.Endpoints[1]);
        var (floats, others) = (net.Floats.Take(floatsEach).ToArray(), net.Floats.Skip(floatsEach).Take(floatsEach).ToArray());
        world.StartAll();
        world.RunFor(20);

        Exchange(Messages / 3);
        Assert.All(floats, node => Assert.InRange(used.Of(one, node), 15, int.MaxValue));
        Assert.All(others, node => Assert.InRange(used.Of(other, node), 15, int.MaxValue));
        Assert.All(floats, node => Assert.InRange(one.LinkTo(node).PacketsIn, 15, int.MaxValue));

        // In the middle of it one of the sender's floats goes, with what it holds if it is killed.
        var gone = floats[0];
        world.After(2, inOrder ? () => gone.Stop(drainSeconds: 1) : gone.Crash);
        Exchange(Messages / 3);
        Assert.False(gone.IsRunning);
        var before = floats.Select(node => used.Of(one, node)).ToArray();
        Exchange(Messages / 6);
        Assert.Equal(before[0], used.Of(one, gone));
        Assert.All(floats.Skip(1).Zip(before.Skip(1)), pair => Assert.True(used.Of(one, pair.First) > pair.Second));

        // It comes back and is used again, and nobody had to say so.
        _ = gone.Start();
        world.RunFor(30);
        Exchange(Messages / 6);
        Assert.True(used.Of(one, gone) > before[0]);

        Assert.True(world.RunUntil(() => Acknowledged(one) == Messages && Acknowledged(other) == Messages, 300));
        Assert.All([one, other], node => Assert.Equal(
            Enumerable.Range(1, Messages), node.Disk.Store.Inbox.Select(entry => (int)entry.Place.Sequence)));

        void Exchange(int messages)
        {
            for (var i = 0; i < messages; i++)
            {
                _ = one.Endpoint!.Submit(other, new byte[700]);
                _ = other.Endpoint!.Submit(one, new byte[700]);
                world.RunFor(0.25);
            }
        }
    }

    private static long Acknowledged(SimNode node) => node.Endpoint!.Snapshot().Acknowledged;

    /// <summary>Counts the packets that nodes make and hand to each neighbour.</summary>
    private sealed class FirstHops : WorldObserver
    {
        private readonly Dictionary<(SimNode From, SimNode To), int> _counts = [];

        public int Of(SimNode from, SimNode to) => _counts.GetValueOrDefault((from, to));

        public override void PacketSent(SimNode from, SimNode to, ReadOnlySpan<byte> packet, bool own)
        {
            if (own)
            {
                _counts[(from, to)] = Of(from, to) + 1;
            }
        }
    }
}
