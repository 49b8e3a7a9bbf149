using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>
/// An index that doesn't say what its rows say loses no message: what waits is found by its rows, the right one is settled, consumed or removed, and the damage is reported. All of it in stores whose
/// trees aren't looked at when they are opened, as those of large ones.
/// </summary>
public sealed class IndexDamageTests : IDisposable
{
    private const string ById = "sqlite_autoindex_outbox_1";
    private const string ByPlace = "sqlite_autoindex_outbox_2";
    private const string ByPosition = "sqlite_autoindex_inbox_2";

    // 1 and 2 change places, so that the entry of each leads to the other.
    private const string Exchanged = "UPDATE shadow SET row = -1 WHERE row = 1; UPDATE shadow SET row = 1 WHERE row = 2; UPDATE shadow SET row = 2 WHERE row = -1";

    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string Database => _folder.File("messages.db");

    [Theory]
    [InlineData(ByPlace, "DELETE FROM shadow WHERE sequence = 3")]
    [InlineData(ByPlace, "DELETE FROM shadow WHERE sequence = 6")]
    [InlineData(ByPlace, "UPDATE shadow SET sequence = 30 WHERE sequence = 3")]
    [InlineData(ByPlace, Exchanged)]
    [InlineData("outbox_waiting", "DELETE FROM shadow WHERE sequence = 1")]
    [InlineData("outbox_waiting", "DELETE FROM shadow WHERE sequence = 6")]
    [InlineData("outbox_waiting", "UPDATE shadow SET recipient = randomblob(32) WHERE sequence = 4")]
    [InlineData("outbox_waiting", "UPDATE shadow SET expires = 7 WHERE sequence = 4")]
    [InlineData("outbox_waiting", Exchanged)]
    [InlineData(ById, "DELETE FROM shadow WHERE sequence = 3")]
    public void A_message_that_an_index_hides_is_read_all_the_same(string index, string change)
    {
        Fill();
        DamagedIndex.Make(Database, "outbox", index, change);
        using SqliteMessageStore store = Open();
        OutboxWaiting waiting = Assert.Single(store.Load(outboxPage: 0).Waiting);
        Assert.Equal((1ul, 6), (waiting.First, waiting.Count));
        IReadOnlyList<OutboxEntry> page = store.ReadWaiting(Peer, Conversation, 1, 10, byExpiry: false);
        Assert.Equal([1ul, 2, 3, 4, 5, 6], page.Select(entry => entry.Sequence));
        Assert.Equal([1ul, 2, 3, 4, 5, 6], store.ReadWaiting(Peer, Conversation, 1, 10, byExpiry: true).Select(entry => entry.Sequence));
        Assert.All(page, entry => Assert.Equal(entry.Sequence, store.ReadUnsettled(entry.Id)?.Sequence));
        Assert.All(page, entry => Assert.Equal(Bytes((int)entry.Sequence, 5), store.ReadOutboxContent(entry.Id)?.ToArray()));
        AssertReported(store);
    }

    [Theory]
    [InlineData("outbox_content", "sqlite_autoindex_outbox_content_1", "DELETE FROM shadow")]
    [InlineData("outbox_content", "sqlite_autoindex_outbox_content_1", "UPDATE shadow SET message_id = randomblob(16)")]
    [InlineData("parted", "sqlite_autoindex_parted_1", "DELETE FROM shadow")]
    [InlineData("parted", "sqlite_autoindex_parted_1", "UPDATE shadow SET owner = randomblob(16)")]
    public void A_content_that_an_index_hides_is_not_lost(string table, string index, string change)
    {
        Fill();
        using SqliteMessageStore store = Open();
        store.Commit([new StoreOperation.StagePart(Id(7), 0, Bytes(7, 150)), AppendStaged(7, 7, 150)]);
        DamagedIndex.Make(Database, table, index, change);

        // Whether it is in parts says the same index, so it is asked for as one that isn't.
        Assert.Null(store.ReadOutboxContent(Id(7)));
        Assert.Equal(Bytes(1, 5), store.ReadOutboxContent(Id(1))?.ToArray());
        Assert.Equal(Bytes(7, 150), store.ReadOutboxPart(Id(7), 0, 150)?.ToArray());
        AssertReported(store);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_message_is_settled_and_not_the_one_that_the_index_leads_to(bool isMissing)
    {
        Fill();
        using SqliteMessageStore store = Open();
        DamagedIndex.Make(Database, "outbox", ById, isMissing ? "DELETE FROM shadow WHERE row = 1" : Exchanged);
        store.Commit([new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Expired, 9)]);
        Assert.Equal([2ul, 3, 4, 5, 6], store.Load().Outbox.Select(entry => entry.Sequence));
        Assert.Equal(Bytes(2, 5), store.ReadOutboxContent(Id(2))?.ToArray());
        AssertReported(store);
    }

