using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>A backup of a store in use is the store as it was at one moment, or there is none.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string Copy => _folder.File("copy.db");

    [Fact]
    public void A_backup_opens_as_the_store_that_it_was_made_of()
    {
        DamagedStore.Fill(_folder.File("messages.db"));
        using SqliteMessageStore store = SqliteMessageStore.Open(_folder.File("messages.db"));
        store.Backup(Copy);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Copy));
        string before = DamagedStore.Text(store);
        store.Commit([AppendOutbox(9, 6)]);
        Assert.Equal(before, DamagedStore.Text(Copy));
        Assert.Contains("already", Assert.Throws<MessageStoreException>(() => store.Backup(Copy)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_made_during_commits_is_of_one_moment()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(_folder.File("messages.db"));
        store.Commit([OpenOutbound(), Inbound()]);
        using var done = new CancellationTokenSource();
        Task writer = Task.Run(() =>
        {
            for (int i = 1; !done.IsCancellationRequested; i++)
            {
                store.Commit([AppendOutbox(i, (ulong)i, 3_000), Ready((ulong)i, (ulong)i)]);
            }
        });
        for (int i = 0; i < 5; i++)
        {
            string copy = _folder.File($"copy-{i}.db");
            store.Backup(copy);
            using SqliteMessageStore opened = SqliteMessageStore.Open(copy);
            StoreCounts counts = opened.Count();
            Assert.Equal(counts.Pending, counts.Waiting);
            Assert.Equal((ulong)counts.Pending, opened.Load().LastInboxPosition);
        }

        await done.CancelAsync();
        await writer;
    }

    [Theory]
    [InlineData("outbox", "label")]
    [InlineData("outbox_content", "content")]
    [InlineData("consumer_state", "content")]
    [InlineData("part", "content")]
    public void A_damaged_store_gives_no_backup(string table, string column)
    {
        DamagedStore.Fill(_folder.File("messages.db"));
        using SqliteMessageStore store = SqliteMessageStore.Open(_folder.File("messages.db"));
        DamagedStore.Flip(_folder.File("messages.db"), table, column, 0);
        Assert.Contains("isn't sound", Assert.Throws<MessageStoreException>(() => store.Backup(Copy)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Copy) || File.Exists(Copy + ".part"));
    }

    [Fact]
    public void A_backup_into_nowhere_is_a_clear_error()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(_folder.File("messages.db"));
        Assert.Contains("folder", Assert.Throws<MessageStoreException>(() => store.Backup(_folder.File("missing/copy.db"))).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
