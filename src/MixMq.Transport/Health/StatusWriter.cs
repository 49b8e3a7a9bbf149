using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MixMq.Overlay;
using MixMq.Transport.Files;

namespace MixMq.Transport.Health;

/// <summary>
/// Keeps the status text on disk: written when a link or the topology changes, when it is asked for, and each interval for
/// the counters; never twice within half a second. Readers always see a whole text.
/// </summary>
internal sealed class StatusWriter : IDisposable
{
    /// <summary>Changes come in bursts; one text for all of a burst.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>One wake-up is enough however many changes there were: full mode DropWrite.</summary>
    private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly string _file;
    private readonly TimeSpan _interval;
    private readonly Func<Task<OverlaySnapshot>> _snapshot;
    private readonly Func<OverlaySnapshot, string> _format;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly RunningMark _mark;

    internal StatusWriter(
        string file, TimeSpan interval, Func<Task<OverlaySnapshot>> snapshot, Func<OverlaySnapshot, string> format, TimeProvider time, ILogger log)
    {
        _file = file;
        _interval = interval;
        _snapshot = snapshot;
        _format = format;
        _time = time;
        _log = log;
        _mark = new RunningMark(file);
    }

    /// <summary>Asks for a new text soon. Any thread.</summary>
    internal void Request() => _wanted.Writer.TryWrite(true);

    /// <summary>Runs until stopped; never throws.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Write(await _snapshot());
                using var timer = _time.CreateTimer(_ => Request(), null, _interval, Timeout.InfiniteTimeSpan);
                await _wanted.Reader.ReadAsync(stop);
                await Task.Delay(Pause, _time, stop);
            }
            catch (Exception e) when (e is OperationCanceledException or InvalidOperationException)
            {
                // Stopped, or the scheduler has ended without a state to show.
                return;
            }
        }
    }

    /// <summary>Writes the text now; a failure is logged.</summary>
    internal void Write(OverlaySnapshot snapshot)
    {
        try
        {
            _mark.TryHold();
            AtomicFile.Replace(_file, Encoding.UTF8.GetBytes(_format(snapshot)), durable: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.StatusNotWritten(_log, e.GetType().Name);
        }
    }

    /// <summary>From now on others see that the program doesn't run. After the last text.</summary>
    public void Dispose() => _mark.Dispose();
}
