using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MixMq.Transport.Tests.Testing;

/// <summary>A running openssl program: what it says, and its end when its input ends.</summary>
internal sealed class OpenSslProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly Lock _lock = new();
    private readonly Task _reading;
    private readonly List<(string Text, TaskCompletionSource Found)> _waiting = [];

    internal OpenSslProcess(params string[] arguments)
    {
        _process = OpenSsl.Start(arguments);
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
    }

    internal string Said
    {
        get
        {
            lock (_lock)
            {
                return _said.ToString();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _reading;
        _process.Dispose();
    }

    /// <summary>Waits until it has said the text.</summary>
    internal async Task SaysAsync(string text)
    {
        Task found;
        lock (_lock)
        {
            if (_said.ToString().Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((text, source));
            found = source.Task;
        }

        await Task.WhenAny(found, _reading).WaitAsync(TestLog.Patience);
        Assert.True(found.IsCompleted, $"not said: {text}\n{Said}");
    }

    /// <summary>The port that a server with port 0 got.</summary>
    internal async Task<int> PortAsync()
    {
        await SaysAsync("ACCEPT 127.0.0.1:");
        await SaysAsync("\n");
        var said = Said;
        var at = said.IndexOf("ACCEPT 127.0.0.1:", StringComparison.Ordinal) + "ACCEPT 127.0.0.1:".Length;
        return int.Parse(said.AsSpan(at, said.IndexOf('\n', at) - at), CultureInfo.InvariantCulture);
    }

    /// <summary>Ends its input and waits for its end; everything it said.</summary>
    internal async Task<string> EndAsync()
    {
        _process.StandardInput.Close();
        return await EndedAsync();
    }

    /// <summary>Waits for its end; everything it said.</summary>
    internal async Task<string> EndedAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TestLog.Patience);
        await _reading.WaitAsync(TestLog.Patience);
        return Said;
    }

    private async Task ReadAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (_lock)
            {
                _said.Append(line).Append('\n');
                var text = _said.ToString();
                _waiting.RemoveAll(wait => text.Contains(wait.Text, StringComparison.Ordinal) && wait.Found.TrySetResult());
            }
        }
    }
}
