using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>A node's store is looked through while the node runs: a large one from the start on, each a day later again.</summary>
public sealed class StoreScrubTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string Database => _folder.File("messages.db");

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task A_store_that_was_not_checked_when_it_was_opened_is_looked_through_at_once(bool isChecked, long found)
    {
        Fill();
        using SqliteMessageStore store = DamagedStore.Open(Database, isChecked);
        DamagedIndex.Make(Database, "outbox", "sqlite_autoindex_outbox_1", "DELETE FROM shadow WHERE row = 2");
        var time = new HurryingTime();
        await using var scrub = new StoreScrub(store, time, failure => time.Rested.TrySetException(failure));
        await time.Rested.Task;
        Assert.Equal(found, store.Count().Quarantined);
    }

    [Fact]
    public async Task Damage_that_only_a_backup_helps_against_is_told()
    {
        Fill();
        using SqliteMessageStore store = DamagedStore.Open(Database, isChecked: false);
        using (SqliteDatabase database = SqliteDatabase.Open(Database, readOnly: false))
        {
            // All that is left of the only conversation says nothing of its numbers.
            database.Execute("UPDATE outbound_conversation SET secret = x'00'; UPDATE outbox SET label = 'other'");
        }

        var time = new HurryingTime();
        await using var scrub = new StoreScrub(store, time, failure => time.Rested.TrySetException(failure));
        var told = await Assert.ThrowsAsync<MessageStoreException>(() => time.Rested.Task);
        Assert.Contains("Restore a backup", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_step_finds_out_how_much_there_is()
    {
        Fill();
        using SqliteMessageStore store = DamagedStore.Open(Database, isChecked: false);
        using SqliteScrub scrub = store.BeginScrub();
        Assert.Equal(0, scrub.Rows);
        Assert.True(store.LookOn(scrub));

        // Each message has a row and a content.
        Assert.Equal(12, scrub.Rows);
    }

    [Fact]
    public async Task A_small_store_is_looked_through_without_haste()
    {
        Fill();
        using SqliteMessageStore store = DamagedStore.Open(Database, isChecked: false);
        var time = new HurryingTime();
        await using var scrub = new StoreScrub(store, time, failure => time.Rested.TrySetException(failure));
        await time.Rested.Task;
        Assert.True(time.Pauses > 10);
        Assert.Equal(StoreScrub.LongestPause, time.ShortestPause);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2_000_000)]
    [InlineData(10_000_000)]
    [InlineData(50_000_000)]
    public void Half_a_day_is_enough_for_the_rows_of_25_million_messages(long rows)
    {
        TimeSpan pause = StoreScrub.PauseFor(rows);
        Assert.InRange(pause, StoreScrub.ShortestPause, StoreScrub.LongestPause);
        Assert.True(pause * (rows / (double)SqliteScrub.RowsOfStep) <= TimeSpan.FromHours(11.5));
    }

    [Fact]
    public void However_large_a_store_is_there_is_a_pause() => Assert.Equal(StoreScrub.ShortestPause, StoreScrub.PauseFor(long.MaxValue));

    public void Dispose() => _folder.Dispose();

    private void Fill()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([OpenOutbound(), .. Enumerable.Range(1, 6).Select(number => AppendOutbox(number, (ulong)number))]);
    }

    /// <summary>A clock on which pauses take no time; when it is asked for a day, it tells, and that doesn't pass.</summary>
    private sealed class HurryingTime : TimeProvider
    {
        private int _pauses;

        public int Pauses => _pauses;

        /// <summary>That was asked for.</summary>
        public TimeSpan ShortestPause { get; private set; } = TimeSpan.MaxValue;

        public TaskCompletionSource Rested { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime >= TimeSpan.FromDays(1))
            {
                Rested.TrySetResult();
                dueTime = Timeout.InfiniteTimeSpan;
            }
            else if (dueTime != Timeout.InfiniteTimeSpan)
            {
                _pauses++;
                ShortestPause = dueTime < ShortestPause ? dueTime : ShortestPause;
                dueTime = TimeSpan.Zero;
            }

            return System.CreateTimer(callback, state, dueTime, period);
        }
    }
}
