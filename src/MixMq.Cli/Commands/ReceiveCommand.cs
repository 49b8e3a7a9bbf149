using System.CommandLine;
using MixMq.Cli.Control;
using MixMq.Cli.Receiving;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary><c>receive</c>: shows messages or writes them into a folder, and consumes each when it is safe.</summary>
internal static class ReceiveCommand
{
    private const int Credit = 64;
    private const string DefaultConsumer = "mixmq-receive";
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(5);

    public static Command Create(CliEnvironment environment)
    {
        var once = new Option<bool>("--once") { Description = "Take what is there, then end (this is what happens without --follow)." };
        var follow = new Option<bool>("--follow") { Description = "Go on with what comes later, until Ctrl-C." };
        var max = CommonOptions.Count("--max", "End after so many messages.", 1, int.MaxValue);
        var into = new Option<string?>("--into") { Description = "Write each message as a file into this folder.", HelpName = "folder" };
        var peek = new Option<bool>("--peek") { Description = "Only look: the messages stay in the inbox, and other consumers' are shown too." };
        var consumer = new Option<string>("--consumer")
        {
            Description = $"Receive as this consumer. Consumers share the inbox by conversation: each conversation is with one at a time. Default: {DefaultConsumer}.",
            HelpName = "name",
            DefaultValueFactory = _ => DefaultConsumer,
        };
        var socket = CommonOptions.Socket();
        var config = CommonOptions.Config();
        var command = new Command("receive", "Take messages out of the node's inbox. Each is consumed after it was written, so none is lost.")
        {
            once, follow, max, into, peek, consumer, socket, config,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(once) && result.GetValue(follow))
                result.AddError("Give --once or --follow, not both.");
            if (result.GetValue(peek) && result.GetResult(consumer) is { Implicit: false })
                result.AddError("Give --peek or --consumer, not both: who only looks is no consumer.");
        });
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var folder = parse.GetValue(into) is { Length: > 0 } path ? new MessageFolder(environment.FullPath(path)) : null;
            var most = parse.GetValue(max) ?? int.MaxValue;
            async Task TakeAsync(ReceivedMessage message)
            {
                if (folder is null && IsLong(message) && !parse.GetValue(peek))
                    throw CommandException.Usage($"Message #{message.Position} has {message.Size} bytes: receive it with --into, which writes it into a file. It stays in the inbox.");
                var file = folder is null || message.Tombstone || message.Damaged ? null
                    : IsLong(message) ? await LongContent.WriteAsync(client, folder, message, new() { Position = message.Position }, output, cancellationToken)
                    : folder.Write(message);
                ReceivedMessageView.Write(output, message, file);
            }

            var count = parse.GetValue(peek)
                ? await PeekAsync(client, parse.GetValue(follow), most, TakeAsync, cancellationToken)
                : await ConsumeAsync(client, parse.GetRequiredValue(consumer), parse.GetValue(follow), most, TakeAsync, cancellationToken);
            if (count == 0 && !output.Json)
                output.Note("No messages.");
            return ExitCode.Success;
        });
        return command.WithExamples("""
            mixmq receive --config node.json                       what is in the inbox now
            mixmq receive --config node.json --follow --into inbox each message as a file, for as long as it runs
            mixmq receive --config node.json --follow --max 1 --json
            mixmq receive --config node.json --follow --consumer payments-2
            """);
    }

    private static bool IsLong(ReceivedMessage message) => message.Size > (ulong)message.Content.Length;

    private static async Task<int> PeekAsync(NodeControlClient client, bool follow, int most, Func<ReceivedMessage, Task> take, CancellationToken cancellationToken)
    {
        var count = 0;
        var request = new PeekRequest { Follow = follow, MaxMessages = most == int.MaxValue ? 0 : (uint)most };
        await foreach (var message in client.PeekAsync(request, null, cancellationToken))
        {
            await take(message);
            count++;
        }

        return count;
    }

    private static async Task<int> ConsumeAsync(
        NodeControlClient client, string consumer, bool follow, int most, Func<ReceivedMessage, Task> take, CancellationToken cancellationToken)
    {
        // A signal leaves in order, so that no message counts as delivered in vain; a node that doesn't answer is left all the same.
        using var patience = new CancellationTokenSource();
        await using var stream = await client.ReceiveAsync(consumer, Math.Min(most, Credit), 0, patience.Token);
        using var leaving = cancellationToken.Register(() =>
        {
            stream.Leave();
            patience.CancelAfter(LeaveTimeout);
        });
        var count = 0;
        try
        {
            while (count < most && await stream.ReadAsync() is { } response && !cancellationToken.IsCancellationRequested)
            {
                if (response.Message is { } message)
                {
                    await take(message);
                    var checkpoint = stream.NewCheckpoint();
                    checkpoint.Consumed.Add(message.Position);
                    await client.CheckpointAsync(checkpoint, CallTimeout, CancellationToken.None);
                    count++;
                    if (count + Credit <= most)
                        await stream.GrantAsync(1, CancellationToken.None);
                }
                else if (response.CaughtUp is not null && !follow)
                {
                    break;
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CommandException)
        {
            // What can't be written here isn't the message's fault.
            patience.CancelAfter(LeaveTimeout);
            await stream.LeaveAsync();
            throw;
        }

        cancellationToken.ThrowIfCancellationRequested();
        await stream.LeaveAsync();
        return count;
    }
}
