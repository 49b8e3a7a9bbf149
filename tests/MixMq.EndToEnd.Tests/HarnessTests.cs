namespace MixMq.EndToEnd.Tests;

/// <summary>The scans of these tests find what they look for: a scan that can't fail shows nothing.</summary>
public sealed class HarnessTests
{
    [Fact]
    public async Task A_process_that_names_the_folder_is_found_and_is_gone_after_its_end()
    {
        using var run = MixMqProcess.Start("--version");
        await run.EndAsync();
        // It waits for a line that never comes.
        using var canary = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", "read line", run.Temporary + "/canary"]) { UseShellExecute = false, RedirectStandardInput = true })!;
        Assert.Contains(canary.Id, run.Descendants());
        canary.Kill();
        await run.WaitForDescendantsAsync();
        Assert.Empty(run.Descendants());
    }
}
