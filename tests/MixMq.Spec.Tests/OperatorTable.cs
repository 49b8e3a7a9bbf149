using System.Globalization;
using System.Text.RegularExpressions;

namespace MixMq.Spec.Tests;

/// <summary>The table of what operators of DMZs ask for, and what shows that it is there: each row names tests by their class, after the project and a slash where another has that name too, or links to a text.</summary>
internal static partial class OperatorTable
{
    private const int Cells = 3;
    private const int CitationCell = 2;

    /// <summary>How many classes of a name there are where the table doesn't say it; it then says "(two of the name)".</summary>
    private static readonly Dictionary<string, int> Numbers = new() { [""] = 1, ["two"] = 2, ["three"] = 3 };

    /// <summary>What is wrong with it; the sources of all test classes of a name are read through a function, so that a sample can take their place.</summary>
    public static IEnumerable<string> Faults(SpecDocument document, Func<string, IReadOnlyList<string>> sources)
    {
        foreach (var (line, cells) in document.Rows("asked for"))
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{document.Path}:{line}");
            if (cells.Length != Cells || cells.Any(string.IsNullOrWhiteSpace))
            {
                yield return $"{at}: {cells.Length} cells, of which some are empty; each row has {Cells}";
                continue;
            }

            var tests = TestClass().Matches(cells[CitationCell]);
            if (tests.Count == 0 && !Link().IsMatch(cells[CitationCell]))
            {
                yield return $"{at}: '{cells[0]}' is shown by no test and no text";
            }

            foreach (Match test in tests)
            {
                var found = sources(test.Groups["name"].Value);
                if (found.Count != Numbers.GetValueOrDefault(test.Groups["number"].Value, -1))
                {
                    yield return $"{at}: there are {found.Count} classes {test.Groups["name"].Value}, which is not what the row says";
                }
                else if (!found.All(HasTest().IsMatch))
                {
                    yield return $"{at}: {test.Groups["name"].Value} has no test in it";
                }
            }
        }
    }

    [GeneratedRegex("`(?<name>([A-Z][A-Za-z.]*/)?[A-Z][A-Za-z0-9]*Tests)`(?: \\((?<number>[a-z]+) of the name\\))?", RegexOptions.ExplicitCapture)]
    private static partial Regex TestClass();

    [GeneratedRegex(@"\]\([^)\s]+\)")]
    private static partial Regex Link();

    // An attribute, and below it a method that is named by a sentence.
    [GeneratedRegex(@"(?m)^\s*\[[^\n]*\]\n(?:\s*\[[^\n]*\]\n)*\s*public (?:async )?(?:Task|void) [A-Z][A-Za-z0-9]*_")]
    private static partial Regex HasTest();
}
