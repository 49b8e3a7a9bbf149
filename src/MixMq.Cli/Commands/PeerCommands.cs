using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Cli.Setup;
using Spectre.Console;

namespace MixMq.Cli.Commands;

/// <summary><c>peer add|list|remove</c>: the neighbours in a configuration file.</summary>
internal static class PeerCommands
{
    private const string List = "peers";

    public static Command Create(CliEnvironment environment) =>
        new("peer", "The neighbours of a node or float: whom it has links with.") { Add(environment), Show(environment), Remove(environment) };

    private static Command Add(CliEnvironment environment)
    {
        var config = NamedEntries.Config();
        var name = NamedEntries.Name("peer");
        var address = NamedEntries.Address("peer");
        var dial = new Option<string?>("--dial") { Description = "Where to reach it. Without this it is never dialled.", HelpName = "host:port" };
        var accept = new Option<bool>("--accept") { Description = "Accept connections from it." };
        var pin = new Option<string?>("--pin") { Description = "Trust its certificate by its key: what its operator's `init` printed.", HelpName = "sha256:hex" };
        var authority = new Option<string?>("--ca-file") { Description = "Trust its certificate by its institution's CA (PEM file).", HelpName = "path" };
        var system = new Option<bool>("--system") { Description = "Trust its certificate by the system's CAs; with --dns-name or --subject." };
        var dnsName = new Option<string?>("--dns-name") { Description = "The DNS name that its certificate must carry.", HelpName = "name" };
        var subject = new Option<string?>("--subject") { Description = "The whole subject that its certificate must carry (RFC 4514).", HelpName = "name" };
        var command = new Command("add", "Add a peer; takes effect at the next start.")
        {
            name, address, config, dial, accept, pin, authority, system, dnsName, subject,
        };
        command.Validators.Add(result =>
        {
            if (string.IsNullOrEmpty(result.GetValue(dial)) && !result.GetValue(accept))
                result.AddError("Give --dial, or --accept, or both: otherwise there can be no link.");
            var named = Count(result.GetValue(dnsName), result.GetValue(subject));
            if (Count(result.GetValue(pin), result.GetValue(authority)) + (result.GetValue(system) ? 1 : 0) != 1)
                result.AddError("Give exactly one of --pin, --ca-file and --system: how its certificate is trusted.");
            else if (named > 1 || (named == 0 && result.GetValue(system)) || (named > 0 && !string.IsNullOrEmpty(result.GetValue(pin))))
                result.AddError("Give --dns-name or --subject with --system, one of them if any with --ca-file, and none with --pin.");
        });
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var edit = ConfigurationEdit.Open(environment, parse.GetValue(config), List);
            var entry = new JsonObject
            {
                ["name"] = parse.GetRequiredValue(name),
                ["address"] = NodeAddresses.Require(parse.GetRequiredValue(address)).ToString(),
            };
            if (parse.GetValue(dial) is { Length: > 0 } target)
                entry["dial"] = target;
            if (parse.GetValue(accept))
                entry["accept"] = true;
            var trust = new JsonObject();
            if (parse.GetValue(pin) is { Length: > 0 } key)
                trust["pinnedKey"] = key;
            else if (parse.GetValue(authority) is { Length: > 0 } file)
                trust["caFile"] = FromFolder(edit.Path, environment.FullPath(file));
            else
                trust["system"] = true;
            if (parse.GetValue(dnsName) is { Length: > 0 } dns)
                trust["dnsName"] = dns;
            if (parse.GetValue(subject) is { Length: > 0 } whole)
                trust["subject"] = whole;
            entry["trust"] = trust;
            return await NamedEntries.AddAsync(edit, entry, "peer", output, cancellationToken);
        });
        return command.WithExamples("""
            mixmq peer add --config float.json bank-b mix1… --dial float.bank-b.example:7400 --pin sha256:…
            mixmq peer add --config float.json node mix1… --accept --ca-file ca.pem
            mixmq peer add --config float.json bank-c mix1… --accept --system --dns-name float.bank-c.example
            """);
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
                output.Object(new JsonObject { ["peers"] = new JsonArray([.. peers.Select(peer => JsonNode.Parse(peer.GetRawText()))]) });
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
        .WithExamples("mixmq peer remove --config float.json bank-b");

    private static Text Cell(string text) => new(TerminalText.Escape(text));

    private static int Count(params string?[] values) => values.Count(value => !string.IsNullOrEmpty(value));

    private static string Trust(JsonElement peer)
    {
        if (NamedEntries.Member(peer, "trust") is not { } trust)
            return "";
        var by = NamedEntries.Text(trust, "pinnedKey") is { Length: > 0 } pin ? pin
            : NamedEntries.Text(trust, "caFile") is { Length: > 0 } file ? "CA " + file : "system CAs";
        return string.Join(", ", new[] { by, NamedEntries.Text(trust, "dnsName"), NamedEntries.Text(trust, "subject") }.Where(part => part.Length > 0));
    }

    /// <summary>Paths in a configuration start from its folder: within it they are written so that the folder can be moved.</summary>
    private static string FromFolder(string configuration, string path)
    {
        var relative = Path.GetRelativePath(Path.GetDirectoryName(configuration)!, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
