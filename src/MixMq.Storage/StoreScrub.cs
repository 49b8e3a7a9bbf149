using MixMq.Storage.Sqlite;

namespace MixMq.Storage;

/// <summary>
/// Looks at all rows and indexes of a store while its node runs: of one that was too large to be checked when it was opened, from then on; of every one again a day after it was last looked at, for disks
/// rot while nodes run for months. What is wrong is set right or goes into quarantine.
/// A few hundred rows at a time, each two seconds, which is two thousandths of one processor; where that would take longer than half a day, more often, up to five times a second. So a million messages
/// take four to five hours, and half a day is enough for up to 25 million.
/// </summary>
public sealed class StoreScrub : IAsyncDisposable
{
    internal static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    internal static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(200);

    /// <summary>All pauses of a pass together; the looking takes time too.</summary>
    internal static readonly TimeSpan Pass = TimeSpan.FromHours(11);
    private static readonly TimeSpan Again = TimeSpan.FromDays(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _task;

    /// <summary>Starts it.</summary>
    /// <param name="store">Must outlive this object.</param>
    /// <param name="time">The clock.</param>
    /// <param name="failed">Called once, on a thread of the pool, when it ends because the store is damaged so that only a backup helps. It must not wait for <see cref="DisposeAsync"/>.</param>
    public StoreScrub(SqliteMessageStore store, TimeProvider time, Action<MessageStoreException> failed)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(failed);
        _task = Task.Run(() => RunAsync(store, time, failed, _stop.Token));
    }

    /// <summary>Ends it, after the step that is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _task.ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Between two steps, for a store of so many rows.</summary>
    internal static TimeSpan PauseFor(long rows)
    {
        TimeSpan pause = Pass * (SqliteScrub.RowsOfStep / Math.Max(1.0, rows));
        return pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
    }

    private static async Task RunAsync(SqliteMessageStore store, TimeProvider time, Action<MessageStoreException> failed, CancellationToken stop)
    {
        try
        {
            if (store.WasCheckedAtStart)
            {
                await Task.Delay(Again, time, stop).ConfigureAwait(false);
            }

            while (true)
            {
                using (SqliteScrub scrub = store.BeginScrub())
                {
                    do
                    {
                        await Task.Delay(PauseFor(scrub.Rows), time, stop).ConfigureAwait(false);
                    }
                    while (store.LookOn(scrub));
                }

                await Task.Delay(Again, time, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        catch (Exception failure)
        {
            failed(failure as MessageStoreException
                ?? new MessageStoreException($"Looking through the message store failed ({failure.GetType().Name}); please report this.", 0, failure));
        }
    }
}
