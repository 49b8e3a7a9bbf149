using MixMq.Cli.Output;
using MixMq.Cli.Processes;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Local;

/// <summary>A network on this machine from its first file to its last: set up, start, converge, be used, clean up. However it ends, it cleans up.</summary>
internal sealed class LocalRun(LocalPlan plan, CliEnvironment environment, CommandOutput output, ShutdownSignals signals)
{
    private const int StartAttempts = 3;
    private const int LogTailLines = 12;
    private const int DeadLogTailLines = 40;
    private readonly long _started = TimeProvider.System.GetTimestamp();

    // With --json standard output is JSON's alone.
    public IRunProgress Progress { get; } = output.Interactive
        ? new TerminalProgress(output.Console(output.Standard))
        : new PlainProgress(output.Json ? output.Error : output.Standard);

    /// <summary>Seconds since the run began.</summary>
    public double Elapsed => TimeProvider.System.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Runs the network for as long as it is used.</summary>
    /// <param name="outlivesUs">The processes go on when this one ends.</param>
    /// <param name="use">Uses it; called again with a new one only when the first could not start for want of a port.</param>
    public async Task<int> RunAsync(bool outlivesUs, Func<LocalNetwork, LocalFolder, Task<int>> use)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var folder = new LocalFolder(plan.Name);
            var network = await StartAsync(folder, outlivesUs);
            await using (network)
            {
                try
                {
                    Progress.Note($"Started {plan.Members.Count} processes; waiting until all know the whole network.");
                    await ConvergeAsync(network);
                    Progress.Note(string.Create(
                        System.Globalization.CultureInfo.InvariantCulture,
                        $"The topology has converged after {Elapsed:0.0} s: {plan.Members.Count} nodes, {plan.Links.Count} links."));
                    return await use(network, folder);
                }
                catch (Exception failure) when (failure is not OperationCanceledException && signals.Received is null)
                {
                    // Someone else took a port between our letting it go and the process's taking it.
                    if (attempt < StartAttempts && FindLostPort(network) is { } port)
                    {
                        Progress.Note($"Port {port} was taken meanwhile; starting over with others.");
                        continue;
                    }

                    if (failure is CommandException or RpcException)
                        ShowLogs(network);
                    throw;
                }
                catch (Exception) when (signals.Received is not null)
                {
                    // Ctrl-C on a terminal ends the processes too: what that broke is no failure of its own.
                    throw new OperationCanceledException(signals.Token);
                }
            }
        }
    }

    public void ShowLogs(LocalNetwork network)
    {
        foreach (var process in network.Processes)
        {
            output.Note($"--- {process.Name}{(process.HasExited ? $" (ended with code {process.ExitCode})" : "")}");
            foreach (var line in process.LogTail(process.HasExited && !process.IsExpectedToEnd ? DeadLogTailLines : LogTailLines))
                output.Note(TerminalText.Escape(line));
        }
    }

    private async Task<LocalNetwork> StartAsync(LocalFolder folder, bool outlivesUs)
    {
        using var ports = new PortReservation(plan.Ports);
        var members = LocalInstallation.Create(plan, folder.Root, ports.Ports);
        Progress.Note($"Made keys, certificates and configurations in {folder.Root}.");
        ports.Dispose();
        return await LocalNetwork.StartAsync(plan, members, environment, signals, outlivesUs);
    }

    private async Task ConvergeAsync(LocalNetwork network)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        var watch = network.WatchAsync(stop.Token);
        var converged = Convergence.WaitAsync(network, Progress.Note, stop.Token);
        try
        {
            await await Task.WhenAny(watch, converged);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(watch, converged).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static int? FindLostPort(LocalNetwork network) => network.FindDead() is { } dead && network.Members[dead.Name].Port is var port and > 0 && PortReservation.IsTaken(port)
        ? port
        : null;
}
