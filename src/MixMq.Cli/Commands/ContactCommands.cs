using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Cli.Setup;
using Spectre.Console;

namespace MixMq.Cli.Commands;

/// <summary><c>contact add|list|remove</c>: names for addresses in a node's configuration file.</summary>
internal static class ContactCommands
{
    private const string List = "contacts";

    public static Command Create(CliEnvironment environment) =>
        new("contact", "Those whom a node writes to and who may write to it, by name.") { Add(environment), Show(environment), Remove(environment) };

    private static Command Add(CliEnvironment environment)
    {
        var config = NamedEntries.Config();
        var name = NamedEntries.Name("contact");
        var address = NamedEntries.Address("contact");
        var sendOnly = new Option<bool>("--send-only") { Description = "The node writes to it and takes nothing from it." };
        var options = new ChangeOptions();
        var command = new Command("add", "Add a contact, who may write to the node; a node that runs takes it without a restart.") { name, address, sendOnly, config };
        options.AddTo(command);
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var edit = Open(environment, parse.GetValue(config));
            var entry = new JsonObject
            {
                ["name"] = parse.GetRequiredValue(name),
                ["address"] = NodeAddresses.Require(parse.GetRequiredValue(address)).ToString(),
            };
            if (parse.GetValue(sendOnly))
                entry["mayWrite"] = false;
            var (text, change) = NamedEntries.Add(edit, entry, "contact");
            return await new ConfigurationChange(environment, edit, text, [change])
                .MakeAsync(options, parse, new JsonObject { ["added"] = entry }, output, cancellationToken);
        });
        return command.WithExamples("""
            mixmq contact add --config node.json bob mix1…
            mixmq contact add --config node.json archive mix1… --send-only
            """);
    }

    private static Command Show(CliEnvironment environment)
    {
        var config = NamedEntries.Config();
        var command = new Command("list", "Show the configured contacts.") { config };
        command.SetBody(environment, (parse, output, _) =>
        {
            var contacts = Open(environment, parse.GetValue(config)).List.Elements;
            if (output.Json)
            {
                output.Object(new JsonObject { ["contacts"] = new JsonArray([.. contacts.Select(contact => JsonNode.Parse(contact.GetRawText()))]) });
                return Task.FromResult(ExitCode.Success);
            }

            var table = new Table().AddColumns("Name", "Address", "May write");
            foreach (var contact in contacts)
            {
                var mayWrite = NamedEntries.Member(contact, "mayWrite") is not { ValueKind: JsonValueKind.False };
                table.AddRow(
                    new Text(TerminalText.Escape(NamedEntries.Text(contact, "name"))), new Text(TerminalText.Escape(NamedEntries.Text(contact, "address"))), new Text(mayWrite ? "yes" : "no"));
            }

            output.Table(table);
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("mixmq contact list --config node.json");
    }

    private static Command Remove(CliEnvironment environment) => NamedEntries.Remove(environment, List, "contact")
        .WithExamples("mixmq contact remove --config node.json bob");

    private static ConfigurationEdit Open(CliEnvironment environment, string? config)
    {
        var edit = ConfigurationEdit.Open(environment, config, List);
        return edit.Kind == ConfigurationKind.Node
            ? edit
            : throw CommandException.Usage($"{edit.Path} is a float's configuration; contacts are a node's.");
    }
}
