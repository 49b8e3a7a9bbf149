using MixMq.Storage.Sqlite;
using MixMq.Storage.Tests.Crash;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>No room: the commit says so, nothing of the batch is there, and the same batch succeeds when there is room again.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public void A_commit_without_room_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        using SqliteMessageStore store = SqliteMessageStore.Open(folder.File("messages.db"));
        store.Commit([OpenOutbound(), AppendOutbox(1, 1)]);
        string before = StoreText.Of(store, [Id(1), Id(2), Id(3)], []);

        // The limit belongs to the writing connection; the code is the one of a full disk.
        long pages = store.Connection.Scalar("PRAGMA page_count");
        store.Connection.Scalar($"PRAGMA max_page_count={pages}");
        var failure = Assert.Throws<MessageStoreException>(() => store.Commit([AppendOutbox(2, 2), AppendOutbox(3, 3, 50_000)]));
        Assert.True(failure.IsFull);
        Assert.Contains("full", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, StoreText.Of(store, [Id(1), Id(2), Id(3)], []));

        store.Connection.Scalar("PRAGMA max_page_count=1000000");
        store.Commit([AppendOutbox(2, 2), AppendOutbox(3, 3, 50_000)]);
        Assert.Equal(3, store.Count().Pending);
    }

    /// <summary>On a file system that is really full; it is mounted in a mount namespace of the child's own and ends with it.</summary>
    [MountFact]
    public void A_full_file_system_is_reported_and_survived()
    {
        using var folder = new TemporaryFolder();
        using ChildProcess child = ChildProcess.StartOnSmallFileSystem(folder.Path, "fill", folder.File("messages.db"));
        string[] lines = [.. child.ReadToEnd()];
        Assert.Equal(["full", "same", "room", "reopened"], lines);
    }
}
