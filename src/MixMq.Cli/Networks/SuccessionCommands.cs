using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Commands;
using MixMq.Cli.Control;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;
using MixMq.Crypto;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Sphinx;
using MixMq.Transport;
using MixMq.Transport.Keys;
using Spectre.Console;

namespace MixMq.Cli.Networks;

/// <summary><c>map succession</c> and <c>map successions</c>: an endpoint's change of key.</summary>
internal static class SuccessionCommands
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);

    public static Command Make(CliEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "The successor statement to make; one that is there is replaced." };
        var network = StatementFiles.Network("The network's parameters.");
        network.Required = true;
        var newKey = new Option<string>("--new-key") { Description = "The new identity key file (PEM, mode 0600): made if it isn't there.", HelpName = "path", Required = true };
        var oldKey = new Option<string?>("--old-key") { Description = "The identity key file that the node has until now.", HelpName = "path" };
        var old = new Option<string?>("--emergency") { Description = "Where the old key is lost or in other hands: the address that the node has until now. It is shown as an emergency everywhere.", HelpName = "mix1…" };
        var delay = CommonOptions.Duration("--in", "Counts from so long from now on. Default: at once.");
        var number = new Option<ulong?>("--number") { Description = "Above that of the old address's last statement. Default: the present in milliseconds.", HelpName = "n" };
        var keys = StatementFiles.Keys();
        var command = new Command("succession", "Make the statement that an endpoint has another key: its contacts, conversations and legal name go on. To be signed by as many authorities as the threshold says.")
        {
            file, network, newKey, oldKey, old, delay, number, keys,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(oldKey) is null == result.GetValue(old) is null)
                result.AddError("Give --old-key; or, if the old key can't sign any more, --emergency with the old address.");
        });
        command.SetBody(environment, (parse, output, _) =>
        {
            var inForce = StatementFiles.Read<SignedParameters>(environment.FullPath(parse.GetRequiredValue(network)!));
            using var former = parse.GetValue(oldKey) is { Length: > 0 } path ? Load(environment.FullPath(path)) : null;
            var oldAddress = former?.Address ?? NodeAddresses.Require(parse.GetValue(old)!);
            var newPath = environment.FullPath(parse.GetRequiredValue(newKey));
            using var next = File.Exists(newPath) ? Load(newPath) : Create(newPath);
            var now = DateTimeOffset.UtcNow;
            var begin = parse.GetValue(delay) is { } wait ? (now + wait).ToUnixTimeMilliseconds() : 0;
            var error = Succession.TryCreate(
                oldAddress, next.Address, parse.GetValue(number) ?? (ulong)now.ToUnixTimeMilliseconds(), begin, isEmergency: former is null, out var succession);
            if (error != StatementError.None)
                throw CommandException.Usage(error == StatementError.InvalidAddresses ? "The new key is the old one." : $"The statement {error.Describe()}.");
            AuthorityStatement signed = Sign(succession!, next, inForce);
            signed = former is null ? signed : Sign(signed, former, inForce);
            if (!output.Json)
                output.Line($"From      {oldAddress}\nTo        {next.Address}{(former is null ? "   (emergency: the old key hasn't signed)" : "")}");
            StatementFiles.Finish(environment, output, environment.FullPath(parse.GetRequiredValue(file)), signed, inForce, parse.GetValue(keys));
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq map succession node.succession --network network.params --old-key identity.pem --new-key identity-2.pem
            mixmq network sign node.succession --network network.params --key authority-a.key --key authority-b.key
            mixmq map succession node.succession --network network.params --emergency mix1… --new-key identity-2.pem
            """);
    }

    public static Command List(CliEnvironment environment)
    {
        var (socket, config) = (CommonOptions.Socket(), CommonOptions.Config());
        var command = new Command("successions", "The successor statements that the node holds, used or not.") { socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var table = new Table().AddColumns("Legal name", "From", "To", "Since", "Note");
            var count = 0;
            await foreach (var succession in client.ListSuccessionsAsync(CallTimeout, cancellationToken))
            {
                count++;
                if (output.Json)
                    output.Object(Json(succession));
                else
                    table.AddRow(
                        new Text(TerminalText.Escape(succession.ShownName)), new Text(TerminalText.Escape(succession.OldAddress)), new Text(TerminalText.Escape(succession.NewAddress)),
                        new Text(succession.NotBeforeUnixMs == 0 ? "" : NetworkCommands.Time(succession.NotBeforeUnixMs)), new Text(TerminalText.Escape(Note(succession))));
            }

            if (!output.Json && count > 0)
                output.Table(table);
            else if (!output.Json)
                output.Note("There are none.");
            return ExitCode.Success;
        });
        return command.WithExamples("mixmq map successions --config node.json");
    }

    private static string Note(SuccessionStatus succession)
    {
        var notes = new List<string>();
        if (succession.Emergency)
            notes.Add("EMERGENCY: without the old key, authorities alone vouch for it");
        if (!succession.InUse)
            notes.Add($"not used: {succession.Reason}");
        return string.Join("; ", notes);
    }

    private static JsonObject Json(SuccessionStatus succession) => new()
    {
        ["old_address"] = succession.OldAddress,
        ["new_address"] = succession.NewAddress,
        ["number"] = succession.Number,
        ["not_before_unix_ms"] = succession.NotBeforeUnixMs,
        ["emergency"] = succession.Emergency,
        ["in_use"] = succession.InUse,
        ["reason"] = succession.Reason,
        ["shown_name"] = succession.ShownName,
    };

    private static AuthorityStatement Sign(AuthorityStatement statement, NodeIdentity key, SignedParameters inForce)
    {
        var signature = new byte[Ed25519.SignatureBytes];
        key.Sign(statement.SignedMessage(inForce.Network.Definition.Id), signature);
        return statement.WithSignature(key.Address, signature);
    }

    private static NodeIdentity Load(string path) => Using(() => NodeIdentity.Load(path));

    private static NodeIdentity Create(string path) => Using(() => NodeIdentity.Create(path));

    private static NodeIdentity Using(Func<NodeIdentity> open)
    {
        try
        {
            return open();
        }
        catch (KeyFileException failure)
        {
            throw CommandException.Usage($"{failure.Message}.");
        }
    }
}