    [Theory]
    [InlineData("inbox_unconsumed", "DELETE FROM shadow WHERE position = 2")]
    [InlineData("inbox_unconsumed", "UPDATE shadow SET consumed = 1 WHERE position = 2")]
    [InlineData("inbox_unconsumed", "UPDATE shadow SET position = 20 WHERE position = 2")]
    public void An_entry_of_the_inbox_that_an_index_hides_is_given_out_all_the_same(string index, string change)
    {
        Fill();
        DamagedIndex.Make(Database, "inbox", index, change);
        using SqliteMessageStore store = Open();
        Assert.Equal([1ul, 2, 3], store.ReadInbox(0, 10, 1000).Select(item => item.Entry.Position));
        Assert.Equal([1ul, 2, 3], store.ReadInboxHeads(0, 10).Select(head => head.Position));
        AssertReported(store);
    }

    [Theory]
    [InlineData(ByPosition, "DELETE FROM shadow WHERE position = 1")]
    [InlineData(ByPosition, Exchanged)]
    [InlineData("inbox_unconsumed", "DELETE FROM shadow WHERE position = 1")]
    public void An_entry_is_consumed_and_not_another_one_or_none(string index, string change)
    {
        Fill();
        using SqliteMessageStore store = Open();
        DamagedIndex.Make(Database, "inbox", index, change);
        store.Commit([new StoreOperation.ConsumeInbox(1)]);
        Assert.Equal([2ul, 3], store.ReadInbox(0, 10, 1000).Select(item => item.Entry.Position));
        Assert.Equal(Bytes(2, 5), store.ReadInbox(1, 1, 1000).Single().Entry.Content.ToArray());
        AssertReported(store);
    }

