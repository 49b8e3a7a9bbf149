using System.Diagnostics;

namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>A process of the rig that is started again whenever it ends. It ends when the rig does, however that ends: a pipe to it closes.</summary>
internal sealed class RigProcess : IAsyncDisposable
{
    private const string ToLog = "exec \"$@\" 2>>\"$0\"";
    private readonly string _log;
    private readonly Func<IEnumerable<string>> _command;
    private readonly Action<string> _line;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _finished = New();
    private TaskCompletionSource _ended = New();
    private Process? _process;
    private bool _expected;
    private bool _stopping;
    private Func<Task>? _beforeNextLife;
    private Task _running = Task.CompletedTask;

    /// <param name="name">What reports call it.</param>
    /// <param name="log">The file that its standard error is added to.</param>
    /// <param name="command">The executable and its arguments, asked for at each start.</param>
    /// <param name="line">Gets each line of its standard output; lines of one life in order, and all of them before the next begins.</param>
    /// <param name="environment">Beside the rig's own.</param>
    public RigProcess(string name, string log, Func<IEnumerable<string>> command, Action<string> line, IReadOnlyDictionary<string, string> environment)
    {
        Name = name;
        _log = log;
        _command = command;
        _line = line;
        _environment = environment;
    }

    public string Name { get; }

    /// <summary>Completes when it has ended as one that is done.</summary>
    public Task Finished => _finished.Task;

    /// <summary>Completes with the reason when it ended though nobody killed it.</summary>
    public Task<string> Failed => _failed.Task;

    public void Begin()
    {
        _process = Start();
        _running = RunAsync();
    }

    /// <summary>Its end may come from now on.</summary>
    /// <returns>Completes when it has come.</returns>
    public Task ExpectEnd()
    {
        lock (_lock)
        {
            _expected = true;
            return _ended.Task;
        }
    }

    /// <summary>SIGKILL.</summary>
    /// <param name="beforeNextLife">What is done when it has ended and before it begins again; null: nothing.</param>
    /// <returns>Completes when it has ended, and begun again.</returns>
    public Task KillAsync(Func<Task>? beforeNextLife = null)
    {
        var ended = ExpectEnd();
        lock (_lock)
        {
            _beforeNextLife = beforeNextLife;
            if (_process is { HasExited: false })
                _process.Kill();
        }

        return ended;
    }

    public string LogTail() => File.Exists(_log) ? string.Join('\n', File.ReadLines(_log).TakeLast(15)) : "";

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _stopping = true;
            if (_process is { HasExited: false })
                _process.Kill();
        }

        await _running;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        while (_process is { } process)
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line)
                _line(line);
            await process.WaitForExitAsync();
            try
            {
                await (Interlocked.Exchange(ref _beforeNextLife, null)?.Invoke() ?? Task.CompletedTask);
            }
            catch (Exception failure)
            {
                _failed.TrySetResult($"{Name} can't begin again: {failure.Message}");
            }

            lock (_lock)
            {
                _process = null;
                if (!_stopping && process.ExitCode == 0)
                {
                    process.Dispose();
                    _finished.SetResult();
                    _ended.SetResult();
                    return;
                }

                if (!_stopping && !_expected)
                    _failed.TrySetResult($"{Name} ended by itself with code {process.ExitCode}:\n{LogTail()}");
                process.Dispose();
                if (_stopping || !_expected)
                    return;
                // The next life has begun before the end is told: who hears of it finds a process.
                _expected = false;
                _process = Start();
                var ended = _ended;
                _ended = New();
                ended.SetResult();
            }
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", ToLog, _log, .. _command()])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }
}
