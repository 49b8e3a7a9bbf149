using System.Text;
using Microsoft.Extensions.Logging;
using MixMq.Transport.Configuration;
using MixMq.Transport.Files;

namespace MixMq.Transport.Metrics;

/// <summary>
/// Keeps the figures in a file, as node_exporter's textfile collector reads them: written beside it and renamed over it, of mode 0640, so that the
/// collector's group may be let read and nobody else is. Nothing listens for it.
/// </summary>
internal sealed class MetricsFile(MetricsConfiguration configuration, NodeMetrics metrics, TimeProvider time, ILogger log)
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private const int MaxBytes = 1 << 20;
    private bool _failed;

    /// <summary>What another's file of metrics holds, without what isn't a metric of this program; null: it can't be read.</summary>
    internal static string? TryRead(string file) => ForeignFile.TryReadText(file, MaxBytes) is { } text ? MetricsFilter.Only(text) : null;

    /// <summary>Runs until stopped; never throws. Does nothing where no file is configured.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        if (configuration.File is not { } file)
        {
            return;
        }

        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await WriteAsync(file);
                await Task.Delay(TimeSpan.FromSeconds(configuration.Seconds), time, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task WriteAsync(string file)
    {
        try
        {
            AtomicFile.Replace(file, Encoding.UTF8.GetBytes(await metrics.CollectAsync()), durable: false, Mode);
            _failed = false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Also a scheduler that has ended and has no state to show, and a store that can't be read: that ends a node by another way, and not by its figures.
            if (!_failed)
            {
                Log.NotWritten(log, e.GetType().Name);
            }

            _failed = true;
        }
    }
}
