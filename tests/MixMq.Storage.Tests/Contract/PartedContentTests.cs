using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Contract;

/// <summary>Contents in parts: handed over, received, given out by ranges, dropped.</summary>
public sealed class PartedContentTests : IDisposable
{
    private const int Part = MessagingConstants.ContentPartBytes;
    private readonly TemporaryFolder _folder = new(inMemory: true);

    private string Database => _folder.File("messages.db");

    [Fact]
    public void A_staged_content_becomes_its_messages_and_is_read_by_ranges()
    {
        byte[] content = Numbered((2 * Part) + 100);
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([OpenOutbound(), .. Staged(1, content), AppendStaged(1, 1, content.Length)]);
        OutboxEntry entry = Assert.Single(store.Load().Outbox);
        Assert.True(entry.InParts);
        Assert.Equal(content.Length, entry.ContentLength);
        foreach ((int offset, int length) in ((int, int)[])[(0, 1), (0, content.Length), (Part - 1, 2), (Part, Part), ((2 * Part) + 99, 1), (content.Length, 0)])
        {
            Assert.Equal(content.AsSpan(offset, length).ToArray(), store.ReadOutboxPart(Id(1), offset, length)!.Value.ToArray());
        }

        Assert.Null(store.ReadOutboxPart(Id(1), 1, content.Length));
        Assert.Null(store.ReadOutboxPart(Id(2), 0, 1));
        Assert.Null(store.ReadOutboxContent(Id(1)));
        Assert.Equal(0, store.Count().Quarantined);
    }

