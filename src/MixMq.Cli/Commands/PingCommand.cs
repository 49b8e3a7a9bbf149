using System.CommandLine;
using MixMq.Cli.Control;
using MixMq.Cli.Output;
using MixMq.Cli.Pings;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary><c>ping</c>: whether another institution's endpoint answers through the network.</summary>
internal static class PingCommand
{
    private const int MostCount = 1_000;
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);

    // The node ends a ping by itself: this is for a node that hangs.
    private static readonly TimeSpan CallSlack = TimeSpan.FromSeconds(15);

    public static Command Create(CliEnvironment environment)
    {
        var to = new Argument<string>("to") { Description = "Whom to ask: an address (mix1…), a contact's name, or a whole legal name in the network map (CN=…)." };
        var count = CommonOptions.Count("--count", "How many pings, one after another. Default: 1.", 1, MostCount);
        var timeout = CommonOptions.Duration("--timeout", "How long to wait for each answer, 1s to 5m. Default: 10s.");
        var interval = CommonOptions.Duration("--interval", "From one ping to the next at least. Default: 1s. Who is asked more often than that doesn't answer each.");
        var socket = CommonOptions.Socket();
        var config = CommonOptions.Config();
        var command = new Command(
            "ping",
            """
            Ask whether another institution's endpoint answers through the network: a small packet there, over a random path with the delays of any packet, and one back over a path of the other's choice. To relays it is a packet like all others.
            It is answered by nodes that take messages of this one. From others no answer comes, as from a node that isn't there. Nothing is stored at either end, and no conversation begins.
            Exit code 0: all were answered, 4: some were, 1: none was.
            """)
        {
            to, count, timeout, interval, socket, config,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(timeout) is { } wait && (wait < LeastTimeout || wait > MostTimeout))
                result.AddError("--timeout is from 1s to 5m.");
        });
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var name = NodeAddresses.Recipient(parse.GetRequiredValue(to));
            var wait = parse.GetValue(timeout) ?? DefaultTimeout;
            var tally = new PingTally(name);
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            for (var left = parse.GetValue(count) ?? 1; left > 0; left--)
            {
                var began = TimeProvider.System.GetTimestamp();
                tally.Add(await AskAsync(client, name, wait, tally.Sent + 1, output, cancellationToken));
                if (!output.Json)
                    output.Line(tally.LastLine(wait));
                var rest = (parse.GetValue(interval) ?? DefaultInterval) - TimeProvider.System.GetElapsedTime(began);
                if (left > 1 && rest > TimeSpan.Zero)
                    await Task.Delay(rest, cancellationToken);
            }

            return Report(output, tally);
        });
        return command.WithExamples("""
            mixmq ping bob
            mixmq ping "CN=Bank B,O=Bank B plc,C=GB" --count 5
            mixmq ping mix1… --timeout 1m --json
            """);
    }

    private static async Task<PingEvent> AskAsync(
        NodeControlClient client, string to, TimeSpan wait, int number, CommandOutput output, CancellationToken cancellationToken)
    {
        PingEvent? last = null;
        await using var progress = new WaitProgress(output, wait);
        var events = client.PingAsync(new PingRequest { To = to, TimeoutMs = (uint)wait.TotalMilliseconds }, wait + CallSlack, cancellationToken);
        await foreach (var happened in events)
        {
            last = happened;
            if (happened.State == PingState.Sent)
                progress.Begin($"Ping {number} is on its way over {PingTally.Relays(happened.Relays)}");
        }

        return last ?? throw CommandException.Failure("The node ended the call without an answer; its log says more.");
    }

    private static int Report(CommandOutput output, PingTally tally)
    {
        if (output.Json)
            output.Object(tally.ToJson());
        else
            output.Line(tally.Summary());
        if (tally.Advice() is { } advice)
            ErrorReport.Write(output.Error, output.Json, tally.ExitCode, advice);
        return tally.ExitCode;
    }
}
