namespace MixMq.Spec.Tests;

/// <summary>Every rule has one number, and a test that shows it or a reason why none can.</summary>
public sealed class RuleTests
{
    private static readonly RuleBook Book = new(SpecDocument.LoadAll());

    [Fact]
    public void Every_MUST_has_a_number_of_its_own() => Faults.None(Book.Faults);

    [Fact]
    public void Every_rule_is_cited_by_a_test_or_excused() => Faults.None(
        Uncited(Book.Rules.Keys, Cited().Where(citation => citation.OnTest).Select(citation => citation.Number), Excused.Rules.Keys));

    [Fact]
    public void No_test_cites_what_is_no_rule() => Faults.None(
        Cited().Where(citation => !Book.Rules.ContainsKey(citation.Number) || !citation.OnTest)
            .Select(citation => $"{citation.File}: {citation.Number}"));

    [Fact]
    public void No_text_mentions_a_rule_that_is_not_there() => Faults.None(
        from file in Mentioning()
        from number in RuleBook.Mentions(SourceTree.Read(file)).Distinct()
        where !Book.Rules.ContainsKey(number)
        select $"{file}: {number}");

    [Fact]
    public void Excuses_are_of_rules_and_say_why() => Assert.All(Excused.Rules, excuse =>
    {
        Assert.Contains(excuse.Key, Book.Rules);
        Assert.True(excuse.Value.Length > 20, excuse.Key);
    });

    [Fact]
    public void A_MUST_without_a_number_a_number_twice_and_foreign_letters_are_found()
    {
        const string Sample = """
            # 03

            - **SPX-1** A node MUST do one thing,
              and MUST do it well.
            - It MUST do another.
            - **SPX-1** And a third. `MUST` in code is none.

            | rule |
            |---|
            | it MUST fit |

            **LNK-9** Elsewhere.
            """;
        var faults = new RuleBook([SpecDocument.Parse("spec/03-sphinx.md", Sample)]).Faults;
        Assert.Equal(
            [
                "spec/03-sphinx.md:5: a MUST without a number",
                "spec/03-sphinx.md:6: SPX-1 stands at spec/03-sphinx.md:3 already",
                "spec/03-sphinx.md:10: a MUST without a number",
                "spec/03-sphinx.md:11: LNK-9 has the letters of another file",
            ],
            faults);
    }

    [Fact]
    public void A_citation_counts_only_on_a_test_that_runs()
    {
        string[] sample =
        [
            "[Fact]", "[Trait(\"Spec\", \"SPX-1\")]", "[Trait(\"Spec\", \"SPX-2\")]", "public void A() { }",
            "[Fact(Skip = \"later\")]", "[Trait(\"Spec\", \"SPX-3\")]", "public void B() { }",
            "[Trait(\"Spec\", \"SPX-4\")]", "public void C() { }", "// SPX-5",
        ];
        Assert.Equal(
            [("SPX-1", true), ("SPX-2", true), ("SPX-3", false), ("SPX-4", false)],
            Citations.Find(string.Join('\n', sample)));
    }

    [Fact]
    public void An_uncited_rule_and_an_excuse_that_is_not_needed_are_found()
    {
        Assert.Equal(["no test cites SPX-2"], Uncited(["SPX-1", "SPX-2"], ["SPX-1"], []));
        Assert.Equal(["SPX-1 is excused and cited"], Uncited(["SPX-1"], ["SPX-1"], ["SPX-1"]));
        Faults.None(Uncited(["SPX-1", "SPX-2"], ["SPX-1"], ["SPX-2"]));
    }

    private static IEnumerable<string> Uncited(IEnumerable<string> rules, IEnumerable<string> cited, IEnumerable<string> excused)
    {
        var known = cited.ToHashSet(StringComparer.Ordinal);
        var free = excused.ToHashSet(StringComparer.Ordinal);
        return [
            .. rules.Where(rule => !known.Contains(rule) && !free.Contains(rule)).Select(rule => $"no test cites {rule}"),
            .. free.Where(known.Contains).Select(rule => $"{rule} is excused and cited"),
        ];
    }

    // This project's own samples cite and mention what isn't there.
    private static IEnumerable<string> Sources(string folder) =>
        SourceTree.Files(folder, ".cs").Where(file => !file.StartsWith("tests/MixMq.Spec.Tests/", StringComparison.Ordinal));

    private static IEnumerable<(string File, string Number, bool OnTest)> Cited() =>
        from file in Sources("tests")
        from citation in Citations.Find(SourceTree.Read(file))
        select (file, citation.Number, citation.OnTest);

    private static IEnumerable<string> Mentioning() =>
        [.. Sources("src"), .. Sources("tests"), .. Sources("tools"), .. SourceTree.Files("spec", ".md"), "SECURITY.md", "ARCHITECTURE.md", "README.md"];
}
