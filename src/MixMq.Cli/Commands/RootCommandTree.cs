using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MixMq.Cli.Demo;

namespace MixMq.Cli.Commands;

/// <summary>All commands, and the help that teaches them.</summary>
internal static class RootCommandTree
{
    private const string ExitCodes = """
        Exit codes:
          0  done
          1  failed; the message says why
          2  the command line, an address or a configuration is wrong
          3  the node can't be reached
          4  not delivered: the message expired, or the time ran out first
          128 + n  ended by signal n
        """;

    public static RootCommand Create(CliEnvironment environment)
    {
        var root = new RootCommand("MixMq: messages between institutions over a mix network, without a broker in between.")
        {
            CommonOptions.Json,
            NodeCommands.Create(environment, Setup.ConfigurationKind.Node),
            NodeCommands.Create(environment, Setup.ConfigurationKind.Float),
            PeerCommands.Create(environment),
            Networks.NetworkCommands.Create(environment),
            Networks.MapCommands.Create(environment),
            ContactCommands.Create(environment),
            SendCommand.Create(environment),
            ReceiveCommand.Create(environment),
            TrackCommand.Create(environment),
            ReplyCommand.Create(environment),
            CancelCommand.Create(environment),
            DeadLetterCommands.Create(environment),
            BackupCommands.Backup(environment),
            BackupCommands.Restore(environment),
            BackupCommands.Gaps(environment),
            PingCommand.Create(environment),
            StatusCommand.Create(environment),
            TopologyCommand.Create(environment),
            DoctorCommand.Create(environment),
            MetricsCommand.Create(environment),
            ConfigCommands.Create(environment),
            AuditCommands.Create(environment),
            PacketCommands.Create(environment),
            DemoCommand.Create(environment),
            BenchCommand.Create(environment),
        };
        root.Options.OfType<HelpOption>().Single().Action = new HelpWithExamples((HelpAction)root.Options.OfType<HelpOption>().Single().Action!);
        return root;
    }

    /// <summary>The library's help, then the command's examples and the exit codes.</summary>
    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var result = help.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            var command = parseResult.CommandResult.Command;
            if (Examples.Of(command) is { } examples)
                output.WriteLine("Examples:\n  " + examples.ReplaceLineEndings("\n  ") + "\n");
            if (command.Subcommands.Count == 0 || command is RootCommand)
                output.WriteLine(ExitCodes);
            return result;
        }
    }
}
