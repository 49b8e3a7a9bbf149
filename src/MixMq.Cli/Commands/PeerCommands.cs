using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Cli.Setup;
using Spectre.Console;

namespace MixMq.Cli.Commands;

/// <summary><c>peer add|change|remove|list|show</c>: the neighbours in a configuration file.</summary>
internal static class PeerCommands
{
    private const string List = "peers";

    public static Command Create(CliEnvironment environment) =>
        new("peer", "The neighbours of a node or float: whom it has links with.")
        {
            Add(environment),
            Change(environment),
            Remove(environment),
            Show(environment),
            ShowOne(environment),
            InviteCommands.CreateInvite(environment),
            InviteCommands.CreateAccept(environment),
        };

    private static Command Add(CliEnvironment environment)
    {
        var config = NamedEntries.Config();
        var name = NamedEntries.Name("peer");
        var address = NamedEntries.Address("peer");
        var settings = new PeerSettings();
        var options = new ChangeOptions();
        var command = new Command("add", "Add a peer; a node or float that runs takes it without a restart.") { name, address, config };
        options.AddTo(command);
        settings.AddTo(command);
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var edit = ConfigurationEdit.Open(environment, parse.GetValue(config), List);
            var entry = new JsonObject
            {
                ["name"] = parse.GetRequiredValue(name),
                ["address"] = NodeAddresses.Require(parse.GetRequiredValue(address)).ToString(),
            };
            var files = new PeerFiles(edit.Path, environment);
            settings.Apply(parse, entry, files.Of);
            var (text, change) = NamedEntries.Add(edit, entry, "peer");
            return await new ConfigurationChange(environment, edit, text, [change]) { Warnings = files.Warnings }
                .MakeAsync(options, parse, new JsonObject { ["added"] = entry }, output, cancellationToken);
        });
        return command.WithExamples("""
            mixmq peer add --config float.json bank-b mix1… --dial float.bank-b.example:7400 --pin sha256:…
            mixmq peer add --config float.json node mix1… --accept --inner --activates --pin sha256:…
            mixmq peer add --config float.json bank-d mix1… --accept --ca-file ca.pem --revocation soft --crl-file ca.crl
            mixmq peer add --config float.json bank-c mix1… --accept --system --dns-name float.bank-c.example --yes
            """);
    }

    private static Command Change(CliEnvironment environment)
    {
        var config = NamedEntries.Config();
        var name = NamedEntries.Name("peer");
        var rename = new Option<string?>("--name") { Description = "Another name for it here.", HelpName = "name" };
        var address = new Option<string?>("--address") { Description = "Another address: another node, whose link begins anew.", HelpName = "mix1…" };
        var settings = new PeerSettings();
        var options = new ChangeOptions();
        var command = new Command("change", "Change a peer; a node or float that runs renews its link, and no other.") { name, config, rename, address };
        options.AddTo(command);
        settings.AddChangesTo(command);
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var edit = ConfigurationEdit.Open(environment, parse.GetValue(config), List);
            var index = NamedEntries.Find(edit, parse.GetRequiredValue(name), "peer");
            var entry = (JsonObject)JsonNode.Parse(edit.List.Elements[index].GetRawText(), documentOptions: JsonListEditor.Tolerant)!;
            if (parse.GetValue(rename) is { Length: > 0 } newName)
                PeerSettings.Set(entry, "name", newName);
            if (parse.GetValue(address) is { Length: > 0 } newAddress)
                PeerSettings.Set(entry, "address", NodeAddresses.Require(newAddress).ToString());
            var files = new PeerFiles(edit.Path, environment);
            settings.Apply(parse, entry, files.Of);
            var (text, change) = NamedEntries.Replace(edit, index, entry, "peer");
            return await new ConfigurationChange(environment, edit, text, [change]) { Warnings = files.Warnings }
                .MakeAsync(options, parse, new JsonObject { ["changed"] = entry.DeepClone() }, output, cancellationToken);
        });
        return command.WithExamples("""
            mixmq peer change --config float.json bank-b --pin sha256:… --dry-run
            mixmq peer change --config float.json bank-b --dial float2.bank-b.example:7400
            mixmq peer change --config float.json bank-b --no-dial --accept --yes
            mixmq peer change --config float.json node --inner --activates
            """);
    }

    private static Command ShowOne(CliEnvironment environment)
    {
        var config = NamedEntries.Config();
        var name = NamedEntries.Name("peer");
        var command = new Command("show", "Show all settings of one configured peer.") { name, config };
        command.SetBody(environment, (parse, output, _) =>
        {
            var edit = ConfigurationEdit.Open(environment, parse.GetValue(config), List);
            var wanted = parse.GetRequiredValue(name);
            var peer = edit.List.Elements[NamedEntries.Find(edit, wanted, "peer")];
            if (output.Json)
                output.Object((JsonObject)JsonNode.Parse(peer.GetRawText(), documentOptions: JsonListEditor.Tolerant)!);
            else
                output.Line(string.Join('\n', new EntryChange("peer", wanted, null, peer).Lines().Skip(1).Select(line => line[4..])));
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("mixmq peer show --config float.json bank-b");
    }

    private static Command Show(CliEnvironment environment)
    {
        var config = NamedEntries.Config();
        var command = new Command("list", "Show the configured peers.") { config };
        command.SetBody(environment, (parse, output, _) =>
        {
            var peers = ConfigurationEdit.Open(environment, parse.GetValue(config), List).List.Elements;
            if (output.Json)
            {
                output.Object(new JsonObject { ["peers"] = new JsonArray([.. peers.Select(peer => JsonNode.Parse(peer.GetRawText(), documentOptions: JsonListEditor.Tolerant))]) });
                return Task.FromResult(ExitCode.Success);
            }

            var table = new Table().AddColumns("Name", "Address", "Dial", "Accept", "Trust");
            foreach (var peer in peers)
            {
                table.AddRow(
                    Cell(NamedEntries.Text(peer, "name")),
                    Cell(NamedEntries.Text(peer, "address")),
                    Cell(NamedEntries.Text(peer, "dial")),
                    Cell(NamedEntries.Text(peer, "accept") is "true" ? "yes" : "no"),
                    Cell(Trust(peer)));
            }

            output.Table(table);
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("mixmq peer list --config float.json");
    }

    private static Command Remove(CliEnvironment environment) => NamedEntries.Remove(environment, List, "peer")
        .WithExamples("mixmq peer remove --config float.json bank-b --yes");

    private static Text Cell(string text) => new(TerminalText.Escape(text));

    private static string Trust(JsonElement peer)
    {
        if (NamedEntries.Member(peer, "trust") is not { } trust)
            return "";
        var by = NamedEntries.Text(trust, "pinnedKey") is { Length: > 0 } pin ? pin
            : NamedEntries.Text(trust, "caFile") is { Length: > 0 } file ? "CA " + file : "system CAs";
        return string.Join(", ", new[] { by, NamedEntries.Text(trust, "dnsName"), NamedEntries.Text(trust, "subject") }.Where(part => part.Length > 0));
    }
}
