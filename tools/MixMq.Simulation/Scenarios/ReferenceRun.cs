using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Topologies;

namespace MixMq.Simulation.Scenarios;

/// <summary>
/// A short run in which a bit of everything happens: messages, a crash, a lost machine, a cut, a clog, a partition, a jump of a clock. It is
/// there to show that one seed is one run, and to measure what a run costs.
/// </summary>
public static class ReferenceRun
{
    /// <summary>Runs it.</summary>
    /// <param name="seed">All that happens follows from it.</param>
    /// <param name="crypto">Becomes the run's own.</param>
    /// <param name="seconds">Virtual seconds; faults come in the first 25.</param>
    /// <param name="log">Takes every entry of the trace, one a line; null: none.</param>
    /// <returns>The trace's hash.</returns>
    public static string Trace(long seed, CryptoProvider crypto, double seconds = 40, TextWriter? log = null)
    {
        using var world = new World(World.SmallParameters(), seed, crypto);
        world.Trace.Log = log;
        _ = world.Observe(new Ledger());
        var net = Layouts.AddInstitutions(world, count: 4, floatsEach: 2, degree: 4);
        world.StartAll();
        world.Clock.Every(TimeSpan.FromSeconds(0.5), () => Submit(world, net));
        var floats = net.Floats;
        world.After(6, () => floats[0].CrashAndRestart(2));
        world.After(8, () => net.Endpoints[1].CrashAndRestart(1));
        world.After(9, () => world.Network.Cut(floats[1], floats[2]));
        world.After(10, () => world.Network.Clog(net.Endpoints[0], floats[0]));
        world.After(11, floats[5].LosePower);
        world.After(12, () => world.Network.Partition(node => node.Index % 2));
        world.After(16, () => world.Network.Heal(reset: seed % 2 == 0));
        world.After(18, () => floats[5].Start());
        world.After(20, () => floats[3].JumpClock(world.Random.Below(8_000) - 4_000));
        world.After(22, () => net.Endpoints[2].Stop(drainSeconds: 1));
        world.After(25, () => net.Endpoints[2].Start());
        world.RunFor(seconds);
        return world.Trace.Text;
    }

    private static bool Submit(World world, Institutions net)
    {
        var (from, to) = (world.Random.Pick(net.Endpoints), world.Random.Pick(net.Endpoints));
        if (from != to)
        {
            var content = new byte[world.Random.Below(4_000)];
            world.Random.Fill(content);
            _ = from.Endpoint!.Submit(to, content);
        }

        return true;
    }
}
