using System.CommandLine;
using MixMq.Bench.ConstantTime;
using MixMq.Bench.Curve;
using MixMq.Bench.Floats;
using MixMq.Bench.Mixing;
using MixMq.Bench.Packets;
using MixMq.Bench.Paths;
using MixMq.Bench.Relay;
using MixMq.Bench.Results;

namespace MixMq.Bench;

/// <summary>All benchmarks.</summary>
internal static class BenchCommands
{
    public static RootCommand Create()
    {
        var root = new RootCommand("MixMq's benchmarks. Figures are ratios within one run: machines are noisy.")
        {
            X25519Command.Create(),
            PacketCommands.CreateUnwrap(),
            PacketCommands.CreateWrap(),
            PacketCommands.CreateSurb(),
            ReplayCommand.Create(),
            PathsCommand.Create(),
            DelayQueueCommand.Create(),
            RelayCommand.Create(),
            StartupCommand.Create(),
            IdleCommand.Create(),
            ConstantTimeCommand.Create(),
            AllCommand.Create(),
        };
        foreach (var helper in HelperCommands.Create())
            root.Add(helper);
        return root;
    }
}
