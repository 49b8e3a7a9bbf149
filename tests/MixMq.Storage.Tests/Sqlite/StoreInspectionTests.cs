using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>A look into a stopped node's store sees what is there, and leaves the folder as it was.</summary>
public sealed class StoreInspectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string Store => _folder.File("messages db?.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Counts_and_the_ages_of_what_waits_are_read_and_no_file_is_made()
    {
        using (SqliteMessageStore store = SqliteMessageStore.Open(Store))
        {
            store.Commit([OpenOutbound(), Inbound(), AppendOutbox(3, 1), AppendOutbox(4, 2), Ready(5, 1), Ready(6, 2)]);
            Assert.Equal((1_003, 5_005), (store.Figures().OldestPendingUnixMillis, store.Figures().OldestWaitingUnixMillis));
            Assert.True(store.Figures().FileBytes > 4096);
        }

        string[] before = Files();
        var (version, counts, figures) = StoreInspection.Read(Store);
        Assert.Equal(StoreInspection.PresentVersion, version);
        Assert.Equal((2, 2), (counts!.Pending, counts.Waiting));
        Assert.Equal((1_003, 5_005), (figures!.OldestPendingUnixMillis, figures.OldestWaitingUnixMillis));
        Assert.Equal(before, Files());
    }

    [Fact]
    public void An_empty_store_has_nothing_that_waits()
    {
        SqliteMessageStore.Open(Store).Dispose();
        StoreFigures figures = StoreInspection.Read(Store).Figures!;
        Assert.Equal((null, null), (figures.OldestPendingUnixMillis, figures.OldestWaitingUnixMillis));
    }

    [Fact]
    public void Something_else_and_nothing_are_clear_errors()
    {
        Assert.Throws<MessageStoreException>(() => StoreInspection.Read(_folder.File("none.db")));
        File.WriteAllText(_folder.File("text.db"), new string('x', 5000));
        Assert.Contains("something else", Assert.Throws<MessageStoreException>(() => StoreInspection.Read(_folder.File("text.db"))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path, "none*"));
    }

    private string[] Files() => [.. Directory.GetFiles(_folder.Path).Select(file => $"{file} {new FileInfo(file).Length}").Order(StringComparer.Ordinal)];
}
