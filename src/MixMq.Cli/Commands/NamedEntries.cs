using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Cli.Setup;

namespace MixMq.Cli.Commands;

/// <summary>What peers and contacts have in common: entries with a name in a list of a configuration file.</summary>
internal static class NamedEntries
{
    private const string NextStart = "It takes effect at the next start.";

    public static Option<string?> Config() => new("--config")
    {
        Description = "The configuration file or its folder. Or set MIXMQ_CONFIG; without both, ./node.json or ./float.json.",
        HelpName = "path",
    };

    public static Argument<string> Name(string what) => new("name") { Description = $"The {what}'s name here: letters, digits, '.', '-', '_'." };

    public static Argument<string> Address(string what) => new("address") { Description = $"The {what}'s address: mix1… ." };

    public static async Task<int> AddAsync(ConfigurationEdit edit, JsonObject entry, string what, CommandOutput output, CancellationToken cancellationToken)
    {
        var name = (string)entry["name"]!;
        if (edit.List.Elements.Any(element => HasName(element, name)))
            throw CommandException.Usage($"There is a {what} {name} already; remove it first, or give another name.");
        await edit.ReplaceAsync(edit.List.Add(entry.ToJsonString(ConfigurationFile.Readable)), cancellationToken);
        if (output.Json)
            output.Object(new JsonObject { ["added"] = entry, ["config"] = edit.Path, ["takes_effect"] = "next start" });
        else
            output.Line($"Added the {what} {name} to {edit.Path}. {NextStart}");
        return ExitCode.Success;
    }

    public static Command Remove(CliEnvironment environment, string list, string what)
    {
        var config = Config();
        var name = Name(what);
        var command = new Command("remove", $"Remove a {what}; takes effect at the next start.") { name, config };
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var wanted = parse.GetRequiredValue(name);
            var edit = ConfigurationEdit.Open(environment, parse.GetValue(config), list);
            var index = edit.List.Elements.ToList().FindIndex(element => HasName(element, wanted));
            if (index < 0)
                throw CommandException.Usage($"There is no {what} {wanted} in {edit.Path}; see them with: mixmq {what} list --config {edit.Path}");
            await edit.ReplaceAsync(edit.List.RemoveAt(index), cancellationToken);
            if (output.Json)
                output.Object(new JsonObject { ["removed"] = wanted, ["config"] = edit.Path, ["takes_effect"] = "next start" });
            else
                output.Line($"Removed the {what} {wanted} from {edit.Path}. {NextStart}");
            return ExitCode.Success;
        });
        return command;
    }

    public static JsonElement? Member(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        foreach (var member in element.EnumerateObject())
        {
            if (string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase))
                return member.Value;
        }

        return null;
    }

    /// <summary>A member's value as text; empty when it isn't there.</summary>
    public static string Text(JsonElement element, string name) => Member(element, name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Null } or null => "",
        { } other => other.GetRawText(),
    };

    private static bool HasName(JsonElement element, string name) => string.Equals(Text(element, "name"), name, StringComparison.OrdinalIgnoreCase);
}
