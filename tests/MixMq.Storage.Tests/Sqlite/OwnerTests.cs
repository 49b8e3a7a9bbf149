using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>A store is one node's, and no other's works on it, nor puts its backup back.</summary>
public sealed class OwnerTests : IDisposable
{
    private static readonly NodeAddress Other = Address(9);
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string Database => _folder.File("messages.db");

    [Fact]
    [Trait("Spec", "MSG-94")]
    [Trait("Spec", "MSG-66")]
    public void A_store_of_another_node_is_refused_and_stays_as_it_is()
    {
        DamagedStore.Fill(Database);
        string before = DamagedStore.Text(Database);
        byte[] bytes = File.ReadAllBytes(Database);
        string refusal = Assert.Throws<MessageStoreException>(() => Open(Other)).Message;
        Assert.Contains("another node's", refusal, StringComparison.Ordinal);
        Assert.Contains("Name this node's own store file", refusal, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(Database));
        using SqliteMessageStore store = Open(DamagedStore.Own);
        Assert.Equal(before, DamagedStore.Text(store));
    }

    [Theory]
    [Trait("Spec", "MSG-66")]
    [InlineData(4)]
    [InlineData(5)]
    public void A_store_that_does_not_say_whose_it_is_is_known_by_its_messages(int version)
    {
        DamagedStore.Fill(Database);
        Forget(Database, version);
        Assert.Contains("another node's", Assert.Throws<MessageStoreException>(() => Open(Other)).Message, StringComparison.Ordinal);
        Open(DamagedStore.Own).Dispose();
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        Assert.Equal(1, store.Connection.Scalar("SELECT COUNT(*) FROM owner"));
    }

    /// <summary>What is kept of an anonymous message names nobody: its first bytes are a secret.</summary>
    [Fact]
    [Trait("Spec", "MSG-66")]
    public void A_store_whose_last_message_is_anonymous_is_known_by_the_others()
    {
        DamagedStore.Fill(Database);
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database))
        {
            StoreOperation.AppendOutbox append = AppendOutbox(9, 6);
            store.Commit([append with { Entry = append.Entry with { Envelope = (byte[])[(byte)'A', .. Bytes(9, 200)] } }]);
        }

        Forget(Database, 4);
        Assert.Throws<MessageStoreException>(() => Open(Other));
        Open(DamagedStore.Own).Dispose();
    }

    [Fact]
    public void An_empty_store_becomes_that_of_the_first_node_that_opens_it()
    {
        SqliteMessageStore.Open(Database).Dispose();
        Open(Other).Dispose();
        Open(Other).Dispose();
        Assert.Throws<MessageStoreException>(() => Open(DamagedStore.Own));
    }

    [Fact]
    public void A_damaged_owner_keeps_nobody_out_whose_store_it_is_and_lets_no_other_in()
    {
        DamagedStore.Fill(Database);
        DamagedStore.Flip(Database, "owner", "address", 0);
        Assert.Throws<MessageStoreException>(() => Open(Other));
        using SqliteMessageStore store = Open(DamagedStore.Own);
        Assert.Equal("owner", store.ReadQuarantine(1, 10).Single().Source);
    }

    [Theory]
    [Trait("Spec", "MSG-66")]
    [InlineData(false)]
    [InlineData(true)]
    public void A_backup_of_another_node_is_not_put_back(bool ofAnOlderRelease)
    {
        DamagedStore.Fill(_folder.File("theirs.db"));
        string backup = _folder.File("theirs.backup");
        using (SqliteMessageStore theirs = SqliteMessageStore.Open(_folder.File("theirs.db")))
        {
            theirs.Backup(backup);
        }

        if (ofAnOlderRelease)
        {
            Forget(backup, 4);
        }

        using (SqliteMessageStore mine = Open(Other))
        {
            mine.Commit([OpenOutbound()]);
        }

        string before = DamagedStore.Text(Database);
        string refusal = Assert.Throws<MessageStoreException>(() => StoreRestore.Run(backup, Database, Other, replace: true, TimeProvider.System)).Message;
        Assert.Contains("another node's", refusal, StringComparison.Ordinal);
        Assert.Contains("Name a backup of this node's", refusal, StringComparison.Ordinal);
        Assert.Equal(before, DamagedStore.Text(Database));
        Assert.NotNull(StoreRestore.Run(backup, Database, DamagedStore.Own, replace: true, TimeProvider.System));
    }

    public void Dispose() => _folder.Dispose();

    private SqliteMessageStore Open(NodeAddress own) => SqliteMessageStore.Open(Database, new SqliteStoreOptions { Own = own });

    /// <summary>As version 4 wrote it, or as version 5 has it where it was opened for nobody.</summary>
    private static void Forget(string file, int version)
    {
        using SqliteDatabase database = SqliteDatabase.Open(file, readOnly: false);
        database.Execute(version == 5 ? "DELETE FROM owner" : """
            DROP TABLE owner;
            ALTER TABLE gap DROP COLUMN folded;
            UPDATE gap SET sum = row_sum('gap', number, kind, peer, conversation, name, first, last, noticed);
            DROP INDEX inbox_anonymous;
            DROP TABLE question;
            DROP TABLE reply;
            DROP TABLE reply_content;
            PRAGMA user_version=4;
            """);
    }
}
