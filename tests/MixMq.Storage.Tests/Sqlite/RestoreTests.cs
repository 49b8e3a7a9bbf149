using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>A restore that is stopped at any step, beside whatever log: no store is opened by half, the next restore finishes it, and the former store is whole.</summary>
public sealed class RestoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    public static TheoryData<int> Steps => [.. Enum.GetValues<RestoreStep>().Select(step => (int)step)];

    private string Database => _folder.File("messages.db");

    private string Backup => _folder.File("backup");

    [Theory, MemberData(nameof(Steps))]
    [Trait("Spec", "MSG-67")]
    public void A_restore_that_is_stopped_is_done_by_the_next_one_and_no_store_is_opened_before(int step)
    {
        string backedUp = WriteBackup();
        string former = WriteStoreWithLog();
        Stop((RestoreStep)step);

        string refusal = Assert.Throws<MessageStoreException>(() => SqliteMessageStore.Open(Database)).Message;
        Assert.Contains("interrupted: run mixmq restore again", refusal, StringComparison.Ordinal);
        string kept = StoreRestore.Run(Backup, Database, DamagedStore.Own, replace: true, TimeProvider.System)!;
        Assert.Equal(backedUp, DamagedStore.Text(Database));
        Assert.Equal(former, DamagedStore.Text(kept));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.restor*"));
    }

    /// <summary>As the refusal says.</summary>
    [Theory, MemberData(nameof(Steps))]
    [Trait("Spec", "MSG-67")]
    public void After_a_restore_that_was_stopped_the_former_store_can_be_taken_back(int step)
    {
        WriteBackup();
        string former = WriteStoreWithLog();
        Stop((RestoreStep)step);
        File.Delete(Assert.Single(Directory.GetFiles(_folder.Path, "messages.db.restored-*")));
        if (!File.Exists(Database))
        {
            string name = Directory.GetFiles(_folder.Path, "messages.db.before-*").Min(StringComparer.Ordinal)!;
            foreach (string file in Directory.GetFiles(_folder.Path, "messages.db.before-*"))
            {
                File.Move(file, Database + file[name.Length..]);
            }
        }

        Assert.Equal(former, DamagedStore.Text(Database));
    }

    [Fact]
    public void A_copy_that_was_interrupted_is_in_nobody_s_way()
    {
        string backedUp = WriteBackup();
        string former = WriteStoreWithLog();
        File.WriteAllBytes(Database + ".restoring", [1]);
        File.WriteAllBytes(Database + ".restoring.part", [1]);
        Assert.Equal(former, DamagedStore.Text(Database));
        StoreRestore.Run(Backup, Database, DamagedStore.Own, replace: true, TimeProvider.System);
        Assert.Equal(backedUp, DamagedStore.Text(Database));
    }

    [Fact]
    public void What_is_wrong_with_the_backup_is_not_said_of_the_store()
    {
        string former = WriteStoreWithLog();
        File.WriteAllText(Backup, new string('x', 70_000));
        Assert.Contains("The file is no backup of a message store", Refusal(), StringComparison.Ordinal);
        File.Delete(Backup);
        WriteBackup();
        DamagedStore.Flip(Backup, "outbox_content", "content", 0);
        Assert.StartsWith("The backup is damaged", Refusal(), StringComparison.Ordinal);
        Assert.Equal(former, DamagedStore.Text(Database));

        string Refusal() => Assert.Throws<MessageStoreException>(() => StoreRestore.Run(Backup, Database, DamagedStore.Own, replace: true, TimeProvider.System)).Message;
    }

    [Fact]
    public void A_former_store_that_can_not_be_opened_keeps_its_log()
    {
        WriteBackup();
        WriteStoreWithLog();
        byte[] log = File.ReadAllBytes(Database + "-wal");
        File.WriteAllBytes(Database, [1, 2, 3]);
        string kept = StoreRestore.Run(Backup, Database, DamagedStore.Own, replace: true, TimeProvider.System)!;
        Assert.Equal([1, 2, 3], File.ReadAllBytes(kept));
        Assert.Equal(log, File.ReadAllBytes(kept + "-wal"));
        Assert.False(File.Exists(Database + "-wal"));
    }

    /// <summary>Files that somebody copied while the store was in use.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_backup_with_a_log_or_a_journal_beside_it_is_put_back_with_what_that_says(bool journal)
    {
        string committed;
        if (journal)
        {
            DamagedStore.Fill(Backup);
            committed = DamagedStore.Text(Backup);
            using SqliteDatabase database = SqliteDatabase.Open(Backup, readOnly: false);
            database.ScalarText("PRAGMA journal_mode=DELETE");
            database.Execute("PRAGMA cache_size=1; BEGIN; UPDATE outbox SET envelope = zeroblob(9000); UPDATE inbox SET label = 'changed';");
            Assert.True(new FileInfo(Backup + "-journal").Length > 0);
            File.Copy(Backup, Database + "2");
            File.Copy(Backup + "-journal", Database + "2-journal");
            database.RollBackIfOpen();
        }
        else
        {
            committed = WriteStoreWithLog();
            File.Move(Database, Database + "2");
            File.Move(Database + "-wal", Database + "2-wal");
        }

        Assert.Null(StoreRestore.Run(Database + "2", Database, DamagedStore.Own, replace: false, TimeProvider.System));
        Assert.Equal(committed, DamagedStore.Text(Database));
    }

    public void Dispose() => _folder.Dispose();

    private string WriteBackup()
    {
        DamagedStore.Fill(_folder.File("other.db"));
        using SqliteMessageStore store = SqliteMessageStore.Open(_folder.File("other.db"));
        store.Backup(Backup);
        return DamagedStore.Text(store);
    }

    /// <summary>A store that was killed: what it committed last stands in its log alone.</summary>
    private string WriteStoreWithLog()
    {
        string live = _folder.File("live.db");
        DamagedStore.Fill(live);
        using SqliteMessageStore store = SqliteMessageStore.Open(live);
        store.Commit([AppendOutbox(9, 6, 3_000)]);
        File.Copy(live, Database);
        File.Copy(live + "-wal", Database + "-wal");
        Assert.True(new FileInfo(Database + "-wal").Length > 3_000);
        return DamagedStore.Text(store);
    }

    private void Stop(RestoreStep at) => Assert.Throws<StoppedException>(() => StoreRestore.Run(Backup, Database, DamagedStore.Own, replace: true, TimeProvider.System, step =>
    {
        if (step == at)
        {
            throw new StoppedException();
        }
    }));

    private sealed class StoppedException : Exception;
}
