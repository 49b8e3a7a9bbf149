using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MixMq.EndToEnd.Tests.Hostile;

/// <summary>A real <c>MixMq.Float</c>, watched as its operator would: by status text, log, and what the system says of the process.</summary>
internal sealed partial class FloatProcess : IDisposable
{
    private const int Reload = 1;
    private const int WriteStatus = 10;
    private const int Terminate = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly ConcurrentQueue<string> _log = new();
    private readonly Process _process;
    private readonly string _statusFile;

    public FloatProcess(string configuration, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Executable, ["--config", configuration, "--watch-stdin"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _statusFile = Path.Combine(Path.GetDirectoryName(configuration)!, "data", "status.txt");
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Everything it has written to its standard streams.</summary>
    public string Log => string.Join('\n', _log);

    public string Status { get; private set; } = "";

    /// <summary>Bytes of memory it has resident.</summary>
    public long ResidentBytes => 1024 * long.Parse(
        ResidentLine().Match(File.ReadAllText($"/proc/{_process.Id}/status")).Groups["kilobytes"].ValueSpan, CultureInfo.InvariantCulture);

    private static string Executable => MixMqProcess.Executable.Replace("MixMq.Cli", "MixMq.Float", StringComparison.Ordinal)[..^"mixmq".Length] + "MixMq.Float";

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    /// <summary>A counter of a section of <see cref="Status"/>; 0 where it isn't shown.</summary>
    public long Counter(string section, string name)
    {
        var at = Status.IndexOf($"\n{section}\n", StringComparison.Ordinal);
        if (at < 0)
            return 0;
        var lines = Status[(at + section.Length + 2)..].Split('\n').TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal));
        var line = lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(words => words[0] == name);
        return line is null ? 0 : long.Parse(line[1], CultureInfo.InvariantCulture);
    }

    /// <summary>The number that a pattern's group finds in <see cref="Status"/>; -1 where it doesn't match.</summary>
    public long Number(string pattern)
    {
        var match = Regex.Match(Status, pattern, RegexOptions.Multiline, TimeSpan.FromSeconds(1));
        return match.Success ? long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : -1;
    }

    /// <summary>Whether the link is up and never went down.</summary>
    public bool IsSteady(string peer) => Number($@"^  {peer} +up +for (\d+) s.*, flaps 0$") >= 0;

    /// <summary>Asks for status texts until one is as wanted; fails, with the last and the log, when none is in time.</summary>
    public async Task UntilAsync(string what, Func<FloatProcess, bool> wanted)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        var started = Stopwatch.GetTimestamp();
        do
        {
            Assert.False(_process.HasExited, $"the float has ended\n{Log}");
            if (File.Exists(_statusFile))
            {
                Status = await File.ReadAllTextAsync(_statusFile);
                if (wanted(this))
                    return;
                // The handler is there once the overlay has started; before that SIGUSR1 would end the process.
                if (Log.Contains("Link to ", StringComparison.Ordinal))
                    MixMqProcess.Signal(_process.Id, WriteStatus);
            }

            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"not in time: {what}\n{Status}\n{Log}");
        }
        while (await tick.WaitForNextTickAsync());
    }

    /// <summary>SIGHUP, by which the operator has it read its files again.</summary>
    public void AskToReload() => MixMqProcess.Signal(_process.Id, Reload);

    /// <summary>SIGTERM; its exit code, or a failure when it takes longer than the bound.</summary>
    public async Task<int> StopAsync(TimeSpan bound)
    {
        MixMqProcess.Signal(_process.Id, Terminate);
        await _process.WaitForExitAsync().WaitAsync(bound);
        return _process.ExitCode;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is { } text)
            _log.Enqueue(text);
    }

    [GeneratedRegex(@"^VmRSS:\s+(?<kilobytes>\d+) kB", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ResidentLine();
}
