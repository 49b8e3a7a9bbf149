using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using MixMq.Cli.Control;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;
using Spectre.Console;

namespace MixMq.Cli.Commands;

/// <summary><c>topology</c>: the network as the node knows it.</summary>
internal static class TopologyCommand
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnalysisTimeout = TimeSpan.FromMinutes(5);

    public static Command Create(CliEnvironment environment)
    {
        var dot = new Option<bool>("--dot") { Description = "Write the graph for Graphviz." };
        var anonymity = new Option<bool>("--anonymity") { Description = "Say what the network does for the anonymity of paths. Takes some seconds where it is large." };
        var full = new Option<bool>("--full") { Description = "Show whole addresses." };
        var socket = CommonOptions.Socket();
        var config = CommonOptions.Config();
        var command = new Command("topology", "The network as the node knows it: nodes, and the links between them.") { dot, anonymity, full, socket, config };
        command.Validators.Add(result =>
        {
            if (result.GetValue(dot) && result.GetValue(CommonOptions.Json))
                result.AddError("Give --dot or --json, not both.");
            if (result.GetValue(dot) && result.GetValue(anonymity))
                result.AddError("Give --dot or --anonymity, not both.");
        });
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            using var client = NodeLocator.Connect(environment, parse.GetValue(socket), parse.GetValue(config));
            if (parse.GetValue(anonymity))
            {
                var report = await client.AnalyzeAnonymityAsync(AnalysisTimeout, cancellationToken);
                if (output.Json)
                    output.Object(AnonymityDisplay.ToJson(report));
                else
                    AnonymityDisplay.Show(output, report);
                return ExitCode.Success;
            }

            var view = await client.GetTopologyAsync(CallTimeout, cancellationToken);
            if (output.Json)
                output.Object(ToJson(view));
            else if (parse.GetValue(dot))
                output.Line(ToDot(view));
            else
                Show(output, view, parse.GetValue(full));
            return ExitCode.Success;
        });
        return command.WithExamples("""
            mixmq topology --config node.json
            mixmq topology --config node.json --anonymity
            mixmq topology --config node.json --dot | dot -Tsvg > network.svg
            """);
    }

    public static string ToDot(NetworkTopology view)
    {
        var names = view.Nodes.ToDictionary(node => node.Address, Name, StringComparer.Ordinal);
        var graph = new StringBuilder("graph mixmq {\n  layout=neato; overlap=false;\n");
        foreach (var node in view.Nodes)
            graph.Append("  ").Append(Quote(node.Address)).Append(" [label=").Append(Quote(names[node.Address])).Append(node.Relays ? "" : ", shape=box").Append(node.Own ? ", penwidth=2" : "").Append("];\n");
        foreach (var link in view.Links)
            graph.Append("  ").Append(Quote(link.AddressA)).Append(" -- ").Append(Quote(link.AddressB)).Append(link.TwoSided ? "" : " [style=dashed]").Append(";\n");
        return graph.Append('}').ToString();
    }

    private static void Show(CommandOutput output, NetworkTopology view, bool full)
    {
        var names = view.Nodes.ToDictionary(node => node.Address, Name, StringComparer.Ordinal);
        string NameOf(string address) => names.TryGetValue(address, out var name) ? name : TerminalText.Shorten(address);
        var table = new Table().AddColumns("Node", "Address", "Role", "Links", "Record expires");
        foreach (var node in view.Nodes)
        {
            var neighbours = view.Links
                .Where(link => link.AddressA == node.Address || link.AddressB == node.Address)
                .Select(link => NameOf(link.AddressA == node.Address ? link.AddressB : link.AddressA) + (link.TwoSided ? "" : " (one side)"));
            table.AddRow(
                new Text(NameOf(node.Address)),
                new Text(full ? TerminalText.Escape(node.Address) : TerminalText.Shorten(node.Address)),
                new Text(node.Relays ? "relay" : "endpoint"),
                new Text(string.Join(", ", neighbours)),
                new Text(Clock.Show(node.ExpiresUnixMs)));
        }

        output.Table(table);
        output.Line($"{view.Nodes.Count} nodes, {view.Links.Count(link => link.TwoSided)} links");
        QuarantinedOrigins.Show(output, view.Quarantined);
    }

    private static string Name(NetworkNode node) => TerminalText.Escape(node switch
    {
        { Own: true } => node.Name.Length > 0 ? $"{node.Name} (this node)" : "this node",
        { Name.Length: > 0 } => node.Name,
        _ => TerminalText.Shorten(node.Address),
    });

    private static string Quote(string text) =>
        '"' + TerminalText.Escape(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';

    private static JsonObject ToJson(NetworkTopology view) => new()
    {
        ["nodes"] = new JsonArray([.. view.Nodes.Select(node => new JsonObject
        {
            ["address"] = node.Address,
            ["name"] = node.Name,
            ["relays"] = node.Relays,
            ["reachable"] = node.Reachable,
            ["sequence"] = node.Sequence,
            ["expires_unix_ms"] = node.ExpiresUnixMs,
            ["epochs"] = new JsonArray([.. node.Epochs.Select(epoch => JsonValue.Create(epoch))]),
            ["own"] = node.Own,
        })]),
        ["links"] = new JsonArray([.. view.Links.Select(link => new JsonObject
        {
            ["a"] = link.AddressA,
            ["b"] = link.AddressB,
            ["two_sided"] = link.TwoSided,
        })]),
        ["quarantined"] = QuarantinedOrigins.ToJson(view.Quarantined),
    };
}
