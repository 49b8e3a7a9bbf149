using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using MixMq.Storage.Tests.Crash;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>A store that an older release wrote is brought to the present schema with all that is in it, wholly or not at all.</summary>
public sealed class MigrationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string Database => _folder.File("messages.db");

    [Fact]
    public void A_store_of_version_1_is_opened_with_all_that_is_in_it()
    {
        OldSchema.Write(Database);
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        Assert.Equal(SqliteSchema.Version, store.Connection.Scalar("PRAGMA user_version"));
        AssertContent(store);
    }

    [Fact]
    public void A_migrated_store_goes_on()
    {
        OldSchema.Write(Database);
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database))
        {
            store.Commit([
                AppendOutbox(5, 5), new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 9), new StoreOperation.SettleOutbox(Id(2), OutboxStatus.Expired, 9),
                Ready(3, 3), new StoreOperation.ReleaseInbox(Place(4), 4), new StoreOperation.ConsumeInbox(2), Fragment(6, 1, 3, 4)]);
        }

        using SqliteMessageStore again = SqliteMessageStore.Open(Database);
        Assert.Equal(new byte[] { 0xAA, 0xBB }, again.ReadInbox(3, 1, 100).Single().Entry.Content.ToArray());
        Assert.Equal(new byte[] { 1, 2, 3, 4, 5 }, again.ReadPartial(Place(6))!.Value.ToArray());
        Assert.Equal(new StoreCounts(Pending: 1, Acknowledged: 2, Expired: 2, Waiting: 2, Held: 0, Consumed: 2, Partials: 1), again.Count());
    }

    [Fact]
    public void A_store_of_version_3_is_opened_with_all_that_is_in_it_and_what_is_damaged_stays_so()
    {
        DamagedStore.Fill(Database);
        string before = DamagedStore.Text(Database);
        BackToVersion3();
        Assert.Equal(WithoutGaps(before), WithoutGaps(DamagedStore.Text(Database)));
        BackToVersion3();
        DamagedStore.Flip(Database, "inbound_conversation", "base", 0);
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        Assert.Equal(SqliteSchema.Version, store.Connection.Scalar("PRAGMA user_version"));
        Assert.Equal("inbound_conversation", store.ReadQuarantine(1, 10).Single().Source);
    }

    [Fact]
    public void What_an_operators_tool_notes_for_queries_is_no_damage_and_a_changed_column_is()
    {
        DamagedStore.Fill(Database);
        string before = DamagedStore.Text(Database);
        using (SqliteDatabase database = SqliteDatabase.Open(Database, readOnly: false))
        {
            database.Execute("ANALYZE");
        }

        Assert.Equal(before, DamagedStore.Text(Database));
        using (SqliteDatabase database = SqliteDatabase.Open(Database, readOnly: false))
        {
            database.Execute("ALTER TABLE part RENAME COLUMN content TO contents");
        }

        Assert.Contains("schema is damaged", Assert.Throws<MessageStoreException>(() => SqliteMessageStore.Open(Database)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backup_of_an_older_release_is_put_back_as_its_store_would_be_opened()
    {
        OldSchema.Write(_folder.File("old.backup"));
        Assert.Null(StoreRestore.Run(_folder.File("old.backup"), Database, own: null, replace: false, TimeProvider.System));
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        AssertContent(store);
    }

    [Fact]
    public void A_log_whose_store_was_moved_away_is_not_played_into_what_is_put_back()
    {
        OldSchema.Write(_folder.File("old.backup"));
        File.WriteAllBytes(Database + "-wal", [1, 2, 3]);
        string former = StoreRestore.Run(_folder.File("old.backup"), Database, own: null, replace: false, TimeProvider.System)!;
        Assert.Equal([1, 2, 3], File.ReadAllBytes(former + "-wal"));
        Assert.False(File.Exists(Database + "-wal"));
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        AssertContent(store);
    }

    [Fact]
    public void What_is_no_backup_or_of_a_newer_release_is_not_put_back_and_the_store_stays()
    {
        DamagedStore.Fill(Database);
        string before = DamagedStore.Text(Database);
        string other = _folder.File("other");
        using (SqliteDatabase database = SqliteDatabase.Open(other, readOnly: false))
        {
            database.Execute("CREATE TABLE t (a)");
        }

        Assert.Contains("no backup", Assert.Throws<MessageStoreException>(() => StoreRestore.Run(other, Database, own: null, replace: true, TimeProvider.System)).Message, StringComparison.Ordinal);
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database))
        {
            store.Backup(_folder.File("newer"));
        }

        using (SqliteDatabase database = SqliteDatabase.Open(_folder.File("newer"), readOnly: false))
        {
            database.Execute($"PRAGMA user_version={SqliteSchema.Version + 1}");
        }

        Assert.Contains("use the release", Assert.Throws<MessageStoreException>(
            () => StoreRestore.Run(_folder.File("newer"), Database, own: null, replace: true, TimeProvider.System)).Message, StringComparison.Ordinal);
        Assert.Equal(before, DamagedStore.Text(Database));
    }

    /// <summary>The process is killed when it has migrated so far; SQLite tells after how many of its steps. What is then opened is the old store, and becomes the new one.</summary>
    [Fact]
    public void A_migration_that_is_killed_is_wholly_there_or_not_at_all()
    {
        foreach (int steps in (int[])[50, 2_000, 100_000])
        {
            using var folder = new TemporaryFolder();
            string file = folder.File("messages.db");
            OldSchema.Write(file);
            using (ChildProcess child = ChildProcess.Start("migrate", file, steps.ToString(System.Globalization.CultureInfo.InvariantCulture)))
            {
                Assert.Contains(child.ReadLine(), (string?[])["killed", "done"]);
                child.WaitForExit();
            }

            using SqliteMessageStore store = SqliteMessageStore.Open(file);
            AssertContent(store);
        }
    }

    [Fact]
    public void A_newer_schema_is_refused_with_what_to_do()
    {
        SqliteMessageStore.Open(Database).Dispose();
        using (SqliteDatabase database = SqliteDatabase.Open(Database, readOnly: false))
        {
            database.Execute($"PRAGMA user_version={SqliteSchema.Version + 1}");
        }

        byte[] before = File.ReadAllBytes(Database);
        var refusal = Assert.Throws<MessageStoreException>(() => SqliteMessageStore.Open(Database));
        Assert.Contains($"schema version {SqliteSchema.Version + 1}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("run the release that wrote it", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Database));
    }

    public void Dispose() => _folder.Dispose();

    private static string WithoutGaps(string text) => string.Join('\n', text.Replace("Gaps = 1", "Gaps = 0", StringComparison.Ordinal).Split('\n')
        .Where(line => !((string[])["gap ", "question ", "reply ", "anonymous "]).Any(later => line.StartsWith(later, StringComparison.Ordinal))));

    /// <summary>As version 3 wrote it.</summary>
    private void BackToVersion3()
    {
        using SqliteDatabase database = SqliteDatabase.Open(Database, readOnly: false);
        database.Execute("""
            DROP TABLE gap;
            DROP TABLE owner;
            DROP INDEX inbox_anonymous;
            DROP INDEX outbox_waiting;
            DROP TABLE question;
            DROP TABLE reply;
            DROP TABLE reply_content;
            ALTER TABLE outbound_conversation DROP COLUMN tentative;
            ALTER TABLE inbound_conversation DROP COLUMN sender_start;
            ALTER TABLE inbound_conversation DROP COLUMN former_first;
            ALTER TABLE inbound_conversation DROP COLUMN former_last;
            ALTER TABLE inbound_conversation DROP COLUMN foreign_last;
            UPDATE outbound_conversation SET sum = row_sum('outbound_conversation', recipient, conversation, name, secret, first_sequence, next_sequence);
            UPDATE inbound_conversation SET sum = row_sum('inbound_conversation', sender, conversation, name, secret, watermark, base, tombstones);
            PRAGMA user_version=3;
            """);
    }

    private static void AssertContent(SqliteMessageStore store)
    {
        EndpointState state = store.Load();
        Assert.Equal(5ul, Assert.Single(state.OutboundConversations).NextSequence);
        Assert.Equal([Id(1), Id(2)], state.Outbox.Select(entry => entry.Id));
        Assert.Equal([false, true], state.Outbox.Select(entry => entry.Tombstone));
        Assert.Equal(Bytes(1, 5), store.ReadOutboxContent(Id(1))!.Value.ToArray());
        Assert.Null(store.ReadOutboxContent(Id(3)));
        Assert.Equal(new OutboxTrack(OutboxStatus.Acknowledged, Peer, 3, 1003, 2003, 3003), store.Track(Id(3)));
        InboundConversationState inbound = Assert.Single(state.InboundConversations);
        Assert.Equal((2ul, 1ul), (inbound.Watermark, inbound.Base));
        Assert.Equal([2ul], inbound.Tombstones.ToArray());
        Assert.Equal([Place(4)], state.Held.Select(held => held.Place));
        Assert.Equal([0, 2], Assert.Single(state.Partials).Fragments.ToArray());
        Assert.Equal(new byte[] { 1, 2, 5 }, store.ReadPartial(Place(6))!.Value.ToArray());
        IReadOnlyList<InboxItem> items = store.ReadInbox(0, 10, 1000, includeConsumed: true);
        Assert.Equal([true, false], items.Select(item => item.Consumed));
        Assert.Equal([false, true], items.Select(item => item.Entry.Tombstone));
        Assert.Equal(new StoreCounts(Pending: 2, Acknowledged: 1, Expired: 1, Waiting: 1, Held: 1, Consumed: 1, Partials: 1), store.Count());
    }
}
