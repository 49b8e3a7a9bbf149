using System.Text.Json;
using MixMq.Cli.Output;

namespace MixMq.Cli.Setup;

/// <summary>One entry of a list in a configuration, before and after: what an operator is shown before it is taken.</summary>
/// <param name="What">What such an entry is called: peer, contact.</param>
/// <param name="Name">Its name; the one before where it changes.</param>
/// <param name="Before">Null: it is new.</param>
/// <param name="After">Null: it goes.</param>
internal sealed record EntryChange(string What, string Name, JsonElement? Before, JsonElement? After)
{
    /// <summary>A line for the entry, then one for each setting that goes or comes.</summary>
    public IEnumerable<string> Lines()
    {
        var verb = Before is null ? "add" : After is null ? "remove" : "change";
        yield return $"{verb} {What} {TerminalText.Escape(Name)}";
        var (before, after) = (Leaves(Before), Leaves(After));
        foreach (var path in before.Keys.Union(after.Keys, StringComparer.OrdinalIgnoreCase))
        {
            var (old, now) = (before.GetValueOrDefault(path), after.GetValueOrDefault(path));
            if (old == now)
                continue;
            if (old is not null)
                yield return $"  - {path,-16} {TerminalText.Escape(old)}";
            if (now is not null)
                yield return $"  + {path,-16} {TerminalText.Escape(now)}";
        }
    }

    /// <summary>Whether there is any difference to take.</summary>
    public bool IsEmpty => !Lines().Skip(1).Any();

    private static Dictionary<string, string> Leaves(JsonElement? entry)
    {
        var leaves = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (entry is { } there)
            Flatten(there, "", leaves);
        return leaves;
    }

    private static void Flatten(JsonElement element, string path, Dictionary<string, string> leaves)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                    Flatten(member.Value, path.Length == 0 ? member.Name : $"{path}:{member.Name}", leaves);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                    Flatten(item, $"{path}:{index++}", leaves);
                break;
            case JsonValueKind.String:
                leaves[path] = element.GetString()!;
                break;
            default:
                leaves[path] = element.GetRawText();
                break;
        }
    }
}
