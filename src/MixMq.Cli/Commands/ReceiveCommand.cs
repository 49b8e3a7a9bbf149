using System.CommandLine;
using MixMq.Cli.Control;
using MixMq.Cli.Receiving;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary><c>receive</c>: shows messages or writes them into a folder, and confirms each when it is safe.</summary>
internal static class ReceiveCommand
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    public static Command Create(CliEnvironment environment)
    {
        var once = new Option<bool>("--once") { Description = "Take what is there, then end (this is what happens without --follow)." };
        var follow = new Option<bool>("--follow") { Description = "Go on with what comes later, until Ctrl-C." };
        var max = CommonOptions.Count("--max", "End after so many messages.", 1, int.MaxValue);
        var into = new Option<string?>("--into") { Description = "Write each message as a file into this folder.", HelpName = "folder" };
        var peek = new Option<bool>("--peek") { Description = "Confirm nothing: the messages stay in the inbox." };
        var socket = CommonOptions.Socket();
        var config = CommonOptions.Config();
        var command = new Command("receive", "Take messages out of the node's inbox. Each is confirmed after it was written, so none is lost.")
        {
            once, follow, max, into, peek, socket, config,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(once) && result.GetValue(follow))
                result.AddError("Give --once or --follow, not both.");
        });
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var folder = parse.GetValue(into) is { Length: > 0 } path ? new MessageFolder(environment.FullPath(path)) : null;
            var request = new ReceiveRequest { Follow = parse.GetValue(follow), MaxMessages = (uint)(parse.GetValue(max) ?? 0) };
            var count = 0;
            await foreach (var message in client.ReceiveAsync(request, null, cancellationToken))
            {
                var file = folder is not null && !message.Tombstone ? folder.Write(message) : null;
                ReceivedMessageView.Write(output, message, file);
                if (!parse.GetValue(peek))
                    await client.ConfirmAsync(new ConfirmRequest { Positions = { message.Position } }, CallTimeout, cancellationToken);
                count++;
            }

            if (count == 0 && !output.Json)
                output.Note("No messages.");
            return ExitCode.Success;
        });
        return command.WithExamples("""
            mixmq receive --config node.json                       what is in the inbox now
            mixmq receive --config node.json --follow --into inbox each message as a file, for as long as it runs
            mixmq receive --config node.json --follow --max 1 --json
            """);
    }
}
