using System.CommandLine;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MixMq.Cli.Control;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary><c>cancel</c>: ends a message before its time.</summary>
internal static class CancelCommand
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    public static Command Create(CliEnvironment environment)
    {
        var id = new Argument<string>("id") { Description = "The message's id, which send printed (32 hexadecimal digits)." };
        var socket = CommonOptions.Socket();
        var config = CommonOptions.Config();
        var command = new Command("cancel", "End a message before its time, as if it had expired. Exit code 0 only when it wasn't too late.") { id, socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var text = parse.GetRequiredValue(id);
            var bytes = Delivery.ParseId(text);
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var answer = await client.CancelAsync(new CancelRequest { MessageId = ByteString.CopyFrom(bytes) }, CallTimeout, cancellationToken);
            if (output.Json)
                output.Object(new JsonObject { ["message_id"] = text, ["result"] = Name(answer.Result) });
            else
                output.Line(Say(answer.Result));
            return answer.Result == CancelResult.Cancelled ? ExitCode.Success : ExitCode.Failure;
        });
        return command.WithExamples("mixmq cancel 0123456789abcdef0123456789abcdef --config node.json");
    }

    private static string Name(CancelResult result) => result switch
    {
        CancelResult.Cancelled => "cancelled",
        CancelResult.Settled => "settled",
        _ => "unknown",
    };

    private static string Say(CancelResult result) => result switch
    {
        CancelResult.Cancelled => "Cancelled: it isn't sent any more. If the recipient's node has it already, track will say acknowledged.",
        CancelResult.Settled => "Too late: it is acknowledged, expired or cancelled; track says which.",
        _ => "The node doesn't know this id, or no longer.",
    };
}
