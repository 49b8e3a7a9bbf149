using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Files;

/// <summary>
/// Takes files again when they have changed: told by the system's events, by a look from time to time, or by the operator. Contents are
/// tried once they have stood still for a while, so that a certificate and its key, written one after the other, are taken together; those
/// that failed are not tried again until they change, or until the operator asks.
/// </summary>
internal sealed class ReloadLoop
{
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);

    /// <summary>Files that never stand still are tried as they are after so many looks.</summary>
    private const int MostLooks = 20;

    /// <summary>One wake-up is enough however many changes there were: full mode DropWrite.</summary>
    private readonly Channel<bool> _wanted = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly ImmutableArray<Reloadable> _items;
    private readonly TimeSpan _interval;
    private readonly Action<bool> _looked;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private int _isAsked;

    /// <param name="items">What is watched.</param>
    /// <param name="interval">Between looks without an event.</param>
    /// <param name="looked">Called after each look, on the loop's task; true: something was tried.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    internal ReloadLoop(ImmutableArray<Reloadable> items, TimeSpan interval, Action<bool> looked, TimeProvider time, ILogger log)
    {
        _items = items;
        _interval = interval;
        _looked = looked;
        _time = time;
        _log = log;
    }

    /// <summary>The operator asks: everything is tried, changed or not. Any thread.</summary>
    internal void Ask()
    {
        Volatile.Write(ref _isAsked, 1);
        Wake();
    }

    /// <summary>Runs until stopped; never throws.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        await Task.Yield();
        using var events = new FolderEvents(_items.SelectMany(item => item.Files), Wake, _log);
        try
        {
            while (true)
            {
                using var timer = _time.CreateTimer(_ => Wake(), null, _interval, Timeout.InfiniteTimeSpan);
                await _wanted.Reader.ReadAsync(stop);
                _looked(await LookAsync(Interlocked.Exchange(ref _isAsked, 0) != 0, stop));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private void Wake() => _wanted.Writer.TryWrite(true);

    private async Task<bool> LookAsync(bool asked, CancellationToken stop)
    {
        var seen = Fingerprints();
        if (!asked && !_items.Where((item, i) => item.IsNew(seen[i])).Any())
        {
            return false;
        }

        for (var looks = 0; looks < MostLooks; looks++)
        {
            await Task.Delay(Settling, _time, stop);
            var before = seen;
            seen = Fingerprints();
            if (before.Zip(seen).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
            {
                break;
            }
        }

        for (var i = 0; i < _items.Length; i++)
        {
            if (asked || _items[i].IsNew(seen[i]))
            {
                Try(_items[i], seen[i]);
            }
        }

        return true;
    }

    private void Try(Reloadable item, byte[] fingerprint)
    {
        if (item.Take(fingerprint) is { } reason)
        {
            Log.NotTaken(_log, item.What, reason);
        }
        else
        {
            Log.Taken(_log, item.What);
        }
    }

    private byte[][] Fingerprints() => [.. _items.Select(item => item.Fingerprint())];
}
