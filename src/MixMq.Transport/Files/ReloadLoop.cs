using System.Collections.Concurrent;
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

    private readonly ConcurrentQueue<(Reloadable Item, TaskCompletionSource Done)> _urgent = new();
    private readonly TimeSpan _interval;
    private readonly Action<bool> _looked;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private ImmutableArray<Reloadable> _items;
    private bool _itemsChanged;
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

    /// <summary>Watches others from now on. Before <see cref="RunAsync"/>, or from within what one of them does.</summary>
    internal void Replace(ImmutableArray<Reloadable> items)
    {
        _items = items;
        _itemsChanged = true;
    }

    /// <summary>Takes one of them now, whether it has changed or stands still. Any thread; complete when that is done, cancelled when the loop has ended.</summary>
    internal Task TakeNowAsync(Reloadable item)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _urgent.Enqueue((item, done));
        if (!_wanted.Writer.TryWrite(true))
        {
            CancelUrgent();
        }

        return done.Task;
    }

    /// <summary>Runs until stopped; never throws.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        await Task.Yield();
        var events = new FolderEvents(_items.SelectMany(item => item.Files), Wake, _log);
        _itemsChanged = false;
        try
        {
            while (true)
            {
                if (_itemsChanged)
                {
                    // The new ones first, so that nothing happens unseen between the two.
                    var before = events;
                    events = new FolderEvents(_items.SelectMany(item => item.Files), Wake, _log);
                    before.Dispose();
                    _itemsChanged = false;
                }

                using var timer = _time.CreateTimer(_ => Wake(), null, _interval, Timeout.InfiniteTimeSpan);
                await _wanted.Reader.ReadAsync(stop);
                _looked(await LookAsync(Interlocked.Exchange(ref _isAsked, 0) != 0, stop));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }

        events.Dispose();
        _wanted.Writer.Complete();
        CancelUrgent();
    }

    private void CancelUrgent()
    {
        while (_urgent.TryDequeue(out var urgent))
        {
            urgent.Done.TrySetCanceled();
        }
    }

    private void Wake() => _wanted.Writer.TryWrite(true);

    private async Task<bool> LookAsync(bool asked, CancellationToken stop)
    {
        var tried = TakeUrgent();

        // One of them may put others in their place, which are new themselves.
        var items = _items;
        var seen = Fingerprints(items);
        if (!asked && !items.Where((item, i) => item.IsNew(seen[i])).Any())
        {
            return tried;
        }

        for (var looks = 0; looks < MostLooks; looks++)
        {
            await Task.Delay(Settling, _time, stop);
            _ = TakeUrgent();
            var before = seen;
            seen = Fingerprints(items);
            if (before.Zip(seen).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
            {
                break;
            }
        }

        for (var i = 0; i < items.Length; i++)
        {
            if (asked || items[i].IsNew(seen[i]))
            {
                Try(items[i], seen[i]);
            }
        }

        return true;
    }

    private bool TakeUrgent()
    {
        var tried = false;
        while (_urgent.TryDequeue(out var urgent))
        {
            Try(urgent.Item, urgent.Item.Fingerprint());
            urgent.Done.SetResult();
            tried = true;
        }

        return tried;
    }

    private void Try(Reloadable item, byte[] fingerprint)
    {
        if (item.Take(fingerprint) is { } reason)
        {
            Log.NotTaken(_log, item.What, reason);
        }
        else if (item.IsJudgedLater)
        {
            Log.Given(_log, item.What);
        }
        else
        {
            Log.Taken(_log, item.What);
        }
    }

    private static byte[][] Fingerprints(ImmutableArray<Reloadable> items) => [.. items.Select(item => item.Fingerprint())];
}
