using System.CommandLine;
using System.Text.Json.Nodes;
using MixMq.Cli.Invites;
using MixMq.Cli.Output;
using MixMq.Cli.Setup;
using MixMq.Transport.Invites;

namespace MixMq.Cli.Commands;

/// <summary><c>peer invite</c> and <c>peer accept</c>: two operators make their nodes peers by pasting a text each.</summary>
internal static class InviteCommands
{
    private const string Peers = "peers";

    public static Command CreateInvite(CliEnvironment environment)
    {
        var config = NamedEntries.Config();
        var dials = new Option<bool>("--dials") { Description = "This node will dial the other one." };
        var options = new InviteOptions();
        var command = new Command("invite", "Print a text that invites another operator's node to be a peer of this one.") { config, dials };
        options.AddTo(command);
        command.SetBody(environment, (parse, output, _) =>
        {
            using var node = Load(environment, parse.GetValue(config), out var _);
            var endpoint = options.Endpoint(parse, node);
            if (endpoint is null && !parse.GetValue(dials))
                throw CommandException.Usage("Give --endpoint (where this node can be dialled), or --dials (it dials the other), or both: otherwise there can be no link.");
            var (text, invite) = options.Make(parse, environment, node, endpoint, parse.GetValue(dials), answers: default);
            Print(output, text, invite, "Send this to the other operator, who gives it to `mixmq peer accept`:", "Nobody can link by it before you have accepted the answer.");
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq peer invite --config float.json --as bank-a --endpoint float.bank-a.example:7400
            mixmq peer invite --config float.json --as bank-a --dials --expires 2d
            mixmq peer invite --config float.json --as bank-a --endpoint float.bank-a.example:7400 --system --dns-name float.bank-a.example
            """);
    }

    public static Command CreateAccept(CliEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The file with the invite; - for standard input." };
        var config = NamedEntries.Config();
        var name = new Option<string?>("--name") { Description = "What to call the peer here. Default: what its operator suggests.", HelpName = "name" };
        var noAnswer = new Option<bool>("--no-answer") { Description = "Print no invite in return: the other operator has this node already." };
        var options = new InviteOptions();
        var change = new ChangeOptions();
        var command = new Command("accept", "Show an invite, make its sender a peer, and print the invite in return.") { file, config, name, noAnswer };
        options.AddTo(command);
        change.AddTo(command);
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var node = Load(environment, parse.GetValue(config), out var edit);
            var invite = await ReadAsync(environment, parse.GetRequiredValue(file), cancellationToken);
            if (invite.Judge(node.Identity.Address, node.Network.Id, DateTimeOffset.UtcNow) is var error and not InviteError.None)
                throw CommandException.Usage(error.Describe());
            var local = parse.GetValue(name) is { Length: > 0 } given ? given : invite.Name;
            var accepted = new AcceptedInvite(edit, invite, local);

            // Made before anything is written, so that what it lacks is said first.
            var answer = parse.GetValue(noAnswer) || !invite.Answers.IsEmpty ? default : Answer(parse, environment, options, node, invite);
            if (!output.Json)
                output.Line(accepted.Describe());
            var result = new JsonObject { ["accepted"] = local, ["from"] = invite.From.ToString(), ["fingerprint"] = invite.Fingerprint };
            if (answer.Text is not null)
                (result["answer"], result["answer_fingerprint"]) = (answer.Text, answer.Invite.Fingerprint);
            using var authority = accepted.PutAuthority();
            var making = new ConfigurationChange(environment, edit, accepted.Text, accepted.Changes);
            int exitCode;
            try
            {
                exitCode = await making.MakeAsync(change, parse, result, output, cancellationToken);
            }
            finally
            {
                // From then on the configuration names it, whatever the node that runs says to that.
                if (making.IsWritten)
                    authority?.Keep();
            }

            if (answer.Text is not null && !change.DryRun(parse) && !output.Json)
                Print(output, answer.Text, answer.Invite, "Send this back to its operator, who gives it to `mixmq peer accept`:", "The link comes up once that is done.");
            return exitCode;
        });
        return command.WithExamples("""
            mixmq peer accept invite.txt --config float.json --as bank-b --endpoint float.bank-b.example:7400
            mixmq peer accept - --config float.json --as bank-b --dry-run < invite.txt
            mixmq peer accept answer.txt --config float.json --name bank-b-float1 --yes
            """);
    }

    private static (string Text, Invite Invite) Answer(ParseResult parse, CliEnvironment environment, InviteOptions options, InvitingNode node, Invite invite)
    {
        // Who may be dialled is dialled, and who dials has to be told where.
        var endpoint = options.Endpoint(parse, node);
        if (invite.Dials && endpoint is null)
            throw CommandException.Usage("The sender's node will dial this one: give --endpoint, where it can be dialled from outside (or --no-answer, if its operator has this node already).");
        return options.Make(parse, environment, node, invite.Dials ? endpoint : null, dials: invite.Endpoint is not null, invite.Hash);
    }

    private static InvitingNode Load(CliEnvironment environment, string? config, out ConfigurationEdit edit)
    {
        edit = ConfigurationEdit.Open(environment, config, Peers);
        return InvitingNode.Load(edit.Path, out var errors)
            ?? throw CommandException.Usage($"{edit.Path} can't be used for an invite:\n{string.Join('\n', errors)}");
    }

    private static async Task<Invite> ReadAsync(CliEnvironment environment, string file, CancellationToken cancellationToken)
    {
        await using var stream = file == "-"
            ? environment.StandardInput() ?? Console.OpenStandardInput()
            : new FileStream(environment.FullPath(file), FileMode.Open, FileAccess.Read);
        using var reader = new StreamReader(stream);
        var text = new char[InviteText.MaxLength + 1];
        var length = await reader.ReadBlockAsync(text, cancellationToken);
        return InviteText.TryRead(new string(text, 0, length), out var invite) is var error and not InviteError.None
            ? throw CommandException.Usage(error.Describe())
            : invite!;
    }

    private static void Print(CommandOutput output, string text, Invite invite, string before, string after)
    {
        if (output.Json)
        {
            output.Object(new JsonObject { ["invite"] = text, ["fingerprint"] = invite.Fingerprint, ["not_after_unix"] = invite.NotAfterUnixSeconds });
            return;
        }

        output.Line($"{before}\n\n{text}");
        output.Line($"Fingerprint, to be compared by telephone: {invite.Fingerprint}");
        output.Line($"It is good until {Clock.Show(invite.NotAfterUnixSeconds * 1000)}. {after}");
    }
}
