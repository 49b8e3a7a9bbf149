using System.CommandLine;
using MixMq.Cli.Benchmarks;
using MixMq.Cli.Local;
using MixMq.Cli.Processes;

namespace MixMq.Cli.Commands;

/// <summary><c>bench</c>: what messages cost on this machine.</summary>
internal static class BenchCommand
{
    private const int MostSeconds = 24 * 3600;
    private const int MostInFlight = 10_000;
    private const int DefaultFileMiB = 64;
    private const int DefaultWaiting = 1_000_000;
    private const int MostWaiting = 2_000_000;
    private const int DefaultTurns = 7;
    private const int MostTurns = 999;

    public static Command Create(CliEnvironment environment) =>
        new("bench", "Measure on this machine, with processes of its own: nothing that is running or configured is touched.") { CreateMessages(environment), CreateFile(environment), CreateWaiting(environment) };

    private static Command CreateFile(CliEnvironment environment)
    {
        var size = CommonOptions.Count("--size", $"The size of the content in MiB. Default: {DefaultFileMiB}.", 5, 1024);
        var command = new Command("file", """
            Send one large content through a network on this machine, and say how long it took and what it cost.

            The network is that of bench messages. The content is on the sender's disk before its call returns, on the recipient's before it is
            acknowledged, checked against its hash before it is handed out, and read and compared by the recipient's application. The cost is the
            processor time of all processes together over that of one X25519 derive of libcrypto, for each packet of the content. A content of
            24 MiB goes before it and is left out.
            """)
        {
            size,
        };
        command.SetAction(async (parse, _) =>
        {
            var output = parse.OutputFor(environment);
            using var signals = new ShutdownSignals();
            return await CommandRun.RunAsync(
                output, signals, () => new FileBenchRun((long)(parse.GetValue(size) ?? DefaultFileMiB) << 20, environment, output, signals).RunAsync());
        });
        return command.WithExamples("""
            mixmq bench file
            mixmq bench file --size 256 --json     the last line is one JSON object
            """);
    }

    private static Command CreateWaiting(CliEnvironment environment)
    {
        var count = CommonOptions.Count("--count", $"How many messages wait. Default: {DefaultWaiting}.", 1, MostWaiting);
        var seconds = CommonOptions.Count("--seconds", $"How long to measure the throughput of each of the two senders. Default: {BenchOptions.DefaultSeconds}.", 1, MostSeconds);
        var turns = CommonOptions.Count("--turns", $"In how many turns. Default: {DefaultTurns}.", 1, MostTurns);
        var command = new Command("waiting", """
            Send very many messages to a recipient that has gone, and say what that costs the sender's node.

            The network is that of bench messages with two more endpoints. One ends before anything is sent to it; the other is a second sender,
            with nothing that waits. The messages are submitted, each on the sender's disk, and the sender's node is started again: the time runs
            from there until it has taken a message to another recipient. While the messages wait, its memory is measured, and of both senders, by
            turns, the throughput to that recipient and the processor time of their nodes for a message; the ratios are those of the middle turn.
            Processor time tells small differences: throughput has in it what else the machine does, and what all six processes do for a message.
            """)
        {
            count, seconds, turns,
        };
        command.SetAction(async (parse, _) =>
        {
            var output = parse.OutputFor(environment);
            using var signals = new ShutdownSignals();
            return await CommandRun.RunAsync(
                output,
                signals,
                () => new WaitingBenchRun(parse.GetValue(count) ?? DefaultWaiting, parse.GetValue(seconds) ?? BenchOptions.DefaultSeconds, parse.GetValue(turns) ?? DefaultTurns, environment, output, signals).RunAsync());
        });
        return command.WithExamples("""
            mixmq bench waiting --count 100000
            mixmq bench waiting --json     the last line is one JSON object
            """);
    }

    private static Command CreateMessages(CliEnvironment environment)
    {
        var size = CommonOptions.Count("--size", $"The size of each message in bytes, from {NumberedContent.HeaderBytes} on. Default: {BenchOptions.DefaultSize}.", NumberedContent.HeaderBytes, SendCommand.MaxContentBytes);
        var seconds = CommonOptions.Count("--seconds", $"How long to measure, after warming up. Default: {BenchOptions.DefaultSeconds}.", 1, MostSeconds);
        var inFlight = CommonOptions.Count("--in-flight", $"The most messages under way at a time. Default: {BenchOptions.DefaultInFlight}.", 1, MostInFlight);
        var pingPong = new Option<bool>("--ping-pong") { Description = "Send one message at a time and wait for the other side's answer: measures round trips." };
        var command = new Command("messages", """
            Send messages through a network on this machine for a while, and say how many arrived, how fast, and what they cost.

            The network is two endpoint nodes, each behind its own float: four processes with TLS between them. There is no mixing delay and no
            cover traffic. Each message is on the sender's disk before its call returns, on the recipient's before it is acknowledged and handed
            out, and consumed by a checkpoint of the recipient's application. All are of one conversation; each is checked for loss, doubling, order
            and change.

            The cost is the processor time of all processes together, this one included, as the kernel counts it, divided by what one X25519
            derive of libcrypto takes in the same span: so machines can be compared. What comes before is left out: at least 5 seconds and 10,000
            messages, at most 30 seconds.
            """)
        {
            size, seconds, inFlight, pingPong,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(pingPong) && result.GetValue(inFlight) is not null)
                result.AddError("--ping-pong has one message under way; leave --in-flight away.");
        });
        command.SetAction(async (parse, _) =>
        {
            var output = parse.OutputFor(environment);
            using var signals = new ShutdownSignals();
            return await CommandRun.RunAsync(output, signals, () =>
            {
                var options = new BenchOptions
                {
                    Size = parse.GetValue(size) ?? BenchOptions.DefaultSize,
                    Seconds = parse.GetValue(seconds) ?? BenchOptions.DefaultSeconds,
                    InFlight = parse.GetValue(inFlight) ?? BenchOptions.DefaultInFlight,
                    PingPong = parse.GetValue(pingPong),
                };
                return new BenchRun(options, environment, output, signals).RunAsync();
            });
        });
        return command.WithExamples("""
            mixmq bench messages
            mixmq bench messages --size 1024 --seconds 60 --json     the last line is one JSON object
            mixmq bench messages --ping-pong                         the time of one message to and fro
            """);
    }
}
