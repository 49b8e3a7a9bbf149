using System.CommandLine;
using MixMq.Cli.Demo;
using MixMq.Cli.Local;
using MixMq.Cli.Processes;

namespace MixMq.Cli.Commands;

/// <summary><c>demo</c>: a whole network on this machine.</summary>
internal static class DemoCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var messages = CommonOptions.Count("--messages", "How many messages to send, in all directions. Default: 100.", 1, 100_000);
        var size = CommonOptions.Count("--size", $"The size of each message in bytes, from {NumberedContent.HeaderBytes} on. Default: 1024.", NumberedContent.HeaderBytes, SendCommand.MaxContentBytes);
        var file = new Option<string?>("--file") { Description = "The file to send (at most 4 MiB). Default: one of 256 KiB, made up.", HelpName = "path" };
        var fault = new Option<DemoFault>("--fault")
        {
            Description = "What goes wrong in the middle: kill-float, kill-relay or restart-recipient. Default: none.",
            HelpName = "fault",
            CustomParser = result =>
            {
                if (DemoFaultNames.TryParse(result.Tokens[0].Value, out var value))
                    return value;
                result.AddError($"--fault {result.Tokens[0].Value}: write one of {string.Join(", ", DemoFaultNames.All)}.");
                return default;
            },
        };
        var keep = new Option<bool>("--keep") { Description = "Leave the network running, and say how to talk to it and how to stop it." };
        var command = new Command("demo", "Run a network of separate processes on this machine: three institutions and two relays. Send messages in all directions, and a file.")
        {
            messages, size, file, fault, keep,
        };
        command.SetAction(async (parse, _) =>
        {
            var output = parse.OutputFor(environment);
            using var signals = new ShutdownSignals();
            return await CommandRun.RunAsync(output, signals, () =>
            {
                var options = new DemoOptions
                {
                    Messages = parse.GetValue(messages) ?? DemoOptions.DefaultMessages,
                    Size = parse.GetValue(size) ?? DemoOptions.DefaultSize,
                    File = parse.GetValue(file) is { Length: > 0 } path ? environment.FullPath(path) : null,
                    Fault = parse.GetValue(fault),
                    Keep = parse.GetValue(keep),
                };
                return new DemoRun(options, environment, output, signals).RunAsync();
            });
        });
        return command.WithExamples("""
            mixmq demo
            mixmq demo --messages 500 --size 4096 --json
            mixmq demo --fault kill-float                 one of two floats is killed in the middle and never comes back
            mixmq demo --keep                             and then talk to the nodes yourself
            """);
    }
}
