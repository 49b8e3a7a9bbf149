using System.CommandLine;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MixMq.Cli.Control;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary><c>track</c>: what has become of a message.</summary>
internal static class TrackCommand
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(60);

    public static Command Create(CliEnvironment environment)
    {
        var id = new Argument<string>("id") { Description = "The message's id, which send printed (32 hexadecimal digits)." };
        var wait = new Option<bool>("--wait") { Description = "Wait until it is acknowledged or expired." };
        var timeout = CommonOptions.Duration("--timeout", "With --wait: how long to wait. Default: 60s.");
        var socket = CommonOptions.Socket();
        var config = CommonOptions.Config();
        var command = new Command("track", "What has become of a message that was sent. Exit code 0 only when it is acknowledged.") { id, wait, timeout, socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var text = parse.GetRequiredValue(id);
            var bytes = Delivery.ParseId(text);
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var patience = parse.GetValue(wait) ? parse.GetValue(timeout) ?? DefaultWait : TimeSpan.Zero;
            var answer = await Delivery.WaitAsync(client, ByteString.CopyFrom(bytes), patience, cancellationToken);
            Report(output, text, answer, TimeProvider.System.GetUtcNow());
            return answer.State == DeliveryState.Acknowledged ? ExitCode.Success : ExitCode.NotDelivered;
        });
        return command.WithExamples("mixmq track 0123456789abcdef0123456789abcdef --wait --timeout 5m");
    }

    private static void Report(CommandOutput output, string id, TrackResponse answer, DateTimeOffset now)
    {
        if (output.Json)
        {
            output.Object(new JsonObject
            {
                ["message_id"] = id,
                ["state"] = Delivery.Name(answer.State),
                ["to"] = answer.To,
                ["sequence"] = answer.Sequence,
                ["accepted_unix_ms"] = answer.AcceptedUnixMs,
                ["acknowledged_unix_ms"] = answer.AcknowledgedUnixMs,
                ["expires_unix_ms"] = answer.ExpiresUnixMs,
                ["damaged"] = answer.Damaged,
                ["refused"] = answer.Refused,
                ["content_limit"] = answer.ContentLimit,
                ["answers"] = Convert.ToHexStringLower(answer.Answers.Span),
                ["reply"] = Name(answer.Reply),
            });
            return;
        }

        output.Line(answer.State switch
        {
            DeliveryState.Acknowledged when answer.Answers.Length > 0 => $"Acknowledged at {Clock.Show(answer.AcknowledgedUnixMs)}: the asker's node has the reply.",
            DeliveryState.Pending when answer.Answers.Length > 0 && answer.ReplySurbs == 0 =>
                $"Pending since {Clock.Show(answer.AcceptedUnixMs)}: the reply waits until the asker's node gives SURBs to send it with; sent until {Clock.Show(answer.ExpiresUnixMs)}.",
            DeliveryState.Acknowledged => $"Acknowledged at {Clock.Show(answer.AcknowledgedUnixMs)}: the recipient's node has it.",
            DeliveryState.Expired when answer.Damaged => "Damaged on this node's disk: a tombstone took its place, unless the recipient had it before.",
            DeliveryState.Expired when answer.ContentLimit > 0 => $"Not delivered: {Delivery.TooLarge(answer)}",
            DeliveryState.Expired when answer.ExpiresUnixMs > now.ToUnixTimeMilliseconds() => "Ended before its time: not delivered. It was cancelled, or is larger than its recipient takes; which of the two this node doesn't know any more.",
            DeliveryState.Expired => $"Expired at {Clock.Show(answer.ExpiresUnixMs)}: not delivered.",
            DeliveryState.Pending when answer.ContentLimit > 0 => $"Being withdrawn: {Delivery.TooLarge(answer)}",
            DeliveryState.Pending when answer.Refused =>
                $"Pending since {Clock.Show(answer.AcceptedUnixMs)}; recipient over quota: refused for now, offered again; expires at {Clock.Show(answer.ExpiresUnixMs)}.",
            DeliveryState.Pending => $"Pending since {Clock.Show(answer.AcceptedUnixMs)}; expires at {Clock.Show(answer.ExpiresUnixMs)}.",
            _ => "The node doesn't know this id, or no longer.",
        });
        if (answer.Reply != ReplyState.Unspecified)
        {
            output.Line(answer.Reply switch
            {
                ReplyState.Waiting => "A reply is waited for.",
                ReplyState.Received => "A reply came: it is in the inbox.",
                _ => "No reply came, and none is waited for any more.",
            });
        }
    }

    private static string Name(ReplyState state) => state switch
    {
        ReplyState.Waiting => "waiting",
        ReplyState.Received => "received",
        ReplyState.None => "none",
        _ => "",
    };
}
