using System.Diagnostics;

namespace MixMq.Architecture.Tests;

/// <summary>The source tree that this test assembly was built from. Paths are relative to its root, with forward slashes.</summary>
internal static class Repository
{
    private static readonly string[] NotSource = ["bin", "obj", "TestResults", "node_modules", ".git", ".vs", ".idea", ".vscode"];

    public static string Root { get; } = FindRoot();

    /// <summary>The configuration this assembly was built in: the one whose outputs are looked at.</summary>
    public static string Configuration { get; } =
        new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Name;

    /// <summary>What git would commit; in a tree without git (a source archive), every file that isn't build output.</summary>
    public static IReadOnlyList<string> Files { get; } = ListFiles("--cached", "--others", "--exclude-standard") ?? WalkFiles();

    /// <summary>What git holds already; null where there is no git.</summary>
    public static IReadOnlyList<string>? TrackedFiles { get; } = ListFiles("--cached");

    public static string FullPath(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(FullPath(relative));

    public static IEnumerable<string> FilesUnder(string prefix, string extension) => Files.Where(file =>
        file.StartsWith(prefix, StringComparison.Ordinal) && file.EndsWith(extension, StringComparison.Ordinal));

    /// <summary>Files that hold text; decided by the first bytes, as git does.</summary>
    public static IEnumerable<string> TextFiles => Files.Where(file =>
    {
        using var stream = File.OpenRead(FullPath(file));
        Span<byte> head = stackalloc byte[8000];
        return !head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)].Contains((byte)0);
    });

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "MixMq.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("MixMq.sln is in no folder above the test assembly.");
    }

    private static List<string>? ListFiles(params string[] options)
    {
        if (!Path.Exists(FullPath(".git")))
        {
            return null;
        }

        var start = new ProcessStartInfo("git") { WorkingDirectory = Root, UseShellExecute = false, RedirectStandardOutput = true };
        foreach (var argument in (string[])["ls-files", "-z", .. options])
        {
            start.ArgumentList.Add(argument);
        }

        using var git = Process.Start(start)!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0
            ? [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(FullPath(file))).Distinct()]
            : null;
    }

    private static List<string> WalkFiles() =>
    [
        .. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(file => !file.Split('/').Any(NotSource.Contains)),
    ];
}
