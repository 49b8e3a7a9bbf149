using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MixMq.Architecture.Tests;

/// <summary>The build does the same thing everywhere: exact versions, lock files, one solution, one test command.</summary>
public sealed class BuildFilesTests
{
    private static IEnumerable<string> ProjectFiles => Repository.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal));

    [Fact]
    public void Every_project_is_in_the_solution_and_built_by_it()
    {
        var solution = Repository.Read("MixMq.sln");
        var listed = Regex.Matches(solution, """= "[^"]+", "([^"]+\.csproj)", "(\{[^"]+\})""")
            .ToDictionary(match => match.Groups[1].Value.Replace('\\', '/'), match => match.Groups[2].Value);

        Assert.Equal(ProjectFiles.Order(StringComparer.Ordinal), listed.Keys.Order(StringComparer.Ordinal));
        Assert.All(listed.Values, id => Assert.Contains($"{id}.Release|Any CPU.Build.0 = Release|Any CPU", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_package_version_is_exact() => Assert.All(
        XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion"),
        item => Assert.Matches(new Regex(@"^\[\d+(\.\d+)+\]$"), item.Attribute("Version")!.Value));

    [Fact]
    public void No_project_has_a_version_of_its_own() => Assert.Empty(
        from file in ProjectFiles
        from item in XDocument.Parse(Repository.Read(file)).Descendants("PackageReference")
        where item.Attribute("Version") is not null || item.Attribute("VersionOverride") is not null
        select $"{file}: {item}");

    [Fact]
    public void Every_project_has_a_committed_lock_file_and_none_is_left_over()
    {
        var locks = (Repository.TrackedFiles ?? Repository.Files).Where(file => Path.GetFileName(file) == "packages.lock.json");

        Assert.Equal(
            ProjectFiles.Select(file => $"{Path.GetDirectoryName(file)}/packages.lock.json").Order(StringComparer.Ordinal),
            locks.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_known_advisory_is_passed_over_only_with_a_reason() => Assert.All(
        Repository.Files.Where(file => file.EndsWith(".props", StringComparison.Ordinal)).Concat(ProjectFiles)
            .SelectMany(file => XDocument.Parse(Repository.Read(file)).Descendants("NuGetAuditSuppress")),
        item => Assert.Contains(item.NodesBeforeSelf(), node => node is XComment));

    [Fact]
    public void The_readme_and_the_ci_script_run_the_same_test_command()
    {
        var readme = Regex.Matches(Repository.Read("README.md"), "^dotnet test.*$", RegexOptions.Multiline).Select(match => match.Value).ToArray();
        var script = Regex.Matches(Repository.Read(".ci/run"), @"^\s*(?<command>dotnet test[^|&;\n]*?)\s*(\||$)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)
            .Select(match => match.Groups["command"].Value).ToArray();

        Assert.Single(readme);
        Assert.Equal(readme, script);
    }

    [Fact]
    public void Projects_whose_tests_begin_first_are_there_and_every_project_of_tests_is_named_as_one()
    {
        var first = Regex.Matches(Repository.Read("Directory.Solution.targets"), @"'(MixMq\.[\w.]+)'").Select(match => $"tests/{match.Groups[1].Value}/{match.Groups[1].Value}.csproj").ToArray();

        Assert.NotEmpty(first);
        Assert.Empty(first.Except(ProjectFiles));
        Assert.All(Repository.FilesUnder("tests/", "Tests.cs"), file => Assert.EndsWith(".Tests", file.Split('/')[1], StringComparison.Ordinal));
    }

    [Fact]
    public void The_ci_script_can_be_executed() => Assert.True(
        File.GetUnixFileMode(Repository.FullPath(".ci/run")).HasFlag(UnixFileMode.UserExecute));

    [Fact]
    public void Documents_that_newcomers_look_for_are_there() => Assert.Empty(
        new[] { "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "spec/README.md" }.Except(Repository.Files));
}
