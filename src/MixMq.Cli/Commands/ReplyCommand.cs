using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MixMq.Cli.Control;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary><c>reply</c>: answers an anonymous message whose sender wants that.</summary>
internal static class ReplyCommand
{
    private const int MaxContentBytes = 1 << 20;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(60);

    public static Command Create(CliEnvironment environment)
    {
        var id = new Argument<string>("id") { Description = "The anonymous message's id, which receive shows with it (32 hexadecimal digits)." };
        var text = new Argument<string?>("text") { Description = "The text to reply; - or nothing reads standard input.", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--file") { Description = "Reply with a file's content.", HelpName = "path" };
        var label = new Option<string?>("--label") { Description = "What the asker sees it called.", HelpName = "text" };
        var wait = new Option<bool>("--wait") { Description = "Wait until the asker's node has it on disk." };
        var timeout = CommonOptions.Duration("--timeout", "With --wait: how long to wait. Default: 60s.");
        var socket = CommonOptions.Socket();
        var config = CommonOptions.Config();
        var command = new Command("reply", "Reply to an anonymous message, once, with at most 1 MiB. To whom it goes isn't known here.") { id, text, file, label, wait, timeout, socket, config };
        command.Validators.Add(result =>
        {
            if (result.GetValue(text) is not null && result.GetValue(file) is not null)
                result.AddError("Give a text or --file, not both.");
        });
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var bytes = Delivery.ParseId(parse.GetRequiredValue(id));
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var request = new ReplyRequest
            {
                MessageId = ByteString.CopyFrom(bytes),
                Label = parse.GetValue(label) ?? "",
                Content = await ReadAsync(environment, parse.GetValue(text), parse.GetValue(file), cancellationToken),
            };
            var response = await client.ReplyAsync(request, CallTimeout, cancellationToken);
            var patience = parse.GetValue(timeout) ?? DefaultWait;
            var delivery = parse.GetValue(wait) ? await Delivery.WaitAsync(client, response.MessageId, patience, cancellationToken) : null;
            return Report(output, response, delivery);
        });
        return command.WithExamples("""
            mixmq reply 0123456789abcdef0123456789abcdef "Nobody knows"
            mixmq reply 0123456789abcdef0123456789abcdef --file answer.pdf --label answer.pdf --wait --timeout 15m
            """);
    }

    private static int Report(CommandOutput output, SendResponse response, TrackResponse? delivery)
    {
        var id = Convert.ToHexStringLower(response.MessageId.Span);
        var isDelivered = delivery?.State == DeliveryState.Acknowledged;
        if (output.Json)
            output.Object(new JsonObject { ["message_id"] = id, ["accepted_unix_ms"] = response.AcceptedUnixMs, ["state"] = delivery is null ? "accepted" : Delivery.Name(delivery.State) });
        else
            output.Line(isDelivered ? $"Delivered: {id}" : $"Accepted: {id}");
        if (delivery is null || isDelivered)
            return ExitCode.Success;
        ErrorReport.Write(output.Error, output.Json, ExitCode.NotDelivered, delivery.State == DeliveryState.Expired
            ? "Its time was over before the asker's node said that it has it."
            : $"Not acknowledged yet; the node goes on as the asker's node lets it. Look later with: mixmq track {id}");
        return ExitCode.NotDelivered;
    }

    private static async Task<ByteString> ReadAsync(CliEnvironment environment, string? text, string? file, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = text is not null and not "-" ? new MemoryStream(Encoding.UTF8.GetBytes(text))
                : file is not null ? File.OpenRead(environment.FullPath(file))
                : environment.StandardInput() ?? throw CommandException.Usage("What to reply? Give a text, or --file, or write it to standard input.");
            var start = new byte[MaxContentBytes + 1];
            var length = await content.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
            return length <= MaxContentBytes
                ? UnsafeByteOperations.UnsafeWrap(start.AsMemory(0, length))
                : throw CommandException.Usage($"A reply may have {MaxContentBytes} bytes; this has more.");
        }
        catch (UnauthorizedAccessException) when (file is not null && Directory.Exists(environment.FullPath(file)))
        {
            throw CommandException.Usage("--file names a folder; name a file, or pack the folder into one.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"The file can't be read: {failure.Message}");
        }
    }
}
