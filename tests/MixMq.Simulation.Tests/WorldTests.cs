using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Topologies;

namespace MixMq.Simulation.Tests;

public sealed class WorldTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_reach_every_institution_with_either_cryptography(bool real)
    {
        using var world = new World(World.SmallParameters(), 1, real ? new RealCrypto() : new IdealCrypto(1));
        var institutions = Layouts.AddInstitutions(world, 3, floatsEach: 2, degree: 3);
        world.StartAll();
        Assert.True(world.RunUntil(() => institutions.Endpoints.All(node => node.View.Nodes.Length == 9), 30, 0.1));
        var content = new byte[5_000];
        world.Random.Fill(content);
        foreach (var from in institutions.Endpoints)
        {
            foreach (var to in institutions.Endpoints.Where(to => to != from))
            {
                _ = from.Endpoint!.Submit(to, content);
            }
        }

        Assert.True(world.RunUntil(() => institutions.Endpoints.All(node => node.Endpoint!.Snapshot().Acknowledged == 2), 60, 0.1));
        Assert.All(institutions.Endpoints, node => Assert.Equal(2, node.Disk.Store.Inbox.Count(entry => entry.Content.Span.SequenceEqual(content))));
        Assert.Equal(0, world.Marks[Mark.PacketNotAuthentic]);
    }
}
