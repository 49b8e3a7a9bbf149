using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Cli.Setup;

namespace MixMq.Cli.Commands;

/// <summary>What peers and contacts have in common: entries with a name in a list of a configuration file.</summary>
internal static class NamedEntries
{
    public static Option<string?> Config() => new("--config")
    {
        Description = "The configuration file or its folder. Or set MIXMQ_CONFIG; without both, ./node.json or ./float.json.",
        HelpName = "path",
    };

    public static Argument<string> Name(string what) => new("name") { Description = $"The {what}'s name here: letters, digits, '.', '-', '_'." };

    public static Argument<string> Address(string what) => new("address") { Description = $"The {what}'s address: mix1… ." };

    /// <summary>An entry's text as it stands in a configuration.</summary>
    public static string TextOf(JsonObject entry) => entry.ToJsonString(ConfigurationFile.Readable);

    /// <summary>The file's text with one more entry, and what that changes.</summary>
    /// <exception cref="CommandException">There is one of that name.</exception>
    public static (byte[] Text, EntryChange Change) Add(ConfigurationEdit edit, JsonObject entry, string what)
    {
        var name = (string)entry["name"]!;
        if (edit.List.Elements.Any(element => HasName(element, name)))
            throw CommandException.Usage($"There is a {what} {name} already; change or remove it, or give another name.");
        return (edit.List.Add(TextOf(entry)), new EntryChange(what, name, null, ElementOf(entry)));
    }

    /// <summary>The file's text with another entry in one's place, and what that changes.</summary>
    public static (byte[] Text, EntryChange Change) Replace(ConfigurationEdit edit, int index, JsonObject entry, string what)
    {
        var before = edit.List.Elements[index];
        return (edit.List.ReplaceAt(index, TextOf(entry)), new EntryChange(what, Text(before, "name"), before, ElementOf(entry)));
    }

    /// <summary>Where the entry of a name is.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static int Find(ConfigurationEdit edit, string name, string what)
    {
        var index = edit.List.Elements.ToList().FindIndex(element => HasName(element, name));
        return index >= 0
            ? index
            : throw CommandException.Usage($"There is no {what} {name} in {edit.Path}; see them with: mixmq {what} list --config {edit.Path}");
    }

    public static Command Remove(CliEnvironment environment, string list, string what)
    {
        var config = Config();
        var name = Name(what);
        var options = new ChangeOptions();
        var command = new Command("remove", $"Remove a {what}; a program that runs takes it without a restart.") { name, config };
        options.AddTo(command);
        command.SetBody(environment, async (parse, output, cancellationToken) =>
        {
            var wanted = parse.GetRequiredValue(name);
            var edit = ConfigurationEdit.Open(environment, parse.GetValue(config), list);
            var index = Find(edit, wanted, what);
            var change = new EntryChange(what, wanted, edit.List.Elements[index], null);
            return await new ConfigurationChange(environment, edit, edit.List.RemoveAt(index), [change])
                .MakeAsync(options, parse, new JsonObject { ["removed"] = wanted }, output, cancellationToken);
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

    private static JsonElement ElementOf(JsonObject entry)
    {
        using var document = JsonDocument.Parse(entry.ToJsonString());
        return document.RootElement.Clone();
    }

    private static bool HasName(JsonElement element, string name) => string.Equals(Text(element, "name"), name, StringComparison.OrdinalIgnoreCase);
}
