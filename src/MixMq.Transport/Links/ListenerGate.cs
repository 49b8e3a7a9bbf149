using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Links;

/// <summary>
/// Keeps the public listener open exactly while it is wanted: always, or while a link is up that activates it. Established public links
/// stay when it closes: they are authenticated, they carry others' packets too, and to drop them would tell the outside how the inside is.
/// </summary>
internal sealed class ListenerGate
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>One signal is enough however many changes there were: full mode DropWrite.</summary>
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly LinkListener _listener;
    private readonly Func<bool> _wanted;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    /// <param name="listener">Opened and closed by this alone.</param>
    /// <param name="wanted">Whether it is to be open; asked on any thread.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    internal ListenerGate(LinkListener listener, Func<bool> wanted, TimeProvider time, ILogger log)
    {
        _listener = listener;
        _wanted = wanted;
        _time = time;
        _log = log;
    }

    /// <summary>Opens it, or finds out whether it could be opened.</summary>
    /// <exception cref="IOException">It can't; the message says why.</exception>
    internal void Start()
    {
        if (_wanted())
        {
            _listener.Open();
        }
        else
        {
            _listener.Reserve();
        }
    }

    /// <summary>Something changed that may matter. Any thread; returns at once.</summary>
    internal void Signal() => _changed.Writer.TryWrite(true);

    /// <summary>Follows what is wanted until stopped, then closes; never throws.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!_wanted())
                {
                    await _listener.CloseAsync();
                }
                else
                {
                    _listener.Open();
                }

                await _changed.Reader.ReadAsync(stop);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (IOException e)
            {
                Log.NotReopened(_log, e.InnerException?.GetType().Name ?? e.GetType().Name);
                await Task.Delay(Retry, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await _listener.CloseAsync();
    }
}
