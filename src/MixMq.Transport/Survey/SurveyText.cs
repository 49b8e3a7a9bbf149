using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MixMq.Transport.Survey;

/// <summary>Findings as people and as scripts read them.</summary>
public static class SurveyText
{
    private const int LeastWidth = 40;
    private const int Indent = 9;

    /// <summary>Longest text of a stranger's, such as a name in a certificate, that is shown.</summary>
    private const int MostForeign = 200;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether nothing is broken; warnings don't count.</summary>
    public static bool IsHealthy(IEnumerable<Finding> findings) => findings.All(finding => finding.Level != FindingLevel.Problem);

    /// <summary>A line or more a finding, in order, then the sum.</summary>
    /// <param name="findings">What was found.</param>
    /// <param name="width">Columns; words that are longer stand out.</param>
    public static string Format(IReadOnlyList<Finding> findings, int width)
    {
        ArgumentNullException.ThrowIfNull(findings);
        var text = new StringBuilder();
        foreach (var finding in findings)
        {
            var about = finding.Subject.Length == 0 ? finding.Check : $"{finding.Check} {finding.Subject}";
            Wrap(text, Mark(finding.Level), $"{about}: {finding.Text}", width);
            if (finding.Advice.Length > 0)
            {
                Wrap(text, "", "→ " + finding.Advice, width);
            }
        }

        var problems = findings.Count(finding => finding.Level == FindingLevel.Problem);
        var warnings = findings.Count(finding => finding.Level == FindingLevel.Warning);
        text.Append('\n').Append(string.Create(
            CultureInfo.InvariantCulture,
            $"{(problems == 0 ? "Healthy" : "Not healthy")}: {Count(findings.Count, "finding")}, of them {Count(problems, "problem")} and {Count(warnings, "warning")}.\n"));
        return text.ToString();
    }

    /// <summary>One object: <c>healthy</c>, <c>problems</c>, <c>warnings</c> and <c>findings</c>.</summary>
    public static string ToJson(IReadOnlyList<Finding> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        return new JsonObject
        {
            ["healthy"] = IsHealthy(findings),
            ["problems"] = findings.Count(finding => finding.Level == FindingLevel.Problem),
            ["warnings"] = findings.Count(finding => finding.Level == FindingLevel.Warning),
            ["findings"] = new JsonArray([.. findings.Select(finding => new JsonObject
            {
                ["level"] = Word(finding.Level),
                ["check"] = finding.Check,
                ["subject"] = finding.Subject,
                ["code"] = finding.Code,
                ["text"] = finding.Text,
                ["advice"] = finding.Advice,
            })]),
        }.ToJsonString(Plain);
    }

    /// <summary>The level in JSON.</summary>
    internal static string Word(FindingLevel level) => level switch
    {
        FindingLevel.Ok => "ok",
        FindingLevel.Note => "note",
        FindingLevel.Warning => "warning",
        _ => "problem",
    };

    /// <summary>
    /// What a stranger wrote, such as the names in his certificate, fit for a terminal: bounded, and without characters that would move its cursor or turn the
    /// text around.
    /// </summary>
    internal static string Foreign(string text)
    {
        var safe = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (safe.Length >= MostForeign)
            {
                return safe.Append('…').ToString();
            }

            var active = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
            _ = active ? safe.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}") : safe.Append(rune);
        }

        return safe.ToString();
    }

    private static string Count(int count, string word) => string.Create(CultureInfo.InvariantCulture, $"{count} {word}{(count == 1 ? "" : "s")}");

    private static string Mark(FindingLevel level) => level switch
    {
        FindingLevel.Ok => "ok",
        FindingLevel.Note => "note",
        FindingLevel.Warning => "WARNING",
        _ => "PROBLEM",
    };

    private static void Wrap(StringBuilder text, string mark, string sentence, int width)
    {
        var room = Math.Max(width, LeastWidth) - Indent;
        var line = new StringBuilder();
        var first = true;
        foreach (var word in sentence.Split(' ', '\n'))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > room)
            {
                Put();
            }

            _ = line.Length > 0 ? line.Append(' ').Append(word) : line.Append(word);
        }

        Put();

        void Put()
        {
            text.Append((first ? mark : "").PadRight(Indent)).Append(line).Append('\n');
            line.Clear();
            first = false;
        }
    }
}
