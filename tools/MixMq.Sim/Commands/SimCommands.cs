using System.CommandLine;

namespace MixMq.Sim.Commands;

/// <summary>All commands of the simulator.</summary>
internal static class SimCommands
{
    public static RootCommand Create() => new("MixMq's protocol cores over a simulated network, on virtual time: one seed gives one run, bit for bit.")
    {
        SeedsCommand.Create(),
        AnonymityCommand.Create(),
        TopologyCommand.Create(),
        TraceCommand.Create(),
    };
}