    [Fact]
    public void A_content_that_was_being_handed_over_is_gone_after_a_start()
    {
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database))
        {
            store.Commit([.. Staged(1, Numbered(Part + 1)), .. Staged(2, Numbered(5)), new StoreOperation.DropStaged(Id(2)), new StoreOperation.DropStaged(Id(3))]);
        }

        using SqliteMessageStore again = SqliteMessageStore.Open(Database);
        Assert.Throws<MessageStoreException>(() => again.Commit([OpenOutbound(), AppendStaged(1, 1, Part + 1)]));
        Prune(again);
        Assert.Equal(0, RowsOf(again, "part"));
        Assert.Equal(0, RowsOf(again, "parted"));
    }

    [Fact]
    public void Parts_come_in_order_and_make_the_length_that_the_entry_says()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([OpenOutbound(), .. Staged(1, Numbered(Part + 5))]);
        Assert.Throws<MessageStoreException>(() => store.Commit([AppendStaged(1, 1, Part + 6)]));
        Assert.Throws<MessageStoreException>(() => store.Commit([AppendStaged(2, 1, 5)]));
        Assert.Throws<MessageStoreException>(() => store.Commit([new StoreOperation.StagePart(Id(1), 2, new byte[1])]));
        Assert.Throws<MessageStoreException>(() => store.Commit([new StoreOperation.StagePart(Id(2), 1, new byte[1])]));
        Assert.Throws<MessageStoreException>(() => store.Commit([new StoreOperation.StagePart(Id(2), 0, new byte[Part + 1])]));
        store.Commit([AppendStaged(1, 1, Part + 5)]);
    }

    [Fact]
    public void A_partials_content_becomes_the_inbox_entrys_without_being_copied()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([Inbound(), OpenParted(4, 5), Piece(4, 3), Piece(4, 0), Piece(4, 1), Piece(4, 4)]);
        PartialState partial = Assert.Single(store.Load().Partials);
        Assert.True(partial.InParts);
        Assert.Equal([0, 1, 3, 4], Enumerable.Range(0, partial.Leading).Concat(partial.Fragments).Order());
        Assert.Equal(Content(4, 5).AsSpan(0, 300).ToArray(), store.ReadPartialPart(Place(4), 0, 300)!.Value.ToArray());
        store.Commit([Piece(4, 2)]);
        store.Commit([Inbound(4), Parted(4, 1, 5)]);
        Assert.Empty(store.Load().Partials);
        InboxItem item = Assert.Single(store.ReadInbox(0, 10, 0));
        Assert.Equal(1050, item.Entry.PartedContentBytes);
        Assert.True(item.Entry.Content.IsEmpty);
        for (int offset = 0; offset < 1050; offset += 35)
        {
            Assert.Equal(Content(4, 5).AsSpan(offset, 35).ToArray(), store.ReadInboxPart(1, offset, 35)!.Value.ToArray());
        }

        store.Commit([new StoreOperation.ConsumeInbox(1)]);
        Assert.Null(store.ReadInboxPart(1, 0, 1));
        Prune(store);
        Assert.Equal(0, RowsOf(store, "part"));
    }

    [Fact]
    public void A_dead_letters_content_in_parts_comes_back_with_it()
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([Inbound(4), OpenParted(4, 2), Piece(4, 0), Piece(4, 1), Parted(4, 1, 2), new StoreOperation.MoveToDeadLetters(1, "c", "no", 1)]);
        Assert.Null(store.ReadInboxPart(1, 0, 1));
        DeadLetter letter = store.ReadDeadLetter(1)!;
        Assert.Equal((300L, 300L), (letter.ContentLength, letter.Entry.PartedContentBytes));
        Assert.Equal(Content(4, 2), store.ReadDeadLetterPart(1, 0, 300)!.Value.ToArray());
        store.Commit([new StoreOperation.ReplayDeadLetter(1)]);
        Assert.Equal(Content(4, 2), store.ReadInboxPart(1, 0, 300)!.Value.ToArray());
        Assert.Null(store.ReadDeadLetterPart(1, 0, 1));
    }

    [Fact]
    public void A_partial_in_parts_of_more_than_a_span_is_loaded_by_its_end()
    {
        const int count = MessagingConstants.FragmentSpan + 300;
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([Inbound(), OpenParted(4, count), .. Enumerable.Range(0, 250).Select(index => Piece(4, index)), Piece(4, 249 + MessagingConstants.FragmentSpan)]);
        PartialState partial = Assert.Single(store.Load().Partials);
        Assert.Equal(250, partial.Leading);
        Assert.Equal([249 + MessagingConstants.FragmentSpan], partial.Fragments.Where(index => index >= partial.Leading));
    }

    [Fact]
    public void Whatever_drops_a_content_in_parts_gives_its_room_back_some_at_a_time()
    {
        byte[] content = Numbered((20 * Part) + 1);
        using SqliteMessageStore store = SqliteMessageStore.Open(Database);
        store.Commit([OpenOutbound(), .. Staged(1, content), AppendStaged(1, 1, content.Length), .. Staged(2, content), AppendStaged(2, 2, content.Length)]);
        store.Commit([new StoreOperation.ReplaceWithTombstone(Id(1), Bytes(1, 100)), new StoreOperation.SettleOutbox(Id(2), OutboxStatus.Acknowledged, 5)]);
        Assert.Null(store.ReadOutboxPart(Id(1), 0, 1));
        Assert.NotNull(store.ReadOutboxPart(Id(2), 0, 1));
        store.Upkeep(new StoreRetention(), 10, 256);
        Assert.Equal(42 - 16, RowsOf(store, "part"));
        Prune(store);
        Assert.Equal(21, RowsOf(store, "part"));
        store.Upkeep(new StoreRetention { AcknowledgedBytes = 0 }, 10, 256);
        Prune(store);
        Assert.Equal(0, RowsOf(store, "part"));
        Assert.Null(store.ReadOutboxPart(Id(2), 0, 1));
    }

    [Fact]
    public void A_flipped_bit_in_a_part_is_never_given_out()
    {
        using (SqliteMessageStore store = SqliteMessageStore.Open(Database))
        {
            store.Commit([
                OpenOutbound(), .. Staged(1, Numbered(100)), AppendStaged(1, 1, 100), Inbound(9),
                OpenParted(4, 2), Piece(4, 0), Piece(4, 1), Parted(4, 1, 2), OpenParted(5, 3), Piece(5, 0), Piece(5, 1),
                OpenParted(6, 2), Piece(6, 0), Piece(6, 1), Parted(6, 2, 2), new StoreOperation.MoveToDeadLetters(2, "c", "no", 1)]);
            store.Connection.Execute("UPDATE part SET content = CAST(substr(content, 1, 20) || x'FFFF' || substr(content, 23) AS BLOB)");
        }

        using SqliteMessageStore damaged = SqliteMessageStore.Open(Database);
        Assert.Null(damaged.ReadOutboxPart(Id(1), 0, 100));
        Assert.True(Assert.Single(damaged.Load().Outbox).Damaged);
        Assert.Null(damaged.ReadInboxPart(1, 0, 300));
        Assert.True(Assert.Single(damaged.ReadInbox(0, 1, 0)).Damaged);
        Assert.Null(damaged.ReadPartialPart(Place(5), 0, 300));
        Assert.Null(damaged.ReadDeadLetterPart(1, 0, 300));
        Assert.Contains(damaged.ReadQuarantine(0, 10), row => row.Source == "part");
        damaged.Commit([new StoreOperation.DropPartial(Place(5))]);
        Prune(damaged);

        // What is lost stays, for whoever can still read something out of it.
        Assert.Equal(1 + 2 + 2, RowsOf(damaged, "part"));
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Numbered(int length) => [.. Enumerable.Range(0, length).Select(index => (byte)(index % 251))];

    private static byte[] Content(int sequence, int fragments) =>
        [.. Enumerable.Range(0, fragments).SelectMany(index => Piece((ulong)sequence, index).Content.ToArray())];

    private static IEnumerable<StoreOperation> Staged(int id, byte[] content) =>
        content.Chunk(Part).Select((part, index) => new StoreOperation.StagePart(Id(id), index, part));

    private static void Prune(SqliteMessageStore store)
    {
        while (store.Upkeep(new StoreRetention(), 10, 256) > 0)
        {
        }
    }

    private static long RowsOf(SqliteMessageStore store, string table) => store.Connection.Scalar($"SELECT COUNT(*) FROM {table}");
}
