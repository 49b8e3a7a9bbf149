using System.Diagnostics;
using System.Runtime.InteropServices;
using MixMq.Cli.Interop;

namespace MixMq.Cli.Processes;

/// <summary>Runs an executable in one's place: it has our standard streams and gets our signals, and its exit code is ours.</summary>
internal static class ForegroundProcess
{
    /// <exception cref="CommandException">It can't be started.</exception>
    public static async Task<int> RunAsync(string executable, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(executable, arguments) { UseShellExecute = false };
        if (Executable.RuntimeRoot() is { } root)
            start.Environment.TryAdd("DOTNET_ROOT", root);
        using var process = Start(start);
        var signals = new[] { LibC.SigHup, LibC.SigInt, LibC.SigQuit, LibC.SigUsr1, LibC.SigTerm };
        var registrations = signals.Select(signal => PosixSignalRegistration.Create(Portable(signal), context =>
        {
            context.Cancel = true;
            if (!process.HasExited)
                LibC.Signal(process.Id, signal);
        })).ToArray();
        try
        {
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        finally
        {
            foreach (var registration in registrations)
                registration.Dispose();
        }
    }

    /// <summary>Runs it to its end and gives what it wrote (both streams).</summary>
    public static async Task<(int ExitCode, string Text)> CaptureAsync(string executable, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(executable, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Executable.RuntimeRoot() is { } root)
            start.Environment.TryAdd("DOTNET_ROOT", root);
        using var process = Start(start);
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, (await output + await error).Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw CommandException.Failure($"{start.FileName} can't be started: {failure.Message}", failure);
        }
    }

    private static PosixSignal Portable(int signal) => signal switch
    {
        LibC.SigHup => PosixSignal.SIGHUP,
        LibC.SigInt => PosixSignal.SIGINT,
        LibC.SigQuit => PosixSignal.SIGQUIT,
        LibC.SigTerm => PosixSignal.SIGTERM,
        _ => (PosixSignal)signal, // the system's own number, where .NET has no name for it
    };
}
