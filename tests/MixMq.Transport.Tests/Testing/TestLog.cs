using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Tests.Testing;

/// <summary>Keeps every line and lets a test wait for one.</summary>
internal sealed class TestLog : ILoggerFactory, ILogger
{
    private readonly Lock _lock = new();
    private readonly List<(Func<string, bool> Match, int From, TaskCompletionSource<string> Found)> _waiting = [];
    private ImmutableArray<string> _lines = [];

    internal ImmutableArray<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return _lines;
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = $"{logLevel} {formatter(state, exception)} {exception}".TrimEnd();
        lock (_lock)
        {
            _lines = _lines.Add(line);
            _waiting.RemoveAll(wait => wait.Match(line) && wait.Found.TrySetResult(line));
        }
    }

    public void Dispose()
    {
    }

    /// <summary>The first line, from a position on, that contains the text; waits for it.</summary>
    internal async Task<string> WaitForAsync(string text, int from = 0)
    {
        Task<string> found;
        lock (_lock)
        {
            var there = _lines.Skip(from).FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
            if (there is not null)
            {
                return there;
            }

            var source = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((line => line.Contains(text, StringComparison.Ordinal), from, source));
            found = source.Task;
        }

        try
        {
            return await found.WaitAsync(Patience);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"No log line with '{text}'. Lines:\n{string.Join('\n', Lines)}", e);
        }
    }

    /// <summary>How long a test waits for what must come; it is never reached when all is well.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
}
