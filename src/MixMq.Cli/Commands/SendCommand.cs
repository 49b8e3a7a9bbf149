using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MixMq.Cli.Control;
using MixMq.Cli.Output;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary><c>send</c>: a text, a file or standard input to an address or a contact.</summary>
internal static class SendCommand
{
    /// <summary>The largest content that goes in one call; what is longer is streamed.</summary>
    public const int MaxContentBytes = 4 << 20;

    private const int MaxNameBytes = 255;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(60);

    public static Command Create(CliEnvironment environment)
    {
        var text = new Argument<string?>("text") { Description = "The text to send; - or nothing reads standard input.", Arity = ArgumentArity.ZeroOrOne };
        var to = new Option<string>("--to") { Description = "The recipient: an address (mix1…), a contact's name, or a whole legal name in the network map (CN=…).", Required = true, HelpName = "recipient" };
        var file = new Option<string?>("--file") { Description = "Send a file's content; its name is the label unless --label says otherwise.", HelpName = "path" };
        var conversation = new Option<string>("--conversation") { Description = "Messages of one conversation arrive in the order they were sent in.", DefaultValueFactory = _ => "", HelpName = "name" };
        var label = new Option<string?>("--label") { Description = "What the recipient sees it called.", HelpName = "text" };
        var anonymous = new Option<bool>("--anonymous")
        {
            Description = "The recipient doesn't learn who sends it. It must allow such messages; each stands alone, has at most 4 MiB and takes at most 4 days.",
        };
        var reply = CommonOptions.Duration("--reply", "With --anonymous: wait so long for a reply, at most 4d. It comes into this node's inbox and says what it answers; the recipient doesn't learn to whom it goes.");
        var expires = CommonOptions.Duration("--expires", "Give up after this long. Default: what the node is configured for; of an anonymous message 4d, which is also the most.");
        var wait = new Option<bool>("--wait") { Description = "Wait until the recipient's node has it on disk." };
        var timeout = CommonOptions.Duration("--timeout", "With --wait: how long to wait. Default: 60s.");
        var socket = CommonOptions.Socket();
        var config = CommonOptions.Config();
        var command = new Command("send", "Hand a message to the node, which delivers it.") { text, to, file, conversation, label, anonymous, reply, expires, wait, timeout, socket, config };
        command.Validators.Add(result =>
        {
            if (result.GetValue(text) is not null && result.GetValue(file) is not null)
                result.AddError("Give a text or --file, not both.");
            if (result.GetValue(anonymous) && result.GetValue(conversation) is { Length: > 0 })
                result.AddError("Give --anonymous or --conversation, not both: a conversation would tell which messages come from one sender.");
            if (result.GetValue(reply) is not null && !result.GetValue(anonymous))
                result.AddError("--reply goes with --anonymous: to any other message its recipient can write back.");
            if (result.GetValue(anonymous) && result.GetValue(file) is not null && result.GetValue(label) is null)
                result.AddError("With --anonymous and --file, say what the recipient is to see it called: --label (it may be empty). A file's name may tell who you are.");
        });
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var path = parse.GetValue(file);
            var request = new SendRequest
            {
                To = NodeAddresses.Recipient(parse.GetRequiredValue(to)),
                Conversation = Short("--conversation", parse.GetValue(conversation) ?? ""),
                Label = Short("--label", parse.GetValue(label) ?? (path is null ? "" : Path.GetFileName(path))),
                Anonymous = parse.GetValue(anonymous),
                ReplyWithinMs = (long)(parse.GetValue(reply)?.TotalMilliseconds ?? 0),
                ExpiresAfterMs = (long)(parse.GetValue(expires)?.TotalMilliseconds ?? 0),
            };
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            await using var content = Open(environment, parse.GetValue(text), path);
            var response = await HandOverAsync(client, request, content, output, cancellationToken);
            var delivery = parse.GetValue(wait)
                ? await Delivery.WaitAsync(client, response.MessageId, parse.GetValue(timeout) ?? DefaultWait, cancellationToken)
                : null;
            return Report(output, response, delivery, parse.GetValue(timeout) ?? DefaultWait);
        });
        return command.WithExamples("""
            mixmq send --to bob "Hello"
            mixmq send --to "CN=Bank B,O=Bank B plc,C=GB" "Hello"
            mixmq send --to mix1… --file report.pdf --wait --timeout 5m
            mixmq send --to bob --file disk.img --conversation images --expires 2d
            mixmq send --to bob --anonymous --wait "What you should know"
            mixmq send --to bob --anonymous --reply 2d "Is it known who pays?"
            tar c folder | mixmq send --to bob --label folder.tar --expires 7d
            """);
    }

    private static int Report(CommandOutput output, SendResponse response, TrackResponse? delivery, TimeSpan timeout)
    {
        var id = Convert.ToHexStringLower(response.MessageId.Span);
        var state = delivery?.State;
        if (output.Json)
        {
            var answer = new JsonObject
            {
                ["message_id"] = id,
                ["sequence"] = response.Sequence,
                ["accepted_unix_ms"] = response.AcceptedUnixMs,
                ["state"] = state is { } known ? Delivery.Name(known) : "accepted",
            };
            if (state == DeliveryState.Acknowledged)
                answer["acknowledged_unix_ms"] = delivery!.AcknowledgedUnixMs;
            if (delivery?.ContentLimit > 0)
                answer["content_limit"] = delivery.ContentLimit;
            output.Object(answer);
        }
        else
        {
            output.Line(state switch
            {
                null => $"Accepted: {id}",
                DeliveryState.Acknowledged => $"Delivered: {id}",
                _ => $"Accepted: {id}",
            });
        }

        switch (state)
        {
            case null or DeliveryState.Acknowledged:
                return ExitCode.Success;
            case DeliveryState.Expired:
                ErrorReport.Write(output.Error, output.Json, ExitCode.NotDelivered, delivery!.ContentLimit > 0
                    ? $"Not delivered: {Delivery.TooLarge(delivery)}"
                    : "It expired before the recipient's node had it; send it again with a longer --expires.");
                return ExitCode.NotDelivered;
            default:
                ErrorReport.Write(
                    output.Error,
                    output.Json,
                    ExitCode.NotDelivered,
                    $"Not acknowledged within {timeout.TotalSeconds:0.#} s{(delivery!.Refused ? ": the recipient is over quota and refuses it for now" : "")}; the node goes on trying. Look later with: mixmq track {id}");
                return ExitCode.NotDelivered;
        }
    }

    private static string Short(string option, string text) => Encoding.UTF8.GetByteCount(text) <= MaxNameBytes
        ? text
        : throw CommandException.Usage($"{option} may have {MaxNameBytes} bytes; this has {Encoding.UTF8.GetByteCount(text)}.");

    private static Stream Open(CliEnvironment environment, string? text, string? file)
    {
        if (text is not null and not "-")
            return new MemoryStream(Encoding.UTF8.GetBytes(text));
        try
        {
            return file is not null
                ? File.OpenRead(environment.FullPath(file))
                : environment.StandardInput() ?? throw CommandException.Usage("What to send? Give a text, or --file, or write it to standard input.");
        }
        catch (UnauthorizedAccessException) when (file is not null && Directory.Exists(environment.FullPath(file)))
        {
            throw CommandException.Usage("--file names a folder; name a file, or send all of it as one: tar c FOLDER | mixmq send --to … --label folder.tar");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"The file can't be read: {failure.Message}");
        }
    }

    private static async Task<SendResponse> HandOverAsync(
        NodeControlClient client, SendRequest request, Stream content, CommandOutput output, CancellationToken cancellationToken)
    {
        // One byte more than goes in one call tells too much from just enough; of what is longer no more than that is ever held.
        var start = new byte[MaxContentBytes + 1];
        var length = await content.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (length <= MaxContentBytes)
        {
            request.Content = UnsafeByteOperations.UnsafeWrap(start.AsMemory(0, length));
            return await client.SendAsync(request, CallTimeout, cancellationToken);
        }

        var size = content.CanSeek ? content.Length : 0;
        using var progress = new ByteProgress(output, "Handed over", size);
        return await client.SendContentAsync(request, new PrefixedStream(start, content), size, progress, cancellationToken);
    }
}
