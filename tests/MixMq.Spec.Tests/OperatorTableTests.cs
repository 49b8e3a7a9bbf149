namespace MixMq.Spec.Tests;

/// <summary>Each thing that operators of DMZs ask for is shown by a test or a text that is there.</summary>
public sealed class OperatorTableTests
{
    private const string Path = "packaging/README.md";

    /// <summary>What they asked for when the table was made. A row may be added; none goes because it is hard.</summary>
    private const int Requirements = 24;

    private const string Test = "[Fact]\npublic void It_works() => Assert.True(true);";

    [Fact]
    public void Each_row_cites_tests_or_texts_that_exist()
    {
        var files = SourceTree.Files("tests", ".cs");
        Faults.None(OperatorTable.Faults(SpecDocument.Parse(Path, SourceTree.Read(Path)), name =>
        {
            var project = name.Contains('/', StringComparison.Ordinal) ? $"tests/{name.Split('/')[0]}/" : "tests/";
            return [.. files.Where(file => file.StartsWith(project, StringComparison.Ordinal) && file.EndsWith($"/{name.Split('/')[^1]}.cs", StringComparison.Ordinal)).Select(SourceTree.Read)];
        }));
    }

    [Fact]
    public void No_requirement_has_gone_from_the_table() =>
        Assert.True(SpecDocument.Parse(Path, SourceTree.Read(Path)).Rows("asked for").Count() >= Requirements);

    [Theory]
    [InlineData("`OneTests`; [a text](#there)", null)]
    [InlineData("[a text](#there)", null)]
    [InlineData("`TwinTests` (two of the name), `OneTests`", null)]
    [InlineData("`MixMq.One.Tests/TwinTests`", null)]
    [InlineData("`MixMq.Two.Tests/TwinTests`", "there are 0 classes MixMq.Two.Tests/TwinTests")]
    [InlineData("a test", "shown by no test and no text")]
    [InlineData("`NoTests`", "there are 0 classes NoTests")]
    [InlineData("`OneTests`, `NoTests`", "there are 0 classes NoTests")]
    [InlineData("`TwinTests`", "there are 2 classes TwinTests")]
    [InlineData("`OneTests` (two of the name)", "there are 1 classes OneTests")]
    [InlineData("`OneTests` (many of the name)", "there are 1 classes OneTests")]
    [InlineData("`EmptyTests`", "EmptyTests has no test in it")]
    [InlineData("", "some are empty")]
    public void A_row_whose_citation_shows_nothing_is_found(string citation, string? fault)
    {
        var document = SpecDocument.Parse("x.md", $"| asked for | here | shown by |\n|---|---|---|\n| something | it is here | {citation} |\n");
        string[] found = [.. OperatorTable.Faults(document, Sources)];
        if (fault is null)
        {
            Assert.Empty(found);
        }
        else
        {
            Assert.Contains(fault, Assert.Single(found), StringComparison.Ordinal);
        }
    }

    private static IReadOnlyList<string> Sources(string name) => name switch
    {
        "OneTests" or "MixMq.One.Tests/TwinTests" => [Test],
        "TwinTests" => [Test, "    [Theory]\n    [InlineData(1)]\n    public async Task Others_work_too(int n)"],
        "EmptyTests" => ["public sealed class EmptyTests { public void Helper() { } }"],
        _ => [],
    };
}
