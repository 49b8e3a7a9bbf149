using System.Text.RegularExpressions;

namespace MixMq.Architecture.Tests;

/// <summary>Habits that a reviewer would otherwise have to watch for.</summary>
public sealed class TidyTests
{
    private const int LineLimit = 600;

    private static IEnumerable<string> Sources => Repository.Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    [Fact]
    public void No_source_file_is_longer_than_600_lines() => Assert.Empty(
        from file in Sources
        let lines = Repository.Read(file).Count(character => character == '\n')
        where lines > LineLimit
        select $"{file}: {lines} lines");

    [Fact]
    public void Nothing_is_left_to_be_done_later() => AssertNoMatch(Sources, "\\b(TO" + "DO|FIX" + "ME|HA" + "CK|XX" + "X|Not" + "ImplementedException)\\b");

    [Fact]
    public void No_test_sleeps() => AssertNoMatch(
        Sources.Where(file => file.StartsWith("tests/", StringComparison.Ordinal)), @"\b(Thread\.Sle" + @"ep|Task\.Del" + @"ay\((?!Timeout\.Infinite))");

    [Fact]
    public void No_shell_blocks_a_thread_by_sleeping() => AssertNoMatch(
        Sources.Where(file => file.StartsWith("src/", StringComparison.Ordinal)), @"\bThread\.Sle" + @"ep\b");

    [Fact]
    public void Undocumented_public_api_is_not_let_through() => AssertNoMatch(
        Repository.FilesUnder("src/", ".cs").Concat(Repository.FilesUnder("src/", ".csproj")), "CS15" + "91|GenerateDocumentation" + "File>false");

    [Fact]
    public void Every_library_is_built_with_its_documentation() => Assert.Empty(
        Layout.Projects.Where(project => !File.Exists(Path.ChangeExtension(project.OutputPath, ".xml"))).Select(project => project.Name));

    [Fact]
    public void No_file_names_a_folder_of_somebodys_machine() => AssertNoMatch(
        Repository.TextFiles, @"(?<![\w.~*$}/-])/(wo" + "rk|ro" + "ot|ho" + @"me|Us" + @"ers)/[\w.]");

    [Fact]
    public void No_file_names_a_package_registry() => AssertNoMatch(
        Repository.TextFiles, @"https?://[^/\s""]*(registry|nu" + @"get|npm" + @"js|artifact|mirror|proxy)[^/\s""]*");

    // Source may hold a key that a standard prints; a key in a file of its own would be somebody's.
    [Fact]
    public void No_key_or_certificate_is_kept_in_the_repository() => AssertNoMatch(
        Repository.TextFiles.Except(Sources).Where(file => !file.StartsWith("fuzz/", StringComparison.Ordinal)), "-----BEGIN [A-Z ]*PRIVATE" + " KEY-----");

    [Fact]
    public void Links_in_documents_lead_somewhere() => Assert.Empty(
        from file in Repository.Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal))
        from Match link in Regex.Matches(Repository.Read(file), @"\]\((?!https?:|mailto:|#)([^)#\s]+)")
        let target = Path.Combine(Path.GetDirectoryName(Repository.FullPath(file))!, link.Groups[1].Value)
        where !Path.Exists(target)
        select $"{file} links to {link.Groups[1].Value}");

    private static void AssertNoMatch(IEnumerable<string> files, string pattern)
    {
        var expression = new Regex(pattern);
        Assert.Empty(
            from file in files
            from line in Repository.Read(file).Split('\n').Index()
            where expression.IsMatch(line.Item)
            select $"{file}:{line.Index + 1}: {line.Item.Trim()}");
    }
}
