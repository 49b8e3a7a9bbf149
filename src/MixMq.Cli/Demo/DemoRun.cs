using System.Security.Cryptography;
using MixMq.Cli.Commands;
using MixMq.Cli.Local;
using MixMq.Cli.Output;
using MixMq.Cli.Processes;

namespace MixMq.Cli.Demo;

/// <summary>The demo: a network on this machine, traffic on it, and the report.</summary>
internal sealed class DemoRun(DemoOptions options, CliEnvironment environment, CommandOutput output, ShutdownSignals signals)
{
    private readonly LocalRun _run = new(DemoPlan.Network, environment, output, signals);

    public Task<int> RunAsync()
    {
        _run.Progress.Note("MixMq demo: three institutions, four floats and two relays, each a process of its own on 127.0.0.1.");
        var file = ReadFile();
        return _run.RunAsync(options.Keep, (network, folder) => UseAsync(network, folder, file));
    }

    private async Task<int> UseAsync(LocalNetwork network, LocalFolder folder, byte[] file)
    {
        var fileHash = SHA256.HashData(file);
        var seed = RandomNumberGenerator.GetBytes(32);
        var addresses = DemoPlan.Endpoints.ToDictionary(node => node.Name, node => network.Members[node.Name].Address);
        var ledger = new DeliveryLedger(seed, options.Messages, options.Size, fileHash, addresses);
        var counters = new NodeCounters();
        var traffic = new DemoTraffic(options, network, ledger, counters, seed, file, _run.Progress.Note);
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
            Loops = counters.Loops,
            Seconds = _run.Elapsed,
            TrafficSeconds = trafficSeconds,
            FileHashSent = fileHash,
            FileHashReceived = ledger.ReceivedFileHash,
            PeakResidentBytes = network.Processes.ToDictionary(process => process.Name, process => process.PeakResidentBytes()),
            Error = error,
            Folder = options.Keep ? folder.Root : null,
        };
        if (!report.Succeeded)
            _run.ShowLogs(network);
        if (options.Keep)
            KeepRunning(network, folder);
        Show(report);
        return report.Succeeded ? ExitCode.Success : ExitCode.NotDelivered;
    }

    /// <summary>Null: everything is delivered and acknowledged; otherwise what is missing.</summary>
    private async Task<string?> SendAllAsync(DemoTraffic traffic, DeliveryLedger ledger)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        bound.CancelAfter(options.TrafficTimeout);
        try
        {
            await _run.Progress.RunAsync("Delivered", options.Messages, progress => traffic.RunAsync(progress, bound.Token));
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

    private void KeepRunning(LocalNetwork network, LocalFolder folder)
    {
        folder.Keep = network.Keep = true;
        var stop = StopScript.Write(folder.Root, network.Processes.Where(process => !process.HasExited).Select(process => process.Id));
        var a = network.Members["node-a"].ConfigurationPath;
        var b = network.Members["node-b"].ConfigurationPath;
        var mixmq = Environment.ProcessPath ?? "mixmq";
        _run.Progress.Note($"""
            The network goes on running. Talk to it:
              {mixmq} status --config {a}
              {mixmq} topology --config {a}
              {mixmq} send --config {a} --to node-b --wait "Hello"
              {mixmq} receive --config {b} --follow
            Stop it and remove its folder:
              {stop}
            """);
    }

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
}
