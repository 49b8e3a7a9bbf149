using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>A consumer's state that the disk has damaged is reported, never given out and never taken for an empty one, and another takes its place.</summary>
public sealed class ConsumerDamageTests : IDisposable
{
    private const string Consumer = "consumer 0";
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string Database => _folder.File("messages.db");

    [Fact]
    [Trait("Spec", "MSG-127")]
    public void A_damaged_state_goes_into_quarantine_once_and_stays_lost_until_another_takes_its_place()
    {
        DamagedStore.Fill(Database);
        DamagedStore.Flip(Database, "consumer_state", "content", 0);
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database))
        {
            AssertLost(store, Consumer);
            QuarantinedRow row = Assert.Single(store.ReadQuarantine(1, 10));
            Assert.Equal(("consumer_state", DamageCause.ContentChecksum, 90), (row.Source, row.Cause, row.ContentLength));
            Assert.Contains(Consumer, row.Fields, StringComparison.Ordinal);
        }

        using SqliteMessageStore again = SqliteMessageStore.Open(Database);
        AssertLost(again, Consumer);
        again.Backup(_folder.File("copy.db"));
        again.Commit([Checkpoint(2, Consumer, null)]);
        AssertLost(again, Consumer);
        Assert.Single(again.ReadQuarantine(1, 10));
        again.Commit([Checkpoint(3, Consumer, Bytes(3, 50))]);
        Assert.Equal(Bytes(3, 50), again.ReadConsumer(Consumer)!.State.ToArray());
        Assert.Equal(CheckpointId(3), again.ReadConsumer(Consumer)!.Checkpoint);

        using SqliteMessageStore copy = SqliteMessageStore.Open(_folder.File("copy.db"));
        AssertLost(copy, Consumer);
    }

    [Fact]
    [Trait("Spec", "MSG-127")]
    public void A_state_that_is_gone_is_lost_and_said_once()
    {
        DamagedStore.Fill(Database);
        Execute("DELETE FROM consumer_state");
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        AssertLost(store, Consumer);
        AssertLost(store, Consumer);
        Assert.Equal(DamageCause.ContentMissing, Assert.Single(store.ReadQuarantine(1, 10)).Cause);
        Assert.Null(store.ReadConsumer("consumer 1"));
    }

    [Fact]
    public void A_state_that_an_index_hides_is_not_lost()
    {
        DamagedStore.Fill(Database);
        DamagedIndex.Make(Database, "consumer_state", "sqlite_autoindex_consumer_state_1", "DELETE FROM shadow");
        using SqliteMessageStore store = DamagedStore.Open(Database, isChecked: false);
        Assert.Equal(Bytes(1, 90), store.ReadConsumer(Consumer)!.State.ToArray());
        Assert.Equal(DamageCause.IndexWrong, Assert.Single(store.ReadQuarantine(1, 10)).Cause);
    }

    /// <summary>Its state is right and nobody's: whether it is the one of that checkpoint isn't known.</summary>
    [Fact]
    [Trait("Spec", "MSG-127")]
    public void A_damaged_row_of_a_consumer_makes_its_state_lost_and_no_other_one_s()
    {
        DamagedStore.Fill(Database);
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        DamagedStore.Flip(Database, "consumer", "checkpoint", 0);

        // Also where the first that meets it is a checkpoint that leaves the state as it was.
        store.Commit([Checkpoint(2, Consumer, null)]);
        AssertLost(store, Consumer);
        Assert.Equal(["consumer", "consumer_state"], store.ReadQuarantine(1, 10).Select(row => row.Source));
        Assert.Null(store.ReadConsumer("consumer 1"));
        store.Commit([Checkpoint(3, "consumer 1", null)]);
        Assert.True(store.ReadConsumer("consumer 1")!.State.IsEmpty);
        store.Commit([Checkpoint(4, Consumer, Bytes(4, 20))]);
        Assert.Equal(Bytes(4, 20), store.ReadConsumer(Consumer)!.State.ToArray());
    }

    [Fact]
    [Trait("Spec", "MSG-127")]
    public void Where_a_damaged_row_s_name_is_not_known_any_consumer_that_has_none_may_be_meant()
    {
        DamagedStore.Fill(Database);
        DamagedStore.Flip(Database, "consumer", "name", 0);
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        AssertLost(store, Consumer);
        AssertLost(store, "consumer 1");
        store.Commit([Checkpoint(2, "consumer 1", null)]);
        AssertLost(store, "consumer 1");
        store.Commit([Checkpoint(3, "consumer 1", Bytes(3, 20))]);
        Assert.Equal(Bytes(3, 20), store.ReadConsumer("consumer 1")!.State.ToArray());
    }

    public void Dispose() => _folder.Dispose();

    private static StoreOperation.Checkpoint Checkpoint(int id, string consumer, byte[]? state) =>
        new(CheckpointId(id), consumer, state is null ? default(ReadOnlyMemory<byte>?) : state, 8);

    private static void AssertLost(SqliteMessageStore store, string consumer)
    {
        string message = Assert.Throws<MessageStoreException>(() => store.ReadConsumer(consumer)).Message;
        Assert.Contains("Restore a backup", message, StringComparison.Ordinal);
        Assert.Contains("make a checkpoint with that state", message, StringComparison.Ordinal);
    }

    private void Execute(string sql)
    {
        using SqliteDatabase database = SqliteDatabase.Open(Database, readOnly: false);
        database.Execute(sql);
    }
}
