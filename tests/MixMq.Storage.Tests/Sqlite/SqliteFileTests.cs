using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>The files: whose they are, who may read them, and what is refused.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly TemporaryFolder _folder = new();

    private string Database => _folder.File("messages.db");

    [Fact]
    public void All_files_are_for_the_owner_alone()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([OpenOutbound(), AppendOutbox(1, 1)]);
        AssertOwnerOnly();
    }

    [Fact]
    public void Files_that_others_could_read_are_closed_to_them()
    {
        SqliteMessageStore.Open(Database).Dispose();
        File.WriteAllBytes(Database + "-wal", []);
        foreach (string file in Directory.GetFiles(_folder.Path))
        {
            File.SetUnixFileMode(file, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([OpenOutbound(), AppendOutbox(1, 1)]);
        AssertOwnerOnly();
    }

    [Fact]
    public void Commits_are_durable_before_they_return()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        Assert.Equal("wal", store.Connection.ScalarText("PRAGMA journal_mode"));
        Assert.Equal(2, store.Connection.Scalar("PRAGMA synchronous"));
        Assert.Equal(SqliteSchema.Version, store.Connection.Scalar("PRAGMA user_version"));
        Assert.Equal(SqliteSchema.ApplicationId, store.Connection.Scalar("PRAGMA application_id"));
    }

    [Fact]
    public void A_second_owner_is_refused_until_the_first_has_closed()
    {
        using (SqliteMessageStore.Open(Database))
        {
            var refusal = Assert.Throws<MessageStoreException>(() => SqliteMessageStore.Open(Database));
            Assert.Contains("in use by another process", refusal.Message, StringComparison.Ordinal);
        }

        SqliteMessageStore.Open(Database).Dispose();
    }

    [Theory]
    [InlineData("CREATE TABLE accounts (name TEXT)")]
    [InlineData("PRAGMA user_version=1")]
    [InlineData("PRAGMA application_id=7")]
    public void Someone_elses_SQLite_database_is_refused_and_not_touched(string sql)
    {
        using (SqliteDatabase foreign = SqliteDatabase.Open(Database, readOnly: false))
        {
            foreign.Execute(sql);
        }

        Assert.Contains("not a message store", AssertRefusedUntouched().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(5000)]
    public void A_file_that_is_no_database_is_refused_and_not_touched(int length)
    {
        File.WriteAllBytes(Database, [.. Enumerable.Range(0, length).Select(number => (byte)(number * 31))]);
        Assert.Contains("something else", AssertRefusedUntouched().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_store_is_reported_as_damaged()
    {
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database))
        {
            store.Commit([OpenOutbound(), AppendOutbox(1, 1, 100_000)]);
        }

        using (FileStream file = File.OpenWrite(Database))
        {
            file.SetLength(2 * 4096);
        }

        var failure = Assert.Throws<MessageStoreException>(() =>
        {
            using SqliteMessageStore store = SqliteMessageStore.Open(Database);
            store.Load();
        });
        Assert.Contains("damaged", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsFull);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_a_clear_error()
    {
        var failure = Assert.Throws<MessageStoreException>(() => SqliteMessageStore.Open(_folder.File("missing/messages.db")));
        Assert.Contains("folder", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_a_clear_error()
    {
        Directory.CreateDirectory(Database);
        Assert.Throws<MessageStoreException>(() => SqliteMessageStore.Open(Database));
    }

    [Fact]
    public void A_store_that_was_closed_says_so()
    {
        SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Dispose();
        store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => store.Load());
        Assert.Throws<ObjectDisposedException>(() => store.Commit([]));
    }

    [Fact]
    public void A_message_to_the_operator_holds_no_address_id_or_content()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([OpenOutbound(), AppendOutbox(1, 1)]);
        var failure = Assert.Throws<MessageStoreException>(() => store.Commit([AppendOutbox(1, 2)]));
        Assert.DoesNotContain(Peer.ToString(), failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Id(1).ToString(), failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("orders", failure.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void AssertOwnerOnly()
    {
        string[] files = Directory.GetFiles(_folder.Path);
        Assert.Equal(["messages.db", "messages.db-shm", "messages.db-wal", "messages.db.lock"], files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(OwnerOnly, File.GetUnixFileMode(file)));
    }

    private void Change(string sql)
    {
        SqliteMessageStore.Open(Database).Dispose();
        using SqliteDatabase database = SqliteDatabase.Open(Database, readOnly: false);
        database.Execute(sql);
    }

    private MessageStoreException AssertRefusedUntouched()
    {
        byte[] before = File.ReadAllBytes(Database);
        File.SetUnixFileMode(Database, OwnerOnly | UnixFileMode.GroupRead);
        var refusal = Assert.Throws<MessageStoreException>(() => SqliteMessageStore.Open(Database));
        Assert.Equal(before, File.ReadAllBytes(Database));
        Assert.Equal(OwnerOnly | UnixFileMode.GroupRead, File.GetUnixFileMode(Database));

        // It was let go of: refused again for the same reason, not because it is in use.
        Assert.Equal(refusal.Message, Assert.Throws<MessageStoreException>(() => SqliteMessageStore.Open(Database)).Message);
        return refusal;
    }
}
