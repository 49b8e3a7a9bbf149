using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace MixMq.EndToEnd.Tests;

/// <summary>The built <c>mixmq</c>, run as a process with a temporary folder of its own, so that what it leaves behind is seen.</summary>
internal sealed partial class MixMqProcess : IDisposable
{
    /// <summary>For what must come; it is never reached when all is well.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly Process _process;

    private MixMqProcess(Process process, string temporary)
    {
        _process = process;
        Temporary = temporary;
    }

    public string Temporary { get; }

    public int Id => _process.Id;

    public StreamReader Output => _process.StandardOutput;

    public StreamReader Error => _process.StandardError;

    /// <summary>Starts it with these arguments; TMPDIR is a new folder, short enough for sockets in it.</summary>
    public static MixMqProcess Start(params string[] arguments)
    {
        var temporary = Directory.CreateTempSubdirectory("e2e-").FullName;
        var start = new ProcessStartInfo(Executable, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = temporary;
        return new MixMqProcess(Process.Start(start)!, temporary);
    }

    /// <summary>Runs it to its end: exit code, standard output, standard error.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var run = Start(arguments);
        return await run.EndAsync();
    }

    public async Task<(int ExitCode, string Output, string Error)> EndAsync()
    {
        var output = Output.ReadToEndAsync();
        var error = Error.ReadToEndAsync();
        await _process.WaitForExitAsync();
        return (_process.ExitCode, await output, await error);
    }

    /// <summary>Waits for its end while somebody else reads what it writes.</summary>
    public Task ExitedAsync(TimeSpan bound) => _process.WaitForExitAsync().WaitAsync(bound);

    /// <summary>The last line of standard output, which with <c>--json</c> is one object.</summary>
    public static JsonElement LastObject(string output) =>
        JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;

    public void Signal(int signal) => Signal(Id, signal);

    /// <summary>Sends a signal to a process that the test has started.</summary>
    public static void Signal(int processId, int signal) => _ = Kill(processId, signal);

    /// <summary>Ids of the processes whose command line names this run's temporary folder.</summary>
    public IReadOnlyList<int> Descendants() =>
    [
        .. Directory.GetDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => int.TryParse(name, out _))
            .Where(name => CommandLineOf(name!).Contains(Temporary + "/", StringComparison.Ordinal))
            .Select(name => int.Parse(name!, System.Globalization.CultureInfo.InvariantCulture)),
    ];

    /// <summary>Waits until all descendants are gone; theirs is the event, and the test's own bound is the limit.</summary>
    public async Task WaitForDescendantsAsync()
    {
        foreach (var id in Descendants())
        {
            try
            {
                using var process = Process.GetProcessById(id);
                await process.WaitForExitAsync().WaitAsync(Patience);
            }
            catch (ArgumentException)
            {
                // Gone already.
            }
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit(Patience);

        // A process that is being killed may still make a file in the folder.
        foreach (var id in Descendants())
        {
            try
            {
                using var process = Process.GetProcessById(id);
                _ = Kill(id, 9);
                process.WaitForExit(Patience);
            }
            catch (ArgumentException)
            {
                // Gone already.
            }
        }

        _process.Dispose();
        Directory.Delete(Temporary, recursive: true);
    }

    public static string Executable
    {
        get
        {
            // …/tests/MixMq.EndToEnd.Tests/bin/<configuration>/<framework>/
            var framework = new DirectoryInfo(AppContext.BaseDirectory);
            var root = framework;
            while (root is not null && !File.Exists(Path.Combine(root.FullName, "MixMq.sln")))
                root = root.Parent;
            Assert.NotNull(root);
            return Path.Combine(root.FullName, "src", "MixMq.Cli", "bin", framework.Parent!.Name, framework.Name, "mixmq");
        }
    }

    private static string CommandLineOf(string id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
