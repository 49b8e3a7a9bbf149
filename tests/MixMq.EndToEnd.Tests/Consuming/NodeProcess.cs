using System.Diagnostics;
using MixMq.Contracts.Client;
using MixMq.Contracts.Wire;

namespace MixMq.EndToEnd.Tests.Consuming;

/// <summary>A node of the demo's network that a test starts again, and waits for.</summary>
internal static class NodeProcess
{
    /// <summary>How long anything may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(200);

    public static Process Start(string folder)
    {
        var executable = MixMqProcess.Executable.Replace("MixMq.Cli", "MixMq.Node", StringComparison.Ordinal)[..^"mixmq".Length] + "MixMq.Node";
        var start = new ProcessStartInfo(executable, ["--config", Path.Combine(folder, "node.json")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    public static async Task<bool> IsUpAsync(this NodeControlClient node)
    {
        try
        {
            await node.GetStatusAsync();
            return true;
        }
        catch (RpcException failure) when (failure.StatusCode == GrpcStatusCode.Unavailable)
        {
            return false;
        }
    }

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "not in time");
            await tick.WaitForNextTickAsync();
        }
    }
}
