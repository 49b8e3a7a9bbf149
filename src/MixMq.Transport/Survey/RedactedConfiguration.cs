using System.Text.Json.Nodes;
using MixMq.Transport.Configuration;

namespace MixMq.Transport.Survey;

/// <summary>
/// A configuration fit for strangers. What isn't known to be harmless is replaced: texts by pseudonyms, whatever their setting; keys too, if the program doesn't know
/// them. Numbers that the program reads as numbers, true, false and the words of a few settings stay.
/// </summary>
internal static class RedactedConfiguration
{
    /// <summary>Settings whose values are words of the program's own.</summary>
    private static readonly Dictionary<string, string[]> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["profile"] = ["standard", "strict"],
        ["via"] = ["direct", "socks5", "connect", "accept-only"],
        ["revocation"] = ["off", "soft", "hard"],
        ["level"] = ["trace", "debug", "information", "warning", "error"],
        ["senders"] = ["contacts", "map", "anyone"],
        ["anonymous"] = ["refuse", "allow"],
    };

    internal static JsonObject Of(SettingTree settings, ConfigurationKeys keys, Pseudonyms pseudonyms)
    {
        var shown = new JsonObject();
        foreach (var (path, setting) in settings.Leaves)
        {
            var name = keys.IsKnown(path) ? path.ToLowerInvariant() : pseudonyms.Of(path);
            shown[name] = setting.Value is not { } value ? null : Value(path, value.Trim(), keys, pseudonyms);
        }

        return shown;
    }

    private static string Value(string path, string value, ConfigurationKeys keys, Pseudonyms pseudonyms)
    {
        var last = path[(path.LastIndexOf(':') + 1)..];
        var harmless = keys.IsPlain(path) || (keys.IsKnown(path) && Words.TryGetValue(last, out var words) && words.Contains(value, StringComparer.OrdinalIgnoreCase));
        return harmless ? value.ToLowerInvariant() : pseudonyms.Of(value);
    }
}
