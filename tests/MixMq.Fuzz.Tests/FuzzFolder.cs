namespace MixMq.Fuzz.Tests;

/// <summary>The corpora and regressions of the source tree.</summary>
internal static class FuzzFolder
{
    private static readonly string Root = Find();

    public static IReadOnlyList<(string Name, byte[] Bytes)> Inputs(string kind, string target)
    {
        var folder = Path.Combine(Root, kind, target);
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)))]
            : [];
    }

    public static IEnumerable<string> Targets(string kind) =>
        Directory.Exists(Path.Combine(Root, kind)) ? Directory.EnumerateDirectories(Path.Combine(Root, kind)).Select(folder => Path.GetFileName(folder)) : [];

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "MixMq.sln")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory?.FullName ?? throw new InvalidOperationException("MixMq.sln is in no folder above the test assembly."), "fuzz");
    }
}
