using System.Diagnostics;
using System.Reflection;

namespace MixMq.Sim;

/// <summary>Which commit this program was built from, as far as that can be told.</summary>
internal static class Commit
{
    private static readonly Lazy<string> Found = new(static () => FromGit() ?? FromAssembly() ?? "unknown");

    public static string Name => Found.Value;

    private static string? FromGit()
    {
        try
        {
            var start = new ProcessStartInfo("git", ["describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"])
            {
                WorkingDirectory = AppContext.BaseDirectory,
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var git = Process.Start(start)!;
            var text = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 && text.Length > 0 ? text : null;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException or IOException)
        {
            // There is no git, or this isn't a working tree.
            return null;
        }
    }

    /// <summary>A build with a revision has it after a plus sign.</summary>
    private static string? FromAssembly() =>
        typeof(Commit).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion is { } version && version.Contains('+', StringComparison.Ordinal)
            ? version[(version.IndexOf('+', StringComparison.Ordinal) + 1)..]
            : null;
}
