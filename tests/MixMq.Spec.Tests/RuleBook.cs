using System.Text.RegularExpressions;

namespace MixMq.Spec.Tests;

/// <summary>The numbered rules of spec/ and what is wrong with how they are numbered.</summary>
internal sealed partial class RuleBook
{
    /// <summary>The letters of each file's rules.</summary>
    public static readonly IReadOnlyDictionary<string, string> Letters = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["SPX"] = "spec/03-sphinx.md",
        ["LNK"] = "spec/04-links.md",
        ["MIX"] = "spec/05-mixing.md",
        ["TOP"] = "spec/06-topology.md",
        ["MSG"] = "spec/07-messaging.md",
        ["ADM"] = "spec/08-admission.md",
        ["LOP"] = "spec/09-loops.md",
    };

    private readonly Dictionary<string, string> _rules = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];

    public RuleBook(IEnumerable<SpecDocument> documents)
    {
        foreach (var document in documents)
        {
            foreach (var block in document.Blocks)
            {
                Read(document.Path, block);
            }
        }
    }

    /// <summary>Where each rule stands.</summary>
    public IReadOnlyDictionary<string, string> Rules => _rules;

    /// <summary>Sentences; empty where all is well.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Mentions of rules, as SPX-17, anywhere in a text.</summary>
    public static IEnumerable<string> Mentions(string text) => Mention().Matches(text).Select(match => match.Value);

    private void Read(string path, SpecDocument.Block block)
    {
        var text = SpecDocument.WithoutCode(block.Text);
        string[] numbers = [.. Definition().Matches(text).Select(match => match.Groups[1].Value)];
        foreach (var number in numbers)
        {
            if (Letters.GetValueOrDefault(number[..3]) != path)
            {
                _faults.Add($"{path}:{block.Line}: {number} has the letters of another file");
            }

            if (!_rules.TryAdd(number, $"{path}:{block.Line}"))
            {
                _faults.Add($"{path}:{block.Line}: {number} stands at {_rules[number]} already");
            }
        }

        if (numbers.Length == 0 && Must().IsMatch(text))
        {
            _faults.Add($"{path}:{block.Line}: a MUST without a number");
        }
    }

    [GeneratedRegex(@"\*\*((?:SPX|LNK|MIX|TOP|MSG|ADM|LOP)-\d+)\*\*")]
    private static partial Regex Definition();

    [GeneratedRegex(@"\b(?:SPX|LNK|MIX|TOP|MSG|ADM|LOP)-\d+\b")]
    private static partial Regex Mention();

    [GeneratedRegex(@"\bMUST\b")]
    private static partial Regex Must();
}
