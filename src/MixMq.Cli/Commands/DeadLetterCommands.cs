using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Control;
using MixMq.Cli.Output;
using MixMq.Cli.Receiving;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary><c>deadletter</c>: the messages that no consumer could take: what they are, why, and back into the inbox with them.</summary>
internal static class DeadLetterCommands
{
    private const int ReplayedAtOnce = 1000;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    public static Command Create(CliEnvironment environment) => new("deadletter", "Messages that no consumer could take. They are kept until they are replayed.")
    {
        List(environment), Show(environment), Replay(environment), Export(environment),
    };

    private static Command List(CliEnvironment environment)
    {
        var (socket, config) = (CommonOptions.Socket(), CommonOptions.Config());
        var after = new Option<long>("--after")
        {
            Description = "Only numbers greater than this.",
            HelpName = "number",
            CustomParser = result => Parse(result, "--after", 0) is [var number] ? number : 0,
        };
        var max = CommonOptions.Count("--max", "End after so many.", 1, int.MaxValue);
        var command = new Command("list", "What is among the dead letters, oldest first.") { after, max, socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var request = new ListDeadLettersRequest { AfterNumber = parse.GetValue(after), MaxLetters = (uint)(parse.GetValue(max) ?? 0) };
            var count = 0;
            await foreach (var letter in client.ListDeadLettersAsync(request, null, cancellationToken))
            {
                Write(output, letter, withContent: false, file: null);
                count++;
            }

            if (count == 0 && !output.Json)
                output.Note("No dead letters.");
            return ExitCode.Success;
        });
        return command.WithExamples("mixmq deadletter list --config node.json");
    }

    private static Command Show(CliEnvironment environment)
    {
        var (socket, config) = (CommonOptions.Socket(), CommonOptions.Config());
        var number = Number();
        var command = new Command("show", "One dead letter with its content.") { number, socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            Write(output, await client.GetDeadLetterAsync(parse.GetValue(number), CallTimeout, cancellationToken), withContent: true, file: null);
            return ExitCode.Success;
        });
        return command.WithExamples("mixmq deadletter show 3 --config node.json");
    }

    private static Command Replay(CliEnvironment environment)
    {
        var (socket, config) = (CommonOptions.Socket(), CommonOptions.Config());
        var numbers = new Argument<long[]>("number") { Description = "The numbers that list shows.", Arity = ArgumentArity.ZeroOrMore, CustomParser = result => Parse(result, "number", 1) };
        var all = new Option<bool>("--all") { Description = "All that are there now." };
        var command = new Command("replay", "Put dead letters back into the inbox: consumers get them again, as if for the first time.") { numbers, all, socket, config };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == result.GetResult(numbers) is { Tokens.Count: > 0 })
                result.AddError("Give numbers, or --all.");
        });
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var wanted = parse.GetValue(all) ? await AllAsync(client, cancellationToken) : [.. parse.GetValue(numbers)!.Distinct()];
            var replayed = 0;
            foreach (var some in wanted.Chunk(ReplayedAtOnce))
            {
                var response = await client.ReplayDeadLettersAsync(new ReplayDeadLettersRequest { Numbers = { some } }, CallTimeout, cancellationToken);
                replayed += (int)response.Replayed;
            }

            if (output.Json)
                output.Object(new JsonObject { ["asked"] = wanted.Count, ["replayed"] = replayed });
            else
                output.Line($"{replayed} of {wanted.Count} are in the inbox again.");
            return replayed == wanted.Count ? ExitCode.Success : ExitCode.Failure;
        });
        return command.WithExamples("""
            mixmq deadletter replay 3 4 --config node.json
            mixmq deadletter replay --all --config node.json
            """);
    }

    private static Command Export(CliEnvironment environment)
    {
        var (socket, config) = (CommonOptions.Socket(), CommonOptions.Config());
        var numbers = new Argument<long[]>("number") { Description = "The numbers that list shows; none: all.", Arity = ArgumentArity.ZeroOrMore, CustomParser = result => Parse(result, "number", 1) };
        var into = new Option<string>("--into") { Description = "Write each content as a file into this folder.", HelpName = "folder", Required = true };
        var command = new Command("export", "Write dead letters into a folder. They stay among the dead letters.") { numbers, into, socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var folder = new MessageFolder(environment.FullPath(parse.GetRequiredValue(into)));
            var wanted = parse.GetValue(numbers) is { Length: > 0 } given ? [.. given.Distinct()] : await AllAsync(client, cancellationToken);
            foreach (var number in wanted)
            {
                var letter = await client.GetDeadLetterAsync(number, CallTimeout, cancellationToken);
                Write(output, letter, withContent: false, letter.Message.Tombstone ? null
                    : letter.Message.Size > (ulong)letter.Message.Content.Length
                        ? await LongContent.WriteAsync(client, folder, letter.Message, new() { DeadLetter = number }, output, cancellationToken)
                        : folder.Write(letter.Message));
            }

            if (wanted.Count == 0 && !output.Json)
                output.Note("No dead letters.");
            return ExitCode.Success;
        });
        return command.WithExamples("mixmq deadletter export --into letters --config node.json --json > letters.jsonl");
    }

    private static Argument<long> Number() => new("number") { Description = "The number that list shows.", CustomParser = result => Parse(result, "number", 1) is [var number] ? number : 0 };

    private static long[] Parse(ArgumentResult result, string name, long least)
    {
        var numbers = new List<long>();
        foreach (var token in result.Tokens)
        {
            if (long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least)
                numbers.Add(number);
            else
                result.AddError($"{name} {token.Value}: write a dead letter's number, as mixmq deadletter list shows it.");
        }

        return [.. numbers];
    }

    private static async Task<List<long>> AllAsync(NodeControlClient client, CancellationToken cancellationToken)
    {
        var numbers = new List<long>();
        await foreach (var letter in client.ListDeadLettersAsync(new ListDeadLettersRequest(), null, cancellationToken))
            numbers.Add(letter.Number);
        return numbers;
    }

    private static void Write(CommandOutput output, DeadLetter letter, bool withContent, string? file)
    {
        if (output.Json)
        {
            var value = ReceivedMessageView.ToJson(letter.Message, file, withContent);
            value["size"] = letter.Size;
            value["number"] = letter.Number;
            value["cause"] = letter.Cause;
            value["consumer"] = letter.Consumer;
            value["deliveries"] = letter.Deliveries;
            value["died_unix_ms"] = letter.DiedUnixMs;
            output.Object(value);
            return;
        }

        var times = letter.Deliveries == 1 ? "once" : $"{letter.Deliveries} times";
        output.Line($"{letter.Number}: {Clock.Show(letter.DiedUnixMs)}, given {times} in vain, last to {TerminalText.Escape(letter.Consumer)}: {TerminalText.Escape(letter.Cause)}");
        output.Line("  " + ReceivedMessageView.Headline(letter.Message));
        if (file is not null || withContent)
            ReceivedMessageView.WriteContent(output, letter.Message, file);
        else
            output.Line($"  ({letter.Size} bytes)");
    }
}
