using System.ComponentModel;
using System.Diagnostics;

namespace MixMq.Simulation.Tests;

public sealed class PlantedDefectsTests
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Patches =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, "tools", "planted-defects"), "*.patch").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_are_at_least_twenty() => Assert.True(Patches.Count >= 20);

    [NeedsGitTheory]
    [MemberData(nameof(Patches))]
    public void Each_can_still_be_planted_in_the_shipping_cores(string patch)
    {
        var path = Path.Combine(Root, "tools", "planted-defects", patch);
        Assert.All(
            File.ReadLines(path).Where(line => line.StartsWith("+++ ", StringComparison.Ordinal)),
            line => Assert.StartsWith("+++ b/src/", line, StringComparison.Ordinal));
        Assert.False(string.IsNullOrWhiteSpace(File.ReadLines(path).First()), "The first line says what is broken.");
        var (code, error) = Run("apply", "--check", path);
        Assert.True(code == 0, error);
    }

    private static (int Code, string Error) Run(params string[] arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = Root, UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
            var error = git.StandardError.ReadToEnd();
            git.WaitForExit();
            return (git.ExitCode, error);
        }
        catch (Win32Exception)
        {
            return (-1, "");
        }
    }

    private sealed class NeedsGitTheoryAttribute : TheoryAttribute
    {
        public NeedsGitTheoryAttribute() => Skip = Run("rev-parse", "--is-inside-work-tree").Code == 0 ? null : "There is no git, or this is not a working tree.";
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(folder, "tools", "planted-defects")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The repository is not above the tests.");
        }

        return folder;
    }
}
