using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Control;
using MixMq.Cli.Output;
using MixMq.Cli.Processes;
using MixMq.Cli.Setup;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary><c>backup</c>, <c>restore</c> and <c>gaps</c>: a copy of a node's message store, putting one back, and what was lost with what came between.</summary>
internal static class BackupCommands
{
    private static readonly TimeSpan CopyTimeout = TimeSpan.FromHours(1);

    public static Command Backup(CliEnvironment environment)
    {
        var (socket, config) = (CommonOptions.Socket(), CommonOptions.Config());
        var path = new Option<string>("--out") { Description = "The file to make, on the node's own machine; one that is there is never overwritten.", HelpName = "file", Required = true };
        var command = new Command("backup", """
            Copy a running node's message store into a file. The node goes on sending and receiving meanwhile; the copy is the store as it was at one moment, checked row by row.
            It holds messages and the secrets of conversations: keep it as you keep the store. The identity key and the configuration aren't in it; copy them once, apart.
            """) { path, socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var file = environment.FullPath(parse.GetRequiredValue(path));
            var made = await client.BackupAsync(file, CopyTimeout, cancellationToken);
            if (output.Json)
                output.Object(new JsonObject { ["file"] = file, ["size"] = made.Size });
            else
                output.Line(string.Create(CultureInfo.InvariantCulture, $"{file}: {made.Size} bytes. Put it back with: mixmq restore --from FILE"));
            return ExitCode.Success;
        });
        return command.WithExamples("""
            mixmq backup --out messages-monday.db --config node.json
            """);
    }

    public static Command Restore(CliEnvironment environment)
    {
        var config = new Option<string?>("--config") { Description = "The node's configuration file or its folder. Default: ./node.json.", HelpName = "path" };
        var from = new Option<string>("--from") { Description = "The file that mixmq backup made.", HelpName = "file", Required = true };
        var force = new Option<bool>("--force") { Description = "Replace the store that is there. It is kept beside the new one, under another name." };
        var command = new Command("restore", """
            Put a backup in the place of a stopped node's message store. The file is checked first: what it is, its version, every checksum.

            What came between the backup and now is settled with the correspondents when the node next talks to each of them. What they sent is asked for again, and comes as far as
            they still keep it (7 days, 1 GiB). What this node sent is not known here any more: the correspondents have it or not, and new messages go behind it, so that nothing is
            taken for something else. What can't be had any more is listed by: mixmq gaps. State that applications keep elsewhere must go back to the same moment.
            Don't put back a copy from a time that another restore has already undone.
            """) { from, force, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var path = environment.FullPath(parse.GetValue(config) is { Length: > 0 } given ? given : ".");
            if (Directory.Exists(path))
                path = Path.Combine(path, ConfigurationFile.NameOf(ConfigurationKind.Node));
            List<string> arguments = ["--config", path, "--restore", environment.FullPath(parse.GetRequiredValue(from))];
            if (parse.GetValue(force))
                arguments.Add("--force");
            var (exitCode, text) = await ForegroundProcess.CaptureAsync(Executable.Find(ConfigurationKind.Node, environment), arguments, cancellationToken);
            if (exitCode != ExitCode.Success)
                throw exitCode == ExitCode.Usage ? CommandException.Usage(text) : CommandException.Failure(text);
            if (output.Json)
                output.Object(JsonNode.Parse(text)!.AsObject());
            else
                Show(output, JsonNode.Parse(text)!.AsObject());
            return ExitCode.Success;
        });
        return command.WithExamples("""
            mixmq restore --from messages-monday.db --config node.json
            mixmq restore --from messages-monday.db --config node.json --force
            """);
    }

    public static Command Gaps(CliEnvironment environment)
    {
        var (socket, config) = (CommonOptions.Socket(), CommonOptions.Config());
        var command = new Command("gaps", "Messages that are lost because a store was put back from a copy: whose, in which conversation, from which number to which.") { socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var count = 0;
            await foreach (var gap in client.ListGapsAsync(new ListGapsRequest(), null, cancellationToken))
            {
                Write(output, gap);
                count++;
            }

            if (count == 0 && !output.Json)
                output.Note("Nothing is lost.");
            return ExitCode.Success;
        });
        return command.WithExamples("mixmq gaps --config node.json");
    }

    private static void Write(CommandOutput output, MessageGap gap)
    {
        if (output.Json)
        {
            output.Object(new JsonObject
            {
                ["number"] = gap.Number,
                ["kind"] = gap.Kind == GapKind.Sent ? "sent" : "received",
                ["peer"] = gap.Peer,
                ["peer_name"] = gap.PeerName,
                ["conversation"] = gap.Conversation,
                ["first"] = gap.First,
                ["last"] = gap.Last,
                ["noticed_unix_ms"] = gap.NoticedUnixMs,
                ["folded"] = gap.Folded,
            });
            return;
        }

        var peer = TerminalText.Escape(gap.PeerName.Length > 0 ? gap.PeerName : TerminalText.Shorten(gap.Peer));
        var whose = gap.Kind == GapKind.Sent ? $"sent to {peer}, unknown here" : $"of {peer}, not to be had any more";
        output.Line(string.Create(
            CultureInfo.InvariantCulture, $"{(gap.Folded ? "some of " : "")}{gap.First}–{gap.Last} of conversation '{TerminalText.Escape(gap.Conversation)}' {whose}, noticed {Clock.Show(gap.NoticedUnixMs)}"));
    }

    private static void Show(CommandOutput output, JsonObject report)
    {
        output.Line($"{TerminalText.Escape((string)report["store"]!)} is the backup now.");
        if (report["former"] is { } former)
            output.Line($"The former store is kept as {TerminalText.Escape((string)former!)}.");
        output.Line($"{report["pending"]} messages will be sent (again), {report["waiting"]} wait for applications.");
        foreach (var conversation in report["asked_again"]!.AsArray().OfType<JsonObject>())
        {
            output.Line(
                $"From {TerminalText.Shorten((string)conversation["sender"]!)} in conversation '{TerminalText.Escape((string)conversation["conversation"]!)}' what came after number {conversation["after"]} is asked for again.");
        }
    }
}
