using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;
using MixMq.Cli.Commands;
using MixMq.Cli.Control;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using Spectre.Console;

namespace MixMq.Cli.Networks;

/// <summary><c>map</c>: legal names and where they are to be reached.</summary>
internal static class MapCommands
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);

    public static Command Create(CliEnvironment environment) =>
        new("map", "The network map: legal names of institutions, and their addresses. Every node holds all of it.")
        {
            MapEntryCommand.Create(environment), SuccessionCommands.Make(environment), Add(environment), List(environment), SuccessionCommands.List(environment), Verify(environment),
        };

    private static Command Add(CliEnvironment environment)
    {
        var (socket, config) = (CommonOptions.Socket(), CommonOptions.Config());
        var files = new Argument<string[]>("file") { Description = "Entries and successor statements that enough of the authorities have signed.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("add", "Give signed entries and successor statements to the node, which tells the others.") { files, socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            MapStatement[] statements = [.. parse.GetValue(files)!.Select(file => StatementFiles.Read<MapStatement>(environment.FullPath(file)))];
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            foreach (var statement in statements)
            {
                var request = new AddMapEntryRequest { Statement = UnsafeByteOperations.UnsafeWrap(statement.Encoded) };
                var answer = await client.AddMapEntryAsync(request, CallTimeout, cancellationToken);
                if (output.Json)
                    output.Object(Json(statement, answer.Known));
                else
                    output.Line($"{(answer.Known ? "Known already" : "In the map")}: {Name(statement)}");
            }

            return ExitCode.Success;
        });
        return command.WithExamples("mixmq map add bank-b.entry --config node.json");
    }

    private static Command List(CliEnvironment environment)
    {
        var (socket, config) = (CommonOptions.Socket(), CommonOptions.Config());
        var filter = new Option<string?>("--containing") { Description = "Only names with this in them, without case. Picked out here: the node is asked for all of the map.", HelpName = "text" };
        var command = new Command("list", "The map as the node holds it.") { filter, socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            var table = new Table().AddColumns("Legal name", "Address", "Until", "Note");
            var count = 0;
            await foreach (var entry in client.ListMapAsync(CallTimeout, cancellationToken))
            {
                if (parse.GetValue(filter) is { Length: > 0 } text && !entry.Name.Contains(text, StringComparison.OrdinalIgnoreCase))
                    continue;
                count++;
                if (output.Json)
                    output.Object(Json(entry));
                else
                    table.AddRow(
                        new Text(TerminalText.Escape(entry.Shown)), new Text(TerminalText.Escape(string.Join('\n', entry.Addresses), multiline: true)),
                        new Text(NetworkCommands.Time(entry.NotAfterUnixMs)), new Text(TerminalText.Escape(Note(entry))));
            }

            if (!output.Json && count > 0)
                output.Table(table);
            else if (!output.Json)
                output.Note("No such names.");
            return ExitCode.Success;
        });
        return command.WithExamples("mixmq map list --config node.json --containing bank");
    }

    private static Command Verify(CliEnvironment environment)
    {
        var (socket, config) = (CommonOptions.Socket(), CommonOptions.Config());
        var files = new Argument<string[]>("file") { Description = "Entries and successor statements; none: those that the node holds.", Arity = ArgumentArity.ZeroOrMore };
        var network = StatementFiles.Network("The network's parameters, which say who its authorities are.");
        network.Required = true;
        var command = new Command("verify", "Check the signatures of each entry and successor statement here, whatever the node says of them. Exit code 1 when one isn't genuine.") { files, network, socket, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var inForce = StatementFiles.ReadNetwork(environment, parse.GetValue(network), own: null);
            var entries = parse.GetValue(files) is { Length: > 0 } named
                ? named.Select(file => StatementFiles.Read<MapStatement>(environment.FullPath(file))).ToList()
                : await HeldAsync(environment, parse.GetValue(socket), parse.GetValue(config), cancellationToken);
            var wrong = 0;
            foreach (var entry in entries)
            {
                var (genuine, signed) = (entry.VerifySignatures(inForce.Network.Definition.Id), entry.CountSigners(inForce.Authorities));
                var holds = genuine && entry.IsSignedByEnough(inForce.Authorities, inForce.Threshold);
                wrong += holds ? 0 : 1;
                if (output.Json)
                    output.Object(StatementDisplay.Json(entry, inForce, genuine));
                else if (!holds)
                    output.Line($"{Name(entry)}: {(!genuine ? "NOT GENUINE, a signature doesn't hold" : entry is Succession { IsSignedByKeys: false } ? "not signed by the keys that it is about" : string.Create(CultureInfo.InvariantCulture, $"signed by {signed} authorities, {inForce.Threshold} must"))}");
            }

            if (!output.Json)
                output.Line(string.Create(CultureInfo.InvariantCulture, $"{entries.Count - wrong} of {entries.Count} entries and successor statements are signed by enough of the network's authorities."));
            return wrong == 0 ? ExitCode.Success : ExitCode.Failure;
        });
        return command.WithExamples("""
            mixmq map verify --network network.params --config node.json
            mixmq map verify bank-b.entry --network network.params
            """);
    }

    private static async Task<List<MapStatement>> HeldAsync(CliEnvironment environment, string? socket, string? config, CancellationToken cancellationToken)
    {
        using var client = NodeLocator.Connect(environment, socket, config);
        var held = new List<MapStatement>();
        await foreach (var listed in client.ListMapAsync(CallTimeout, cancellationToken))
            held.Add(Parse<MapEntry>(listed.Statement.Span));
        await foreach (var listed in client.ListSuccessionsAsync(CallTimeout, cancellationToken))
            held.Add(Parse<Succession>(listed.Statement.Span));
        return held;
    }

    private static T Parse<T>(ReadOnlySpan<byte> bytes)
        where T : MapStatement
    {
        var error = AuthorityStatement.TryParse(bytes, out var statement);
        return statement as T ?? throw new CommandException(
            ExitCode.Failure, $"The node gave something as an entry or successor statement that {(error == StatementError.None ? "is another statement" : error.Describe())}.");
    }

    private static string Name(MapStatement statement) => statement switch
    {
        MapEntry entry => TerminalText.Escape(entry.Name.Display()),
        Succession succession => $"{succession.Old} is now {succession.New}{(succession.IsEmergency ? " (EMERGENCY)" : "")}",
        _ => throw new InvalidOperationException("A statement of an unknown kind."),
    };

    private static JsonObject Json(MapStatement statement, bool known) => statement switch
    {
        MapEntry entry => new JsonObject { ["name"] = entry.Name.Text, ["number"] = entry.Number, ["known"] = known },
        Succession succession => new JsonObject
        {
            ["old_address"] = succession.Old.ToString(), ["new_address"] = succession.New.ToString(), ["emergency"] = succession.IsEmergency, ["number"] = succession.Number, ["known"] = known,
        },
        _ => throw new InvalidOperationException("A statement of an unknown kind."),
    };

    private static string Note(NetworkMapEntry entry)
    {
        var notes = new List<string>();
        if (entry.Addresses.Count == 0)
            notes.Add("taken out of the map");
        if (entry.Contradicted)
            notes.Add("contradicted by another entry of its number, not used");
        if (entry.Revoked.Count > 0)
            notes.Add($"revoked: {string.Join(' ', entry.Revoked)}");
        foreach (var now in entry.Now)
            notes.Add($"{now.Address} is now {now.Present}{(now.Emergency ? " by an EMERGENCY statement: authorities alone vouch for it" : "")}");
        if (!string.Equals(entry.Shown, entry.Name, StringComparison.Ordinal))
            notes.Add("several scripts, or letters that look like Latin ones");
        if (entry.LookAlikes.Count > 0)
            notes.Add($"looks like {string.Join(" ; ", entry.LookAlikes)}");
        return string.Join("; ", notes);
    }

    private static JsonObject Json(NetworkMapEntry entry) => new()
    {
        ["name"] = entry.Name,
        ["shown"] = entry.Shown,
        ["number"] = entry.Number,
        ["not_after_unix_ms"] = entry.NotAfterUnixMs,
        ["addresses"] = Texts(entry.Addresses),
        ["revoked"] = Texts(entry.Revoked),
        ["contradicted"] = entry.Contradicted,
        ["look_alikes"] = Texts(entry.LookAlikes),
        ["now"] = new JsonArray([.. entry.Now.Select(now => new JsonObject { ["address"] = now.Address, ["present"] = now.Present, ["emergency"] = now.Emergency })]),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
