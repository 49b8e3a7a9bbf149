using System.CommandLine;
using MixMq.Bench.ConstantTime;
using MixMq.Bench.Curve;
using MixMq.Bench.Packets;
using MixMq.Bench.Paths;

namespace MixMq.Bench;

/// <summary>All benchmarks.</summary>
internal static class BenchCommands
{
    public static RootCommand Create() => new("MixMq's benchmarks. Figures are ratios within one run: machines are noisy.")
    {
        PathsCommand.Create(),
        X25519Command.Create(),
        PacketCommands.CreateUnwrap(),
        PacketCommands.CreateWrap(),
        PacketCommands.CreateSurb(),
        ReplayCommand.Create(),
        ConstantTimeCommand.Create(),
    };
}
