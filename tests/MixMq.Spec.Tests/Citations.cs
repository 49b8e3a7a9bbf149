using System.Text.RegularExpressions;

namespace MixMq.Spec.Tests;

/// <summary>
/// Which rules a test file says that it shows: <c>[Trait("Spec", "…")]</c> lines directly below the test's Fact or Theory. So
/// <c>dotnet test --filter Spec=…</c> runs a rule's tests.
/// </summary>
internal static partial class Citations
{
    public static IEnumerable<(string Number, bool OnTest)> Find(string source)
    {
        var onTest = false;
        foreach (var raw in source.Split('\n'))
        {
            var line = raw.Trim();
            if (Trait().Match(line) is { Success: true } match)
            {
                yield return (match.Groups[1].Value, onTest);
            }
            else
            {
                onTest = Test().IsMatch(line);
            }
        }
    }

    [GeneratedRegex(@"^\[Trait\(""Spec"", ""([^""]*)""\)\]$")]
    private static partial Regex Trait();

    // A skipped test shows nothing.
    [GeneratedRegex(@"^\[\w*(Fact|Theory|Property)(?!.*Skip)[^\]]*\]$")]
    private static partial Regex Test();
}
