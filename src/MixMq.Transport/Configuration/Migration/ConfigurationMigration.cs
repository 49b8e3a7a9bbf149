using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace MixMq.Transport.Configuration.Migration;

/// <summary>
/// A configuration written as the present version has it. What isn't in the history stays byte for byte, whether the program knows it or not: comments, order and layout are
/// the operator's. Done once more it changes nothing.
/// </summary>
public sealed record ConfigurationMigration
{
    private ConfigurationMigration(byte[] text, int from, int to)
    {
        Text = text;
        From = from;
        To = to;
    }

    /// <summary>The whole text, UTF-8.</summary>
    [SuppressMessage("Performance", "CA1819:Properties should not return arrays", Justification = "It is a file's content, handed on to be written.")]
    public byte[] Text { get; }

    /// <summary>The version that it had.</summary>
    public int From { get; }

    /// <summary>The version that it has.</summary>
    public int To { get; }

    /// <summary>Writes it as the present version has it.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="history">What changed when.</param>
    /// <param name="migration">What came of it.</param>
    /// <param name="error">Why it can't be done, as a sentence without its full stop; null: it is done.</param>
    public static bool TryRun(byte[] text, ConfigurationHistory history, [NotNullWhen(true)] out ConfigurationMigration? migration, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(history);
        migration = null;
        try
        {
            var places = new JsonPlaces(text);
            if (Twice(places) is { } twice)
            {
                error = $"{twice} stands there twice; remove one";
                return false;
            }

            var version = places.Find(ConfigurationHistory.Member);
            if (!TryParseVersion(version is null || places.TextOf(version) == "null" ? "1" : version.Value ?? "", history, out var from, out error))
            {
                return false;
            }

            foreach (var step in history.Steps)
            {
                if (Take(step, ref text) is { } failure)
                {
                    error = failure;
                    return false;
                }
            }

            migration = new ConfigurationMigration(Stamp(text, history), from, history.Present);
            return true;
        }
        catch (JsonException failure)
        {
            error = string.Create(CultureInfo.InvariantCulture, $"it can't be read: {(failure.LineNumber is { } line ? $"not valid JSON at line {line + 1}" : failure.Message)}");
            return false;
        }
        catch (InvalidOperationException)
        {
            error = "it can't be read: a text has an escape that is half a character";
            return false;
        }
    }

    /// <summary>A version as a configuration says it.</summary>
    internal static bool TryParseVersion(string text, ConfigurationHistory history, out int version, [NotNullWhen(false)] out string? error)
    {
        var isNumber = int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out version) && version > 0;
        error = !isNumber ? $"{ConfigurationHistory.Member} must be a whole number from 1"
            : version > history.Present
                ? string.Create(CultureInfo.InvariantCulture, $"it is of version {version}, and this program knows configurations up to version {history.Present}: install the newer program, or put back the configuration from before")
            : null;
        return error is null;
    }

    private static string? Twice(JsonPlaces places)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return places.All.FirstOrDefault(place => !seen.Add(place.Path))?.Path;
    }

    /// <summary>Takes a step as often as the text needs it; what is wrong, or null.</summary>
    private static string? Take(SettingStep step, ref byte[] text)
    {
        while (true)
        {
            var places = new JsonPlaces(text);
            var place = places.All.FirstOrDefault(each => step.Match(each.Path) is not null
                && (step is not RewordedValue reworded || string.Equals(each.Value?.Trim(), reworded.Word, StringComparison.OrdinalIgnoreCase)));
            if (place is null || (place.Name is null && step is not RewordedValue))
            {
                return null;
            }

            switch (step)
            {
                case RenamedSetting renamed when Rename(places, place, renamed.NewPathOf(place.Path)) is { } changed:
                    text = changed;
                    break;
                case RenamedSetting renamed:
                    return $"{place.Path} is called {renamed.NewPathOf(place.Path)} now, and something stands there too; remove one of the two";
                case RemovedSetting:
                    text = places.Without(place);
                    break;
                case RewordedValue reworded:
                    text = places.WithValue(place, JsonSerializer.Serialize(reworded.NewWord));
                    break;
                default:
                    throw new NotSupportedException(step.GetType().Name);
            }
        }
    }

    private static byte[]? Rename(JsonPlaces places, JsonPlaces.Place place, string path)
    {
        if (places.Find(path) is not null)
        {
            return null;
        }

        var colon = path.LastIndexOf(':');
        if (string.Equals(place.Parent!.Path, colon < 0 ? "" : path[..colon], StringComparison.OrdinalIgnoreCase))
        {
            return places.WithName(place, path[(colon + 1)..]);
        }

        return new JsonPlaces(places.Without(place)).With(path, places.TextOf(place));
    }

    private static byte[] Stamp(byte[] text, ConfigurationHistory history)
    {
        var places = new JsonPlaces(text);
        var json = history.Present.ToString(CultureInfo.InvariantCulture);
        return places.Find(ConfigurationHistory.Member) is not { } place ? places.WithFirst(ConfigurationHistory.Member, json)
            : place.Value?.Trim() == json ? text
            : places.WithValue(place, json);
    }
}
