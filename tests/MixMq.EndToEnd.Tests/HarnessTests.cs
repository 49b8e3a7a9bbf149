namespace MixMq.EndToEnd.Tests;

/// <summary>The scans of these tests find what they look for: a scan that can't fail shows nothing.</summary>
public sealed class HarnessTests
{
    [Fact]
    public async Task A_process_that_names_the_folder_is_found_and_is_gone_after_its_end()
    {
        using var run = MixMqProcess.Start("--version");
        await run.EndAsync();
        // It waits for a line that never comes. What it says first is heard before the scan: a start returns while the kernel is still loading
        // the program, and until that is done the process has no command line.
        using var canary = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", "echo up; read line", run.Temporary + "/canary"])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
        Assert.Equal("up", await canary.StandardOutput.ReadLineAsync());
        Assert.Contains(canary.Id, run.Descendants());
        canary.Kill();
        await run.WaitForDescendantsAsync();
        Assert.Empty(run.Descendants());
    }
}
