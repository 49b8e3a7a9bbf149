using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using MixMq.Storage.Tests.Crash;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>When the disk is full, what was accepted is completed from a reserve, and the store says that it is short until there is room again.</summary>
public sealed class ReserveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private PageSpace _space = null!;

    [Fact]
    public void What_finds_no_room_is_committed_from_the_reserve_and_the_store_says_that_it_is_short()
    {
        using SqliteMessageStore store = Open();
        store.Commit([OpenOutbound(), AppendOutbox(1, 1, 40_000)]);
        Assert.False(store.IsShortOfSpace);
        _space.Fill();
        store.Commit([AppendOutbox(2, 2, 60_000)]);
        Assert.True(store.IsShortOfSpace);
        Assert.Equal(2, store.Count().Pending);

        // What completes needs next to nothing, and goes on as long as there is anything of the reserve.
        store.Commit([new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 5), Inbound(3, 2, 3)]);
        Assert.True(store.IsShortOfSpace);
        Assert.True(Assert.Throws<MessageStoreException>(() => store.Commit([AppendOutbox(3, 3, 2_000_000)])).IsFull);
    }

    [Fact]
    public void While_it_is_short_kept_contents_go_first_and_with_room_it_recovers_by_itself()
    {
        using SqliteMessageStore store = Open();
        store.Commit([OpenOutbound(), AppendOutbox(1, 1, 40_000), AppendOutbox(2, 2), new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 5)]);
        store.Upkeep(new StoreRetention(), 6, 10);
        Assert.NotNull(store.ReadOutboxContent(Id(1)));
        _space.Fill();
        store.Commit([AppendOutbox(3, 3, 60_000)]);
        Assert.True(store.IsShortOfSpace);

        store.Upkeep(new StoreRetention(), 6, 10);
        Assert.Null(store.ReadOutboxContent(Id(1)));
        Assert.True(store.IsShortOfSpace);
        _space.Empty();
        store.Upkeep(new StoreRetention(), 6, 10);
        Assert.False(store.IsShortOfSpace);
        store.Commit([AppendOutbox(4, 4, 60_000)]);
        Assert.False(store.IsShortOfSpace);
    }

    /// <summary>The first try finds no room before it comes to the wrong entry; the second one, in the reserve, meets it.</summary>
    [Theory]
    [InlineData("DELETE FROM shadow WHERE sequence = 1")]
    [InlineData("UPDATE shadow SET row = -1 WHERE row = 1; UPDATE shadow SET row = 1 WHERE row = 2; UPDATE shadow SET row = 2 WHERE row = -1")]
    public void A_wrong_index_that_is_met_in_the_room_of_the_reserve_is_mended_there(string change)
    {
        using SqliteMessageStore store = Open();
        store.Commit([OpenOutbound(), AppendOutbox(1, 1), AppendOutbox(2, 2)]);
        DamagedIndex.Make(_folder.File("messages.db"), "outbox", "sqlite_autoindex_outbox_1", change);
        _space.Fill();
        store.Commit([AppendOutbox(3, 3, 120_000), new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Expired, 9)]);
        Assert.True(store.IsShortOfSpace);
        Assert.Equal([2ul, 3], store.Load().Outbox.Select(entry => entry.Sequence));
        Assert.Equal(DamageCause.IndexWrong, Assert.Single(store.ReadQuarantine(0, 10)).Cause);
    }

    [Fact]
    public void A_damaged_content_that_is_met_on_a_full_disk_goes_into_quarantine_in_the_room_of_the_reserve()
    {
        using SqliteMessageStore store = Open();
        store.Commit([OpenOutbound(), AppendOutbox(1, 1, 80_000)]);
        DamagedStore.Flip(_folder.File("messages.db"), "outbox_content", "content", 0);
        _space.Fill();
        Assert.Null(store.ReadOutboxContent(Id(1)));
        Assert.True(store.IsShortOfSpace);
        Assert.Equal(80_000, Assert.Single(store.ReadQuarantine(0, 10)).ContentLength);
    }

    [Fact]
    public void A_backup_takes_nothing_of_the_room_that_a_full_disk_s_store_needs()
    {
        using SqliteMessageStore store = Open();
        store.Commit([OpenOutbound(), AppendOutbox(1, 1, 40_000)]);
        _space.Fill();
        store.Commit([AppendOutbox(2, 2, 60_000)]);
        string refusal = Assert.Throws<MessageStoreException>(() => store.Backup(_folder.File("copy.db"))).Message;
        Assert.Contains("There isn't room for the backup", refusal, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path, "copy*"));
        _space.Empty();
        store.Backup(_folder.File("copy.db"));
        Assert.True(File.Exists(_folder.File("copy.db")));
    }

    /// <summary>A reserve that no disk has room for is as good as one that was given up.</summary>
    [Fact]
    public void The_file_system_s_room_for_others_is_what_the_reserve_and_its_margin_leave()
    {
        string path = _folder.File("messages.db.reserve");
        Assert.Equal(0, new FileSpace(path, long.MaxValue / 4).RoomFor(_folder.File("copy.db")));
        Assert.InRange(new FileSpace(path, 0).RoomFor(_folder.File("copy.db")), 1, long.MaxValue - 1);
        Assert.Equal(long.MaxValue, new FileSpace(path, 0).RoomFor(_folder.File("none/copy.db")));
    }

    [Fact]
    public void The_reserve_is_a_file_of_its_size_beside_the_store()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(_folder.File("messages.db"), new SqliteStoreOptions { ReserveBytes = 1 << 20 });
        Assert.Equal(1 << 20, new FileInfo(_folder.File("messages.db.reserve")).Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File("messages.db.reserve")));
        Assert.False(store.IsShortOfSpace);
    }

    /// <summary>On a file system that is really full, mounted in a mount namespace of the child's own.</summary>
    [MountFact]
    [Trait("Spec", "MSG-30")]
    public void On_a_full_file_system_what_was_accepted_completes_and_room_ends_the_shortage()
    {
        using var folder = new TemporaryFolder();
        using ChildProcess child = ChildProcess.StartOnSmallFileSystem(folder.Path, "reserve", folder.File("messages.db"));
        Assert.Equal(["short", "completed", "still short", "room", "reopened"], child.ReadToEnd());
    }

    public void Dispose() => _folder.Dispose();

    private SqliteMessageStore Open() => SqliteMessageStore.Open(
        _folder.File("messages.db"), new SqliteStoreOptions { Space = database => _space = new PageSpace(database) });

    /// <summary>Room counted in pages of the database: SQLite refuses to grow beyond a number, with the code of a full disk.</summary>
    private sealed class PageSpace(SqliteDatabase database) : IStoreSpace
    {
        private const long ReservePages = 60;
        private bool _full;

        public bool IsScarce => false;

        public bool IsHeld { get; private set; } = true;

        public void Fill()
        {
            _full = true;
            Limit(database.Scalar("PRAGMA page_count"));
        }

        public void Empty()
        {
            _full = false;
            Limit(1_000_000);
        }

        public long RoomFor(string file) => _full ? 0 : long.MaxValue;

        public void TryHold() => IsHeld |= !_full;

        public void Release()
        {
            IsHeld = false;
            Limit(database.Scalar("PRAGMA page_count") + ReservePages);
        }

        private void Limit(long pages) => database.Scalar($"PRAGMA max_page_count={pages}");
    }
}
