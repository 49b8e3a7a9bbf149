using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>Counts for who asks often are those of one commit, and are counted as seldom as counting is slow.</summary>
public sealed class TallyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_counted_holds_for_a_hundred_times_as_long_as_it_took()
    {
        var time = new SteppedTime { Step = 5 };
        using SqliteMessageStore store = SqliteMessageStore.Open(_folder.File("messages.db"), new SqliteStoreOptions { Time = time });
        store.Commit([OpenOutbound(), AppendOutbox(1, 1)]);
        time.Now = 0;
        Assert.Equal(store.Count(), store.RecentCounts());
        store.Commit([AppendOutbox(2, 2)]);
        time.Step = 0;

        // Counted from 0 to 5.
        time.Now = 504;
        Assert.Equal(1, store.RecentCounts().Pending);
        time.Now = 505;
        Assert.Equal(2, store.RecentCounts().Pending);
        Assert.Equal(store.Count(), store.RecentCounts());
    }

    [Fact]
    public void A_store_that_is_counted_in_no_time_is_counted_each_time()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(_folder.File("messages.db"), new SqliteStoreOptions { Time = new SteppedTime() });
        store.Commit([OpenOutbound()]);
        for (int i = 1; i < 5; i++)
        {
            store.Commit([AppendOutbox(i, (ulong)i)]);
            Assert.Equal(i, store.RecentCounts().Pending);
        }
    }

    [Fact]
    public void A_closed_store_says_so()
    {
        SqliteMessageStore store = SqliteMessageStore.Open(_folder.File("messages.db"));
        store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => store.RecentCounts());
    }

    /// <summary>Goes on by some steps whenever somebody looks.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        public long Now { get; set; }

        public long Step { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => (Now += Step) - Step;
    }
}
