using System.Diagnostics;

namespace MixMq.Transport.Tests.Testing;

/// <summary>The <c>openssl</c> program: another's TLS, and another's files.</summary>
internal static class OpenSsl
{
    internal static bool IsInstalled { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "openssl")));

    /// <summary>Runs a command to its end; fails with what it said when it fails.</summary>
    internal static async Task RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Close();
        await process.StandardOutput.ReadToEndAsync().WaitAsync(TestLog.Patience);
        await process.WaitForExitAsync().WaitAsync(TestLog.Patience);
        Assert.True(process.ExitCode == 0, await error);
    }

    internal static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("openssl", arguments)
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
