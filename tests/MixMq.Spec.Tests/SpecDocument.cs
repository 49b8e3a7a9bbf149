using System.Text.RegularExpressions;

namespace MixMq.Spec.Tests;

/// <summary>A file of spec/, cut into the blocks that a reader sees: paragraphs, list items, rows of tables, headings.</summary>
internal sealed partial class SpecDocument
{
    private SpecDocument(string path, string text)
    {
        Path = path;
        Blocks = [.. Cut(text)];
    }

    public string Path { get; }

    public IReadOnlyList<Block> Blocks { get; }

    public static SpecDocument Parse(string path, string text) => new(path, text);

    /// <summary>All of spec/ but its vectors.</summary>
    public static IReadOnlyList<SpecDocument> LoadAll() =>
        [.. SourceTree.Files("spec", ".md").Select(path => new SpecDocument(path, SourceTree.Read(path)))];

    /// <summary>The rows of all tables whose header begins with the given cell, without header and rule, cells trimmed.</summary>
    public IEnumerable<(int Line, string[] Cells)> Rows(string firstHeader)
    {
        var inside = false;
        foreach (var block in Blocks)
        {
            if (!block.Text.StartsWith('|'))
            {
                inside = false;
                continue;
            }

            string[] cells = [.. block.Text.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];
            if (!inside && cells[0] == firstHeader)
            {
                inside = true;
            }
            else if (inside && !cells.All(cell => cell.Trim('-').Length == 0))
            {
                yield return (block.Line, cells);
            }
        }
    }

    /// <summary>What is in code marks is quoted or a formula, never a rule.</summary>
    public static string WithoutCode(string text) => Code().Replace(text, "");

    private static IEnumerable<Block> Cut(string text)
    {
        var lines = new List<string>();
        var (start, fenced, heading) = (0, false, false);
        foreach (var (index, line) in text.Split('\n').Index())
        {
            var fence = line.StartsWith("```", StringComparison.Ordinal);
            if (heading || (fence && !fenced) || (!fenced && (line.Length == 0 || Opening().IsMatch(line))))
            {
                if (lines.Count > 0)
                {
                    yield return new Block(start + 1, string.Join('\n', lines));
                }

                lines.Clear();
                start = index;
            }

            fenced ^= fence;
            heading = !fenced && line.StartsWith('#');
            lines.Add(line);
        }

        yield return new Block(start + 1, string.Join('\n', lines));
    }

    [GeneratedRegex("(?s)```.*?```|`[^`\n]*`")]
    private static partial Regex Code();

    // A list item, a numbered step, a row of a table, a heading.
    [GeneratedRegex(@"^\s*([-*] |\d+\. |\||#)")]
    private static partial Regex Opening();

    /// <summary>A block and the line it begins on, from 1.</summary>
    internal sealed record Block(int Line, string Text);
}