    /// <summary>An index over what was acknowledged that leads to a message which waits.</summary>
    [Fact]
    public void Pruning_takes_no_content_of_a_message_that_waits()
    {
        Fill();
        using SqliteMessageStore store = Open();
        store.Commit([new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 9)]);
        DamagedIndex.Make(Database, "outbox", "outbox_kept", Exchanged);
        store.Upkeep(new StoreRetention { AcknowledgedBytes = 0 }, 10, 100);
        Assert.Equal(Bytes(2, 5), store.ReadOutboxContent(Id(2))?.ToArray());
        Assert.Null(store.ReadOutboxContent(Id(1)));
        AssertReported(store);
    }

    /// <summary>An index that says of a message's content in parts that it was being handed over, or is nobody's.</summary>
    [Theory]
    [InlineData((int)PartedKind.Staged)]
    [InlineData((int)PartedKind.Dropped)]
    public void No_content_in_parts_is_dropped_that_only_an_index_calls_nobody_s(int kind)
    {
        Fill();
        using (SqliteMessageStore store = Open())
        {
            store.Commit([new StoreOperation.StagePart(Id(7), 0, Bytes(7, 150)), AppendStaged(7, 7, 150)]);
        }

        string change = $"UPDATE shadow SET kind = {kind}";
        DamagedIndex.Make(Database, "parted", "sqlite_autoindex_parted_1", change);
        using SqliteMessageStore again = Open();
        Assert.Equal(Bytes(7, 150), again.ReadOutboxPart(Id(7), 0, 150)?.ToArray());
        AssertReported(again);
    }

    /// <summary>The same of one that comes to be so while the store is open.</summary>
    [Fact]
    public void Pruning_takes_no_parts_of_a_message_s_content()
    {
        Fill();
        using SqliteMessageStore store = Open();
        store.Commit([new StoreOperation.StagePart(Id(7), 0, Bytes(7, 150)), AppendStaged(7, 7, 150)]);
        DamagedIndex.Make(Database, "parted", "sqlite_autoindex_parted_1", $"UPDATE shadow SET kind = {(int)PartedKind.Dropped}");
        store.Upkeep(new StoreRetention(), 10, 100);
        Assert.Equal(Bytes(7, 150), store.ReadOutboxPart(Id(7), 0, 150)?.ToArray());
        AssertReported(store);
    }

    [Fact]
    public void A_status_that_was_damaged_since_the_start_is_noticed_by_the_page_that_it_would_be_missing_from()
    {
        Fill();
        using SqliteMessageStore store = Open();
        Execute("UPDATE outbox SET status = 2 WHERE sequence = 3");
        IReadOnlyList<OutboxEntry> page = store.ReadWaiting(Peer, Conversation, 1, 10, byExpiry: false);
        Assert.Equal([1ul, 2, 3, 4, 5, 6], page.Select(entry => entry.Sequence));
        Assert.Equal([3ul], page.Where(entry => entry.Damaged).Select(entry => entry.Sequence));
        Assert.Equal(["outbox", "outbox_content"], store.ReadQuarantine(0, 10).Select(row => row.Source));
    }

    [Fact]
    public void A_row_that_is_gone_with_all_that_leads_to_it_is_given_as_damaged_and_reported()
    {
        Fill();
        Execute("DELETE FROM outbox WHERE sequence = 3");
        using SqliteMessageStore store = Open();
        IReadOnlyList<OutboxEntry> page = store.ReadWaiting(Peer, Conversation, 1, 10, byExpiry: false);
        Assert.Equal([(1ul, false), (2ul, false), (3ul, true), (4ul, false), (5ul, false), (6ul, false)], page.Select(entry => (entry.Sequence, entry.Damaged)));
        Assert.Contains(store.ReadQuarantine(0, 10), row => row.Cause == DamageCause.RowGone);
    }

    /// <summary>Of every table's indexes: what nothing has met is found by looking through the store.</summary>
    [Theory]
    [InlineData("outbox", ById, "DELETE FROM shadow WHERE row = 2")]
    [InlineData("outbox", ById, "UPDATE shadow SET message_id = randomblob(16) WHERE row = 2")]
    [InlineData("outbox", ByPlace, "UPDATE shadow SET conversation = randomblob(16) WHERE row = 2")]
    [InlineData("outbox", ByPlace, "INSERT INTO shadow SELECT 99, randomblob(16), recipient, conversation, 99, envelope, label, content_length, content_sum, created, expires, status, settled, damaged, sum FROM shadow WHERE row = 1")]
    [InlineData("outbox", "outbox_status", "UPDATE shadow SET status = 3 WHERE row = 2")]
    [InlineData("inbox", ByPosition, "DELETE FROM shadow WHERE row = 2")]
    [InlineData("outbox_content", "sqlite_autoindex_outbox_content_1", "DELETE FROM shadow WHERE rowid = 2")]
    [InlineData("checkpoint", "sqlite_autoindex_checkpoint_1", "DELETE FROM shadow")]
    public void Looking_through_a_store_that_is_in_use_finds_what_an_index_hides(string table, string index, string change)
    {
        Fill();
        using SqliteMessageStore store = Open();
        DamagedIndex.Make(Database, table, index, change);
        LookThrough(store);
        AssertReported(store);
        LookThrough(store);
        Assert.Equal(1, store.Count().Quarantined);
    }

    [Fact]
    public void Looking_through_a_store_finds_rows_that_were_damaged_since_and_nothing_in_a_sound_one()
    {
        Fill();
        using SqliteMessageStore store = Open();
        LookThrough(store);
        Assert.Equal(0, store.Count().Quarantined);
        Execute("UPDATE inbox SET label = 'x' WHERE position = 3");
        LookThrough(store);
        Assert.Equal(["inbox", "inbox_content"], store.ReadQuarantine(0, 10).Select(row => row.Source));
        Assert.Equal([false, false, true], store.ReadInbox(0, 10, 1000).Select(item => item.Damaged));
    }

    [Fact]
    public void Commits_go_on_between_the_steps_and_are_looked_at_too()
    {
        Fill();
        using SqliteMessageStore store = Open();
        using SqliteScrub scrub = store.BeginScrub();
        int steps = 0;
        for (int number = 7; store.LookOn(scrub); number++)
        {
            store.Commit([AppendOutbox(number, (ulong)number), new StoreOperation.SettleOutbox(Id(number - 6), OutboxStatus.Acknowledged, 9)]);
            steps++;
        }

        Assert.True(steps > 20, $"{steps} steps.");
        Assert.Equal(0, store.Count().Quarantined);
    }

    public void Dispose() => _folder.Dispose();

    private static void LookThrough(SqliteMessageStore store)
    {
        using SqliteScrub scrub = store.BeginScrub();
        while (store.LookOn(scrub))
        {
        }
    }

    private static void AssertReported(SqliteMessageStore store) => Assert.Equal(DamageCause.IndexWrong, Assert.Single(store.ReadQuarantine(0, 10)).Cause);

    private void Fill()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([OpenOutbound(), .. Enumerable.Range(1, 6).Select(number => AppendOutbox(number, (ulong)number)), Inbound(3), .. Enumerable.Range(1, 3).Select(number => Ready((ulong)number, (ulong)number))]);
        store.Commit([new StoreOperation.Checkpoint(CheckpointId(1), "consumer 0", Bytes(1, 90), 7)]);
    }

    private SqliteMessageStore Open() => DamagedStore.Open(Database, isChecked: false);

    private void Execute(string sql)
    {
        using SqliteDatabase database = SqliteDatabase.Open(Database, readOnly: false);
        database.Execute(sql);
    }
}
