using System.Globalization;

namespace MixMq.Cli.Output;

/// <summary>Shows on one line of standard error how long something has been waited for, where a person watches; the line is gone when it ends.</summary>
internal sealed class WaitProgress(CommandOutput output, TimeSpan most) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly CancellationTokenSource _end = new();
    private Task _shown = Task.CompletedTask;

    /// <summary>Waiting begins. Once.</summary>
    public void Begin(string what)
    {
        if (output.Interactive && !output.Json)
            _shown = ShowAsync(what);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _shown;
        _end.Dispose();
    }

    private async Task ShowAsync(string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        var width = 0;
        while (!_end.IsCancellationRequested)
        {
            var line = string.Create(
                CultureInfo.InvariantCulture, $"{what}: {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s of at most {most.TotalSeconds:0.#} s");
            width = Math.Max(width, line.Length);
            output.Error.Write("\r" + line.PadRight(width));
            output.Error.Flush();
            await Task.Delay(Pause, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        output.Error.Write("\r" + new string(' ', width) + "\r");
        output.Error.Flush();
    }
}
