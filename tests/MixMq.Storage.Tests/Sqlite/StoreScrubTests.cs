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

    public void Dispose() => _folder.Dispose();

    private void Fill()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([OpenOutbound(), .. Enumerable.Range(1, 6).Select(number => AppendOutbox(number, (ulong)number))]);
    }

    /// <summary>A clock on which pauses take no time; when it is asked for a day, it tells, and that doesn't pass.</summary>
    private sealed class HurryingTime : TimeProvider
    {
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
                dueTime = TimeSpan.Zero;
            }

            return System.CreateTimer(callback, state, dueTime, period);
        }
    }
}
