using System.Diagnostics;

namespace MixMq.EndToEnd.Tests;

/// <summary>What a node says about the section <c>traffic</c> of its configuration.</summary>
public sealed class LoopSettingsTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mixmq-loops-").FullName;

    private string Node => Path.Combine(_folder, "node");

    public async Task InitializeAsync() => Assert.Equal(0, (await MixMqProcess.RunAsync("node", "init", Node)).ExitCode);

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("--traffic:loopsPerMinute=0", "")]
    [InlineData("--traffic:loopsPerMinute=600 --traffic:surbShare=1", "")]
    [InlineData("--traffic:surbShare=0.25", "")]
    [InlineData("--traffic:loopsPerMinute=601", "traffic:loopsPerMinute: must be a whole number from 0 to 600")]
    [InlineData("--traffic:loopsPerMinute=-1", "traffic:loopsPerMinute: must be a whole number from 0 to 600")]
    [InlineData("--traffic:surbShare=1.01", "traffic:surbShare: has a wrong value: it is the share of loops that go as replies, a number from 0 (none) to 1 (all)")]
    [InlineData("--traffic:surbShare=half", "traffic:surbShare: has a wrong value")]
    [InlineData("--traffic:loops=3", "traffic:loops: unknown key")]
    public async Task A_check_of_the_configuration_says_what_is_wrong_and_what_would_be_right(string settings, string error)
    {
        var executable = MixMqProcess.Executable.Replace("MixMq.Cli", "MixMq.Node", StringComparison.Ordinal)[..^"mixmq".Length] + "MixMq.Node";
        var start = new ProcessStartInfo(executable, ["--config", Path.Combine(Node, "node.json"), "--check-config", .. settings.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Contains(error, await output + await errors, StringComparison.Ordinal);
        Assert.Equal(error.Length == 0, process.ExitCode == 0);
    }
}
