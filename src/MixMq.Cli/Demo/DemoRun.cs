using System.Security.Cryptography;
using MixMq.Cli.Commands;
using MixMq.Cli.Output;
using MixMq.Cli.Processes;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Demo;

/// <summary>The demo from its first line to its last: set up, start, converge, traffic, report, clean up. However it ends, it cleans up.</summary>
internal sealed class DemoRun(DemoOptions options, CliEnvironment environment, CommandOutput output, ShutdownSignals signals)
{
    private const int StartAttempts = 3;
    private const int LogTailLines = 12;
    private const int DeadLogTailLines = 40;
    private readonly long _started = TimeProvider.System.GetTimestamp();

    // With --json standard output is JSON's alone.
    private readonly IDemoProgress _progress = output.Interactive
        ? new TerminalProgress(output.Console(output.Standard))
        : new PlainProgress(output.Json ? output.Error : output.Standard);

    public async Task<int> RunAsync()
    {
        _progress.Note("MixMq demo: three institutions, four floats and two relays, each a process of its own on 127.0.0.1.");
        var file = ReadFile();
        for (var attempt = 1; ; attempt++)
        {
            using var folder = new DemoFolder();
            var network = await StartAsync(folder);
            await using (network)
            {
                try
                {
                    return await UseAsync(network, folder, file);
                }
                catch (Exception failure) when (failure is not OperationCanceledException && signals.Received is null)
                {
                    // Someone else took a port between our letting it go and the process's taking it.
                    if (attempt < StartAttempts && FindLostPort(network) is { } port)
                    {
                        _progress.Note($"Port {port} was taken meanwhile; starting over with others.");
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

    private async Task<DemoNetwork> StartAsync(DemoFolder folder)
    {
        using var ports = new PortReservation(DemoPlan.Members.Count(member => !member.IsEndpoint));
        var members = DemoInstallation.Create(folder.Root, ports.Ports);
        _progress.Note($"Made keys, certificates and configurations in {folder.Root}.");
        ports.Dispose();
        return await DemoNetwork.StartAsync(members, environment, signals, outlivesUs: options.Keep);
    }

    private async Task<int> UseAsync(DemoNetwork network, DemoFolder folder, byte[] file)
    {
        _progress.Note($"Started {DemoPlan.Members.Count} processes; waiting until all know the whole network.");
        await ConvergeAsync(network);
        _progress.Note(string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"The topology has converged after {Elapsed:0.0} s: {DemoPlan.Members.Count} nodes, {DemoPlan.Links.Count} links."));

        var fileHash = SHA256.HashData(file);
        var seed = RandomNumberGenerator.GetBytes(32);
        var addresses = DemoPlan.Endpoints.ToDictionary(node => node.Name, node => network.Members[node.Name].Address);
        var ledger = new DeliveryLedger(seed, options.Messages, options.Size, fileHash, addresses);
        var counters = new NodeCounters();
        var traffic = new DemoTraffic(options, network, ledger, counters, seed, file, _progress.Note);
        var trafficStarted = TimeProvider.System.GetTimestamp();
        var error = await SendAllAsync(traffic, ledger);
        var trafficSeconds = TimeProvider.System.GetElapsedTime(trafficStarted).TotalSeconds;
        if (error is null || network.FindDead() is null)
            await traffic.CountAsync(signals.Token);

        var report = new DemoReport
        {
            Options = options,
            Deliveries = ledger.Summarize(),
            Retransmissions = counters.Retransmissions,
            FragmentsSent = counters.FragmentsSent,
            DuplicatesRemoved = counters.DuplicatesRemoved,
            Paths = counters.Paths,
            LinksMin = counters.LinksMin,
            LinksMax = counters.LinksMax,
            Seconds = Elapsed,
            TrafficSeconds = trafficSeconds,
            FileHashSent = fileHash,
            FileHashReceived = ledger.ReceivedFileHash,
            PeakResidentBytes = network.Processes.ToDictionary(process => process.Name, process => process.PeakResidentBytes()),
            Error = error,
            Folder = options.Keep ? folder.Root : null,
        };
        if (!report.Succeeded)
            ShowLogs(network);
        if (options.Keep)
            KeepRunning(network, folder);
        Show(report);
        return report.Succeeded ? ExitCode.Success : ExitCode.NotDelivered;
    }

    private async Task ConvergeAsync(DemoNetwork network)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        var watch = network.WatchAsync(stop.Token);
        var converged = Convergence.WaitAsync(network, _progress.Note, stop.Token);
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

    /// <summary>Null: everything is delivered and acknowledged; otherwise what is missing.</summary>
    private async Task<string?> SendAllAsync(DemoTraffic traffic, DeliveryLedger ledger)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        bound.CancelAfter(options.TrafficTimeout);
        try
        {
            await _progress.RunAsync("Delivered", options.Messages, progress => traffic.RunAsync(progress, bound.Token));
            return null;
        }
        catch (OperationCanceledException) when (!signals.Token.IsCancellationRequested)
        {
            return $"Not done after {options.TrafficTimeout.TotalSeconds:0} s: {string.Join("; ", ledger.Missing(10))}.";
        }
    }

    private void Show(DemoReport report)
    {
        if (output.Json)
        {
            output.Object(report.ToJson());
            return;
        }

        output.Table(report.ToTable());
        output.Line(report.Succeeded
            ? $"All {options.Messages} messages and the file were delivered exactly once, in order, and acknowledged."
            : $"FAILED: {report.Error ?? "not everything was delivered exactly once and acknowledged"}");
    }

    private void KeepRunning(DemoNetwork network, DemoFolder folder)
    {
        folder.Keep = network.Keep = true;
        var stop = StopScript.Write(folder.Root, network.Processes.Where(process => !process.HasExited).Select(process => process.Id));
        var a = network.Members["node-a"].ConfigurationPath;
        var b = network.Members["node-b"].ConfigurationPath;
        _progress.Note($"""
            The network goes on running. Talk to it:
              mixmq status --config {a}
              mixmq topology --config {a}
              mixmq send --config {a} --to node-b --wait "Hello"
              mixmq receive --config {b} --follow
            Stop it and remove its folder:
              {stop}
            """);
    }

    private void ShowLogs(DemoNetwork network)
    {
        foreach (var process in network.Processes)
        {
            output.Note($"--- {process.Name}{(process.HasExited ? $" (ended with code {process.ExitCode})" : "")}");
            foreach (var line in process.LogTail(process.HasExited && !process.IsExpectedToEnd ? DeadLogTailLines : LogTailLines))
                output.Note(TerminalText.Escape(line));
        }
    }

    private static int? FindLostPort(DemoNetwork network) => network.FindDead() is { } dead && network.Members[dead.Name].Port is var port and > 0 && PortReservation.IsTaken(port)
        ? port
        : null;

    private byte[] ReadFile()
    {
        if (options.File is null)
            return RandomNumberGenerator.GetBytes(DemoOptions.DefaultFileBytes);
        try
        {
            return new FileInfo(options.File) is { Exists: true, Length: > SendCommand.MaxContentBytes }
                ? throw CommandException.Usage($"{options.File} is larger than 4 MiB, the most that one message carries; give a smaller one.")
                : File.ReadAllBytes(options.File);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"The file can't be read: {failure.Message}");
        }
    }

    /// <summary>Seconds since the demo began.</summary>
    private double Elapsed => TimeProvider.System.GetElapsedTime(_started).TotalSeconds;
}
