using System.CommandLine;
using MixMq.Cli.Packets;

namespace MixMq.Cli.Commands;

/// <summary><c>packet batch</c>: many operations in one process, one JSON object a line in and out.</summary>
internal static class PacketBatchCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var from = new Option<string?>("--in") { Description = "The file with the requests; standard input if it isn't given.", HelpName = "file" };
        var command = new Command("batch", "Answer JSON lines, one for one and in order: for test suites, which then start one process for thousands of cases.") { from };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var path = parse.GetValue(from);
            await using var stream = path is not null and not "-"
                ? PacketFile.Open(environment.FullPath(path), "--in")
                : environment.StandardInput() ?? throw CommandException.Usage("What to answer? Write JSON lines to standard input, or give --in.");
            using var batch = new PacketBatch();
            await foreach (var line in BoundedLines.ReadAsync(stream, PacketFile.MaxJsonBytes, cancellationToken))
            {
                if (line is null)
                    output.Object(PacketBatch.Error($"The line has more than {PacketFile.MaxJsonBytes} bytes, the most that is read here."));
                else if (line.AsSpan().ContainsAnyExcept(" \t\r"u8))
                    output.Object(batch.Answer(line));
            }

            return ExitCode.Success;
        });
        return command.WithExamples("""
            mixmq packet batch < cases.jsonl > answers.jsonl

            A line in, binary in hexadecimal                                     the line out
            {"command": "wrap", "request": …}                                    {"packet"}
            {"command": "unwrap", "secret", "network", "packet"}                 {"outcome": "relay", "next", "delay_ms", "packet", "replay"}
                                                                                 {"outcome": "deliver", "message", "replay"}
                                                                                 {"outcome": "reply", "surb_id", "lane_b", "replay"}
                                                                                 {"outcome": "drop", "replay"}, which is cover
                                                                                 {"outcome": "dropped", "reason"}
            {"command": "surb-make", "request": …}                               {"surb", "state"}
            {"command": "surb-use", "surb", "network", "message", "random_seed"} {"packet"}
            {"command": "surb-open", "state", "network", "lane_b"}               {"message"}
            What is refused                                                      {"error"}, and "reason" where the specification names it

            Requests are those of `mixmq packet wrap` and `mixmq packet surb make`. A member "id" comes back in the answer.
            Each line stands alone: a replay is dropped only if the line has its tag in "seen": […]. "now" gives surb-use a time to hold the
            expiry against. "secret" may be a list, as of a node with two keys in force, or with none. An error doesn't end the batch.
            """);
    }
}
