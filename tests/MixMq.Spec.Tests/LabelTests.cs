using System.Text.RegularExpressions;

namespace MixMq.Spec.Tests;

/// <summary>The registry of domain labels in spec/02 against the sources.</summary>
public sealed partial class LabelTests
{
    private const string Registry = "spec/02-conventions-and-constants.md";

    [Fact]
    public void Registry_and_sources_have_the_same_labels() => Faults.None(Differences(Registered(), InSources()));

    // Else one label's input could be another's with a longer first part.
    [Fact]
    public void No_label_is_the_beginning_of_another()
    {
        var labels = Registered().ToArray();
        Faults.None(
            from label in labels
            from other in labels
            where other != label && other.StartsWith(label, StringComparison.Ordinal)
            select $"{label} and {other}");
    }

    [Fact]
    public void Only_src_has_labels_that_it_signs_and_hashes_with_and_each_once() => Faults.None(
        InSources().GroupBy(label => label, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key));

    [Fact]
    public void A_label_missing_on_either_side_is_found()
    {
        Assert.Equal(["b isn't in the registry"], Differences(["a"], ["a", "b"]));
        Assert.Equal(["b is in no source"], Differences(["a", "b"], ["a"]));
        Assert.Equal(["MixMq-x-v1", "MixMq-y-v1 z\\0"], Find("""H("MixMq-x-v1"u8); x => "MixMq-y-v1 z\0"u8; "MixMq, too";"""));
    }

    private static IEnumerable<string> Differences(IEnumerable<string> registered, IEnumerable<string> used)
    {
        var (left, right) = (registered.ToHashSet(StringComparer.Ordinal), used.ToHashSet(StringComparer.Ordinal));
        return [
            .. right.Except(left).Order(StringComparer.Ordinal).Select(label => $"{label} isn't in the registry"),
            .. left.Except(right).Order(StringComparer.Ordinal).Select(label => $"{label} is in no source"),
        ];
    }

    private static IEnumerable<string> Registered() =>
        SpecDocument.Parse(Registry, SourceTree.Read(Registry)).Rows("label").Select(row => row.Cells[0].Trim('`'));

    private static IEnumerable<string> InSources() => SourceTree.Files("src", ".cs").SelectMany(file => Find(SourceTree.Read(file)));

    private static IEnumerable<string> Find(string source) => Label().Matches(source).Select(match => match.Groups[1].Value);

    [GeneratedRegex("\"(MixMq-[^\"]*)\"u8")]
    private static partial Regex Label();
}
