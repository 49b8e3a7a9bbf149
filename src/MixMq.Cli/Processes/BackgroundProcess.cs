using System.Diagnostics;
using System.Globalization;
using MixMq.Cli.Interop;

namespace MixMq.Cli.Processes;

/// <summary>
/// A process whose output goes to a log file. Unless it is to outlive us, it is started with <c>--watch-stdin</c> on a pipe that only we
/// hold: however we end, SIGKILL included, the pipe closes and it stops by itself.
/// </summary>
internal sealed class BackgroundProcess : IDisposable
{
    // .NET can't start a process with a file for its output, and a pipe that no one reads any more would hang what outlives us. The
    // shell replaces itself by the executable, so the process id is the executable's own.
    private const string WithPipe = "exec \"$@\" >>\"$0\" 2>&1";
    private const string WithoutInput = "exec \"$@\" >>\"$0\" 2>&1 </dev/null";
    private readonly Process _process;

    private BackgroundProcess(string name, string logPath, Process process)
    {
        Name = name;
        LogPath = logPath;
        _process = process;
        Id = process.Id;
    }

    public string Name { get; }

    public string LogPath { get; }

    public int Id { get; }

    /// <summary>We killed it, so that its end is no surprise.</summary>
    public bool IsExpectedToEnd { get; private set; }

    public bool HasExited => _process.HasExited;

    /// <summary>After its end; 128 plus the signal's number when one killed it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <exception cref="CommandException">It can't be started.</exception>
    public static BackgroundProcess Start(string name, string executable, string configuration, string logPath, bool outlivesUs)
    {
        List<string> arguments = ["-c", outlivesUs ? WithoutInput : WithPipe, logPath, executable, "--config", configuration];
        if (!outlivesUs)
            arguments.Add("--watch-stdin");
        var start = new ProcessStartInfo("/bin/sh", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = !outlivesUs,
            WorkingDirectory = Path.GetDirectoryName(configuration)!,
        };
        if (Executable.RuntimeRoot() is { } root)
            start.Environment.TryAdd("DOTNET_ROOT", root);
        // Settings meant for the user's own node must not reach these.
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("MIXMQ_", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(variable);
        // Many processes start at once on few processors: don't instrument code for a later optimization.
        start.Environment.TryAdd("DOTNET_TieredPGO", "0");
        try
        {
            return new BackgroundProcess(name, logPath, Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw CommandException.Failure($"{name} can't be started: {failure.Message}", failure);
        }
    }

    /// <summary>SIGKILL, as if the machine had failed.</summary>
    public async Task KillAsync()
    {
        IsExpectedToEnd = true;
        if (!_process.HasExited)
            LibC.Signal(Id, LibC.SigKill);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM; SIGKILL when it hasn't ended within the bound.</summary>
    public async Task StopAsync(TimeSpan bound, CancellationToken immediately)
    {
        IsExpectedToEnd = true;
        if (!_process.HasExited)
            LibC.Signal(Id, LibC.SigTerm);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(immediately);
        patience.CancelAfter(bound);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>The most memory that it ever had resident, in bytes; 0: it is gone.</summary>
    public long PeakResidentBytes()
    {
        try
        {
            var line = File.ReadLines($"/proc/{Id}/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line.AsSpan(6).Trim().TrimEnd("kB ".AsSpan()), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>The end of its log.</summary>
    public IReadOnlyList<string> LogTail(int lines)
    {
        try
        {
            return [.. File.ReadLines(LogPath).TakeLast(lines)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Lets go of the handles; the process itself goes on if it hasn't ended.</summary>
    public void Dispose() => _process.Dispose();
}
