using System.CommandLine;
using MixMq.Bench.ConstantTime;
using MixMq.Bench.Curve;
using MixMq.Bench.Floats;
using MixMq.Bench.Mixing;
using MixMq.Bench.Paths;
using MixMq.Bench.Relay;

namespace MixMq.Bench;

/// <summary>All benchmarks.</summary>
internal static class BenchCommands
{
    public static RootCommand Create()
    {
        var root = new RootCommand("MixMq's benchmarks. Figures are ratios within one run: machines are noisy.")
        {
            PathsCommand.Create(),
            X25519Command.Create(),
            ConstantTimeCommand.Create(),
            RelayCommand.Create(),
            DelayQueueCommand.Create(),
            StartupCommand.Create(),
            IdleCommand.Create(),
        };
        foreach (var helper in HelperCommands.Create())
            root.Add(helper);
        return root;
    }
}
