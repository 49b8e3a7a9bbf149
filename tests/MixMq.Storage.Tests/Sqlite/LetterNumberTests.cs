using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>Dead letters' numbers where the store doesn't say how many were given: it is older than that, put back, or damaged.</summary>
public sealed class LetterNumberTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string Database => _folder.File("messages.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_store_that_keeps_no_last_number_yet_begins_from_the_greatest_that_it_holds()
    {
        Fill();
        Change("DELETE FROM counter WHERE name = 'dead_letters'");
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([new StoreOperation.ReplayDeadLetter(2), Dead(2)]);
        Assert.Equal([1, 3], Numbers(store));
    }

    /// <summary>As an older release leaves it, which may be gone back to: its numbers are above the one that is kept.</summary>
    [Fact]
    public void Letters_of_a_release_that_counts_otherwise_are_above_what_is_given_next()
    {
        Fill();
        Change("UPDATE counter SET value = 1, sum = row_sum('counter', name, 1) WHERE name = 'dead_letters'");
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([Ready(3, 3), Dead(3)]);
        Assert.Equal([1, 2, 3], Numbers(store));
    }

    [Fact]
    public void A_damaged_last_number_leaves_out_what_may_have_been_given()
    {
        Fill();
        Change("UPDATE counter SET value = 1 WHERE name = 'dead_letters'");
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([new StoreOperation.ReplayDeadLetter(2), Dead(2)]);
        Assert.Equal([1, 3 + SqliteLetterNumbers.Skipped], Numbers(store));
    }

    [Fact]
    public void A_last_number_that_is_damaged_while_the_node_runs_is_not_followed()
    {
        Fill();
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Connection.Execute("UPDATE counter SET value = 5000000000 WHERE name = 'dead_letters'");
        store.Commit([new StoreOperation.ReplayDeadLetter(2), Dead(2)]);
        Assert.Equal([1, 2 + SqliteLetterNumbers.Skipped], Numbers(store));
    }

    [Fact]
    [Trait("Spec", "MSG-36")]
    public void A_store_that_is_put_back_gives_none_that_was_given_since_the_backup()
    {
        Fill();
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database))
        {
            store.Backup(_folder.File("backup"));
            store.Commit([Ready(3, 3), Dead(3)]);
            Assert.Equal([1, 2, 3], Numbers(store));
        }

        StoreRestore.Run(_folder.File("backup"), Database, null, replace: true, TimeProvider.System);
        using SqliteMessageStore restored = SqliteMessageStore.Open(Database);
        Assert.Equal([1, 2], Numbers(restored));
        restored.Commit([Ready(3, 3), Dead(3)]);
        Assert.Equal([1, 2, 3 + SqliteLetterNumbers.Skipped], Numbers(restored));
    }

    private void Fill()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([Inbound(), Ready(1, 1), Ready(2, 2), Dead(1), Dead(2)]);
    }

    private void Change(string sql)
    {
        using SqliteDatabase database = SqliteDatabase.Open(Database, readOnly: false);
        database.Execute(sql);
    }

    private static StoreOperation.MoveToDeadLetters Dead(ulong position) => new(position, "c", "no", 1);

    private static IEnumerable<long> Numbers(SqliteMessageStore store) => store.ReadDeadLetters(0, 10).Select(letter => letter.Number);
}
