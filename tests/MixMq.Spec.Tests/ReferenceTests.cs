using System.Text.RegularExpressions;

namespace MixMq.Spec.Tests;

/// <summary>Nothing in spec/, and in what operators and auditors read, leads nowhere.</summary>
public sealed partial class ReferenceTests
{
    private const string Operators = "packaging/README.md";

    private static readonly IReadOnlyList<SpecDocument> Documents = SpecDocument.LoadAll();

    [Fact]
    public void Links_lead_to_files_and_headings_that_exist() => Faults.None(
        Documents.SelectMany(document => DocumentReferences.BrokenLinks(
            document, Open, path => Path.Exists(Path.Combine(SourceTree.Root, path)))));

    [Fact]
    public void Sections_that_are_mentioned_exist() => Faults.None(
        Documents.SelectMany(document => DocumentReferences.MissingSections(document, ByNumber)));

    [Fact]
    public void The_index_links_every_file()
    {
        var index = SourceTree.Read("spec/README.md");
        Faults.None(
            Documents.Select(document => Path.GetFileName(document.Path))
                .Where(name => name != "README.md" && !index.Contains($"]({name})", StringComparison.Ordinal)));
    }

    [Fact]
    public void Links_in_the_operators_text_lead_somewhere() => Faults.None(DocumentReferences.BrokenLinks(
        SpecDocument.Parse(Operators, SourceTree.Read(Operators)), Open, path => Path.Exists(Path.Combine(SourceTree.Root, path))));

    [Fact]
    public void Tests_that_documents_name_exist()
    {
        var tests = SourceTree.Files("tests", ".cs").Select(Path.GetFileNameWithoutExtension).ToHashSet();
        Faults.None(
            from document in new[] { Operators, "SECURITY.md", "ARCHITECTURE.md" }
            from Match match in TestClass().Matches(SourceTree.Read(document))
            where !tests.Contains(match.Groups[1].Value)
            select $"{document}: there is no {match.Groups[1].Value}");
    }

    [Fact]
    public void A_broken_link_a_missing_anchor_and_a_missing_section_are_found()
    {
        const string Sample = """
            # 03 Sphinx: the format

            ## 2. Lanes A and B

            See [this](#2-lanes-a-and-b), [that](04-x.md#1-terms), [none](#nowhere), [lost](05-y.md), `[code](#code)`.
            As section 2 says, and section 3 doesn't; 04 §1, and 04 §7. RFC 7748 section 6.1 isn't ours.
            """;
        var sample = SpecDocument.Parse("spec/03-x.md", Sample);
        var other = SpecDocument.Parse("spec/04-x.md", "## 1. Terms");
        Assert.Equal(
            ["spec/03-x.md:4: spec/03-x.md has no #nowhere", "spec/03-x.md:4: there is no spec/05-y.md"],
            DocumentReferences.BrokenLinks(sample, path => path == sample.Path ? sample : other, path => path == sample.Path || path == other.Path));
        Assert.Equal(
            ["spec/03-x.md:4: section 3", "spec/03-x.md:4: 04 §7"],
            DocumentReferences.MissingSections(sample, number => number == "04" ? other : null));
    }

    [GeneratedRegex("`([A-Z][A-Za-z0-9]*Tests)`")]
    private static partial Regex TestClass();

    private static SpecDocument? Open(string path) =>
        Documents.FirstOrDefault(document => document.Path == path) ?? SpecDocument.Parse(path, SourceTree.Read(path));

    private static SpecDocument? ByNumber(string number) =>
        Documents.FirstOrDefault(document => Path.GetFileName(document.Path).StartsWith(number + "-", StringComparison.Ordinal));
}
