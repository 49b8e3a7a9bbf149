namespace MixMq.Spec.Tests;

/// <summary>The source tree that this test assembly was built from. Paths are relative to its root, with forward slashes.</summary>
internal static class SourceTree
{
    private static readonly string[] NotSource = ["bin", "obj", "TestResults"];

    public static string Root { get; } = FindRoot();

    public static string Read(string relative) => File.ReadAllText(Path.Combine(Root, relative));

    /// <summary>Files of a folder and those in it, in a fixed order.</summary>
    public static IReadOnlyList<string> Files(string folder, string extension) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Root, folder), "*" + extension, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(file => !file.Split('/').Any(NotSource.Contains))
            .Order(StringComparer.Ordinal),
    ];

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "MixMq.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("MixMq.sln is in no folder above the test assembly.");
    }
}
