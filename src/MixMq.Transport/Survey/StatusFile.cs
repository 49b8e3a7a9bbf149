using System.Globalization;
using MixMq.Overlay.Map;
using MixMq.Transport.Files;

namespace MixMq.Transport.Survey;

/// <summary>What a running float or node said last in its status text. Read by others than it, so nothing in it is believed beyond what it is for.</summary>
/// <param name="Written">When.</param>
/// <param name="Links">State, and the reason where there is one, of each link by the peer's name.</param>
/// <param name="Warnings">Its warnings: what each is about, a word, and whose it is where it is a peer's.</param>
/// <param name="Replaced">Whether its own address was given to another key, without the old key's signature (true) or with it (false); null: it wasn't.</param>
/// <param name="Counts">Its counters of drops and refusals: words of the program's own, and numbers.</param>
internal sealed record StatusFile(
    DateTimeOffset Written, IReadOnlyDictionary<string, (string State, string Reason)> Links, IReadOnlyList<(string About, string Peer, string Text)> Warnings, bool? Replaced,
    IReadOnlyList<(string Name, long Count)> Counts)
{
    private const int MaxBytes = 8 << 20;
    private const string Warning = "WARNING: ";
    private static readonly string[] States = ["up", "suspect", "down", "connecting", "dialling", "waiting", "refused"];

    /// <summary>Null: there is none, or it can't be read.</summary>
    internal static StatusFile? TryRead(string path) => ForeignFile.TryReadText(path, MaxBytes) is { } text ? Parse(text.Split('\n')) : null;

    internal static StatusFile? Parse(IReadOnlyList<string> lines)
    {
        var written = lines.FirstOrDefault(line => line.StartsWith("written ", StringComparison.Ordinal))?["written ".Length..].Trim();
        if (!DateTimeOffset.TryParseExact(written, "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return null;
        }

        var links = new Dictionary<string, (string, string)>(StringComparer.OrdinalIgnoreCase);
        var counts = new List<(string, long)>();
        var last = "";
        var inLinks = false;
        var about = "";
        bool? replaced = null;
        var warnings = new List<(string, string, string)>();
        foreach (var line in lines)
        {
            var words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
            if (!line.StartsWith(' '))
            {
                inLinks = line.StartsWith("links  ", StringComparison.Ordinal);
                (about, last) = (words.FirstOrDefault() ?? "", "");
                replaced = about == ReplacedAddress.Title && words.Length == 2 ? ReplacedAddress.OfWord(words[1].Trim()) ?? replaced : replaced;
            }

            if (line.IndexOf(Warning, StringComparison.Ordinal) is >= 0 and var at)
            {
                warnings.Add((about, last, line[(at + Warning.Length)..]));
                continue;
            }

            if (!line.StartsWith(' '))
            {
                continue;
            }

            if (inLinks && line.StartsWith("  ", StringComparison.Ordinal) && line.Length > 2 && line[2] != ' ' && words.Length == 3 && words[2].StartsWith("for ", StringComparison.Ordinal))
            {
                (last, about) = (words[0], "link");
                links[last] = (words[1], "");
            }
            else if (inLinks && line.StartsWith("    certificate ", StringComparison.Ordinal))
            {
                about = "certificate";
            }
            else if (inLinks && last.Length > 0 && line.Trim() is var detail && detail.StartsWith("last refusal: ", StringComparison.Ordinal))
            {
                links[last] = (links[last].Item1, detail);
            }
            else if (!inLinks && words.Length == 2 && words[0].All(char.IsAsciiLetter) && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                counts.Add((words[0], count));
            }
        }

        return new StatusFile(time, links, warnings, replaced, counts);
    }

    /// <summary>Whether the state is one of the program's words; anything else isn't shown in a bundle.</summary>
    internal static bool IsState(string state) => States.Contains(state);
}
