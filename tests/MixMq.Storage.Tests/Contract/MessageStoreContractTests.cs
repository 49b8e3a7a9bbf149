using MixMq.Endpoint.Messaging;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Contract;

/// <summary>What every message store does, operation by operation; each is read after the store was closed and opened again.</summary>
public sealed class MessageStoreContractTests
{
    public static TheoryData<string> Stores => StoreUnderTest.Names;

    [Theory, MemberData(nameof(Stores))]
    public void An_empty_store_holds_nothing(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        IMessageStore store = test.Reopen();

        EndpointState state = store.Load();
        Assert.Empty(state.OutboundConversations);
        Assert.Empty(state.Outbox);
        Assert.Empty(state.InboundConversations);
        Assert.Empty(state.Held);
        Assert.Empty(state.Partials);
        Assert.Equal(0ul, state.LastInboxPosition);
        Assert.Equal(new StoreCounts(0, 0, 0, 0, 0, 0, 0), store.Count());
        Assert.Empty(store.ReadInbox(0, 10, 1000, includeConsumed: true));
        Assert.Null(store.Track(Id(1)));
        Assert.False(store.ReadOutboxContent(Id(1)).HasValue);
        Assert.False(store.ReadPartial(Place(1)).HasValue);
    }

    [Theory, MemberData(nameof(Stores))]
    public void An_accepted_message_is_pending_with_its_content(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        StoreOperation.AppendOutbox append = AppendOutbox(3, 1, 100);
        test.Store.Commit([OpenOutbound(), append]);
        IMessageStore store = test.Reopen();

        OutboxEntry entry = Assert.Single(store.Load().Outbox);
        Assert.Equal(append.Entry with { Envelope = entry.Envelope }, entry);
        Assert.Equal(append.Entry.Envelope.ToArray(), entry.Envelope.ToArray());
        Assert.Equal(append.Content.ToArray(), store.ReadOutboxContent(Id(3))!.Value.ToArray());
        Assert.Equal(new OutboxTrack(OutboxStatus.Pending, Peer, 1, 1003, 2003, 0), store.Track(Id(3)));
        Assert.Equal(1, store.Count().Pending);
    }

    [Theory, MemberData(nameof(Stores))]
    public void Each_message_moves_its_conversation_on_by_one(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([OpenOutbound(next: 41), AppendOutbox(1, 41), AppendOutbox(2, 42)]);
        test.Store.Commit([AppendOutbox(3, 43)]);

        EndpointState state = test.Reopen().Load();
        OutboundConversationState conversation = Assert.Single(state.OutboundConversations);
        Assert.Equal(44ul, conversation.NextSequence);
        Assert.Equal("orders", conversation.Name);
        Assert.True(conversation.Secret.Matches(Secret(7).ToArray()));
        Assert.Equal([41ul, 42ul, 43ul], state.Outbox.Select(entry => entry.Sequence));
    }

    [Theory, MemberData(nameof(Stores))]
    public void The_next_sequence_outlives_the_messages_that_were_settled(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([OpenOutbound(), AppendOutbox(1, 1), new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 9)]);

        EndpointState state = test.Reopen().Load();
        Assert.Empty(state.Outbox);
        Assert.Equal(2ul, Assert.Single(state.OutboundConversations).NextSequence);
    }

    [Theory, MemberData(nameof(Stores))]
    public void An_empty_content_is_a_content(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([OpenOutbound(), AppendOutbox(1, 1, 0), Inbound(), Ready(1, 1, 0), OpenPartial(2, 2, 0)]);
        IMessageStore store = test.Reopen();

        Assert.True(store.ReadOutboxContent(Id(1)) is { IsEmpty: true });
        Assert.True(store.ReadPartial(Place(2)) is { IsEmpty: true });
        Assert.True(Assert.Single(store.ReadInbox(0, 1, 0)).Entry.Content.IsEmpty);
    }

    [Theory, MemberData(nameof(Stores))]
    public void Texts_come_back_as_they_were(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([OpenOutbound(), Inbound(), .. Enumerable.Range(1, 5).SelectMany(Both)]);
        IMessageStore store = test.Reopen();

        Assert.Equal(Enumerable.Range(1, 5).Select(Text), store.Load().Outbox.Select(entry => entry.Label));
        Assert.Equal(Enumerable.Range(1, 5).Select(Text), store.ReadInbox(0, 9, 999).Select(item => item.Entry.Label));
        Assert.Equal(Enumerable.Range(2, 5).Select(Text), store.ReadInbox(0, 9, 999).Select(item => item.Entry.ConversationName));

        static StoreOperation[] Both(int number) => [AppendOutbox(number, (ulong)number), Ready((ulong)number, (ulong)number)];
    }

    [Theory, MemberData(nameof(Stores))]
    public void A_tombstone_replaces_the_envelope_and_drops_the_content(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([OpenOutbound(), AppendOutbox(1, 1)]);
        test.Store.Commit([new StoreOperation.ReplaceWithTombstone(Id(1), Bytes(77, 250))]);
        IMessageStore store = test.Reopen();

        OutboxEntry entry = Assert.Single(store.Load().Outbox);
        Assert.True(entry.Tombstone);
        Assert.Equal(0, entry.ContentLength);
        Assert.Equal(Bytes(77, 250), entry.Envelope.ToArray());
        Assert.False(store.ReadOutboxContent(Id(1)).HasValue);
        Assert.Equal(OutboxStatus.Expiring, store.Track(Id(1))!.Status);
        Assert.Equal(1, store.Count().Pending);
    }

    [Theory, MemberData(nameof(Stores))]
    public void A_settled_message_keeps_what_tracking_needs_and_an_acknowledged_one_its_content(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([OpenOutbound(), AppendOutbox(1, 1), AppendOutbox(2, 2), AppendOutbox(3, 3)]);
        test.Store.Commit([new StoreOperation.ReplaceWithTombstone(Id(2), Bytes(77, 250)), new StoreOperation.ReplaceWithTombstone(Id(3), Bytes(78, 250))]);
        test.Store.Commit([
            new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 91),
            new StoreOperation.SettleOutbox(Id(2), OutboxStatus.Expired, 92),
            new StoreOperation.SettleOutbox(Id(3), OutboxStatus.Acknowledged, 93)]);
        IMessageStore store = test.Reopen();

        Assert.Empty(store.Load().Outbox);
        Assert.Equal(Bytes(1, 5), store.ReadOutboxContent(Id(1))!.Value.ToArray());
        Assert.False(store.ReadOutboxContent(Id(2)).HasValue);
        Assert.False(store.ReadOutboxContent(Id(3)).HasValue);
        Assert.Equal(new OutboxTrack(OutboxStatus.Acknowledged, Peer, 1, 1001, 2001, 91), store.Track(Id(1)));
        Assert.Equal(new OutboxTrack(OutboxStatus.Expired, Peer, 2, 1002, 2002, 92), store.Track(Id(2)));
        Assert.Equal(new OutboxTrack(OutboxStatus.Acknowledged, Peer, 3, 1003, 2003, 93), store.Track(Id(3)));
        Assert.Equal(new StoreCounts(0, 2, 1, 0, 0, 0, 0), store.Count());
    }

    [Theory, MemberData(nameof(Stores))]
    public void An_inbound_conversation_is_replaced_as_a_whole(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Inbound(0, 1)]);
        test.Store.Commit([Inbound(12, 5, 6, 9, 11)]);

        InboundConversationState state = Assert.Single(test.Reopen().Load().InboundConversations);
        Assert.Equal((12ul, 5ul), (state.Watermark, state.Base));
        Assert.Equal([6ul, 9ul, 11ul], state.Tombstones.AsEnumerable());
        Assert.Equal("orders", state.Name);
        Assert.True(state.Secret.Matches(Secret(8).ToArray()));
    }

    [Theory, MemberData(nameof(Stores))]
    public void Fragments_join_in_the_order_of_their_indices(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Inbound(), OpenPartial(4, 12), Fragment(4, 11, 5, 6), Fragment(4, 0, 1), Fragment(4, 2, 3, 4)]);
        test.Store.Commit([Fragment(4, 1)]);
        IMessageStore store = test.Reopen();

        PartialState partial = Assert.Single(store.Load().Partials);
        Assert.Equal((Place(4), Id(4), 10, 12), (partial.Place, partial.Id, partial.ContentLength, partial.FragmentCount));
        Assert.Equal(Bytes(4, 200), partial.Envelope.ToArray());
        Assert.Equal([0, 1, 2, 11], partial.Fragments.Order());
        Assert.Equal([1, 3, 4, 5, 6], store.ReadPartial(Place(4))!.Value.ToArray());
        Assert.Equal(1, store.Count().Partials);
    }

    [Theory, MemberData(nameof(Stores))]
    public void A_dropped_partial_leaves_no_fragment_for_a_later_one(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Inbound(), OpenPartial(4, 3), Fragment(4, 0, 1, 2, 3), new StoreOperation.DropPartial(Place(4))]);
        Assert.False(test.Store.ReadPartial(Place(4)).HasValue);
        test.Store.Commit([OpenPartial(5, 3), Fragment(5, 1, 9)]);
        IMessageStore store = test.Reopen();

        Assert.Equal([1], Assert.Single(store.Load().Partials).Fragments.AsEnumerable());
        Assert.Equal([9], store.ReadPartial(Place(5))!.Value.ToArray());
    }

    [Theory, MemberData(nameof(Stores))]
    public void A_held_entry_is_out_of_sight_until_it_has_a_position(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Inbound(), Held(3), Held(2)]);
        IMessageStore store = test.Reopen();
        Assert.Equal([Place(2), Place(3)], store.Load().Held.Select(held => held.Place).OrderBy(place => place.Sequence));
        Assert.Empty(store.ReadInbox(0, 10, 1000, includeConsumed: true));
        Assert.Equal((0, 2), (store.Count().Waiting, store.Count().Held));

        store.Commit([Ready(1, 1), new StoreOperation.ReleaseInbox(Place(2), 2), new StoreOperation.ReleaseInbox(Place(3), 3)]);
        store = test.Reopen();

        EndpointState state = store.Load();
        Assert.Empty(state.Held);
        Assert.Equal(3ul, state.LastInboxPosition);
        Assert.Equal([(1ul, 1ul), (2ul, 2ul), (3ul, 3ul)], store.ReadInbox(0, 10, 1000).Select(item => (item.Entry.Position, item.Entry.Place.Sequence)));
        Assert.All(store.ReadInbox(0, 10, 1000), item => Assert.Equal(InboxState.Ready, item.Entry.State));
    }

    [Theory, MemberData(nameof(Stores))]
    public void An_inbox_entry_comes_back_whole(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        var message = new StoreOperation.AppendInbox(Entry(2, Place(1), 64, position: 1));
        var tombstone = new StoreOperation.AppendInbox(Entry(3, Place(2), 0, position: 2, tombstone: true));
        test.Store.Commit([Inbound(), message, tombstone]);

        IReadOnlyList<InboxItem> items = test.Reopen().ReadInbox(0, 10, 1000);
        Assert.Equal(message.Entry with { Content = items[0].Entry.Content }, items[0].Entry);
        Assert.Equal(message.Entry.Content.ToArray(), items[0].Entry.Content.ToArray());
        Assert.Equal(tombstone.Entry with { Content = items[1].Entry.Content }, items[1].Entry);
        Assert.All(items, item => Assert.False(item.Consumed));
    }

    [Theory, MemberData(nameof(Stores))]
    public void Consuming_drops_the_content_and_keeps_the_row(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Inbound(), Ready(1, 1), Ready(2, 2)]);
        test.Store.Commit([new StoreOperation.ConsumeInbox(1)]);
        test.Store.Commit([new StoreOperation.ConsumeInbox(1)]);
        IMessageStore store = test.Reopen();

        Assert.Equal(2ul, Assert.Single(store.ReadInbox(0, 10, 1000)).Entry.Position);
        IReadOnlyList<InboxItem> all = store.ReadInbox(0, 10, 1000, includeConsumed: true);
        Assert.Equal([true, false], all.Select(item => item.Consumed));
        Assert.Equal([0, 5], all.Select(item => item.Entry.Content.Length));
        Assert.Equal(new StoreCounts(0, 0, 0, Waiting: 1, Held: 0, Consumed: 1, 0), store.Count());
        Assert.Throws<MessageStoreException>(() => store.Commit([Ready(1, 3)]));
    }

    [Theory, MemberData(nameof(Stores))]
    public void The_last_position_is_the_greatest_ever_given_also_when_all_is_consumed(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Inbound(), Ready(1, 1), Ready(2, 2), new StoreOperation.ConsumeInbox(1), new StoreOperation.ConsumeInbox(2)]);
        Assert.Equal(2ul, test.Reopen().Load().LastInboxPosition);
    }

    [Theory, MemberData(nameof(Stores))]
    public void Consuming_where_there_is_nothing_does_nothing(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Inbound(), Held(2), .. new ulong[] { 0, 1, 99, long.MaxValue, ulong.MaxValue }.Select(position => new StoreOperation.ConsumeInbox(position))]);
        Assert.Equal(new StoreCounts(0, 0, 0, 0, Held: 1, Consumed: 0, 0), test.Reopen().Count());
    }

    [Theory, MemberData(nameof(Stores))]
    public void The_inbox_is_read_in_pages_bounded_by_items_and_bytes(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Inbound(), Ready(1, 1, 10), Ready(2, 2, 20), Ready(3, 3, 30), Ready(4, 5, 40)]);
        IMessageStore store = test.Reopen();

        Assert.Equal([1ul, 2, 3, 5], Positions(0, 10, 1000));
        Assert.Equal([1ul, 2], Positions(0, 2, 1000));
        Assert.Equal([3ul, 5], Positions(2, 2, 1000));
        Assert.Equal([5ul], Positions(3, 2, 1000));
        Assert.Empty(Positions(5, 2, 1000));
        Assert.Empty(Positions(ulong.MaxValue, 2, 1000));
        Assert.Empty(Positions(0, 0, 1000));
        Assert.Equal([1ul], Positions(0, 10, 29));
        Assert.Equal([1ul, 2], Positions(0, 10, 30));
        Assert.Equal([1ul, 2], Positions(0, 10, 59));
        Assert.Equal([5ul], Positions(3, 10, 1));
        Assert.Equal([1ul], Positions(0, 10, 0));

        IEnumerable<ulong> Positions(ulong after, int items, long bytes) => store.ReadInbox(after, items, bytes).Select(item => item.Entry.Position);
    }

    [Theory, MemberData(nameof(Stores))]
    public void An_empty_batch_is_nothing(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([]);
        Assert.Equal(new StoreCounts(0, 0, 0, 0, 0, 0, 0), test.Reopen().Count());
    }

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-64")]
    public void Gaps_that_touch_are_one_record_under_a_new_number(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Inbound(), Gap(3, 5, 1), Gap(9, 9, 2), Gap(3, 4, 3)]);
        Assert.Equal([(1L, 3UL, 5UL, 1L), (2L, 9UL, 9UL, 2L)], Gaps());
        test.Store.Commit([Gap(6, 7, 4)]);
        Assert.Equal([(2L, 9UL, 9UL, 2L), (3L, 3UL, 7UL, 4L)], Gaps());
        test.Store.Commit([Gap(8, 8, 5)]);
        Assert.Equal([(4L, 3UL, 9UL, 5L)], Gaps());
        Assert.False(Assert.Single(test.Store.ReadGaps(0, 10)).Gap.Folded);

        IEnumerable<(long, ulong, ulong, long)> Gaps() => test.Reopen().ReadGaps(0, 100).Select(row => (row.Number, row.Gap.First, row.Gap.Last, row.Gap.NoticedUnixMillis));
    }

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-64")]
    public void A_correspondent_who_leaves_gap_after_gap_has_so_many_records_and_no_more(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Inbound(), .. Enumerable.Range(1, 300).Select(number => Gap((ulong)(10 * number), (ulong)(10 * number) + 3, number))]);
        IReadOnlyList<StoredGap> rows = test.Reopen().ReadGaps(0, 1000);
        Assert.Equal(GapRecords.MaxOfConversation, rows.Count);
        StoredGap folded = Assert.Single(rows, row => row.Gap.Folded);
        Assert.Equal((10UL, 2373UL), (folded.Gap.First, folded.Gap.Last));
        Assert.Equal(Enumerable.Range(238, 63).Select(number => (ulong)(10 * number)), rows.Where(row => !row.Gap.Folded).Select(row => row.Gap.First).Order());
    }

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-64")]
    public void What_is_still_to_be_sent_is_folded_into_no_gap(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([OpenOutbound()]);
        for (int i = 0; i < 80; i++)
        {
            // One message, and then a gap of three.
            ulong first = (ulong)(1 + (4 * i));
            test.Store.Commit([
                AppendOutbox(i, first),
                new StoreOperation.MoveOutbox(new(GapKind.Sent, Peer, Conversation, "orders", first + 1, first + 3, i), [], first + 4)]);
        }

        Assert.Equal(80, test.Store.ReadGaps(0, 1000).Count);
        test.Store.Commit([.. Enumerable.Range(0, 70).Select(number => new StoreOperation.SettleOutbox(Id(number), OutboxStatus.Acknowledged, 5))]);
        test.Store.Commit([new StoreOperation.MoveOutbox(new(GapKind.Sent, Peer, Conversation, "orders", 321, 325, 99), [], 326)]);
        IReadOnlyList<StoredGap> rows = test.Reopen().ReadGaps(0, 1000);
        Assert.Equal(GapRecords.MaxOfConversation, rows.Count);
        Assert.Equal(2UL, Assert.Single(rows, row => row.Gap.Folded).Gap.First);
    }

    [Theory, MemberData(nameof(Stores))]
    public void What_waits_is_read_in_pages_by_sequence_and_by_expiry(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([OpenOutbound(), .. Enumerable.Range(1, 8).Select(number => ExpiringAt(AppendOutbox(number, (ulong)number), 9_000 - number))]);
        test.Store.Commit([
            new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 9), new StoreOperation.SettleOutbox(Id(4), OutboxStatus.Expired, 9),
            new StoreOperation.SettleOutbox(Id(8), OutboxStatus.Acknowledged, 9), new StoreOperation.ReplaceWithTombstone(Id(6), Bytes(6, 90)),
            new StoreOperation.MoveOutbox(new(GapKind.Sent, Peer, Conversation, "orders", 9, 11, 99), [], 12), AppendOutbox(12, 12)]);
        IMessageStore store = test.Reopen();

        Assert.Equal([2ul, 3], Page(1, 2));
        Assert.Equal([5ul, 6, 7], Page(4, 3));
        Assert.Equal([7ul, 12], Page(7, 9));
        Assert.Equal([12ul], Page(10, 9));
        Assert.Empty(Page(13, 9));
        Assert.Empty(Page(1, 0));
        Assert.Empty(Page(ulong.MaxValue, 9));
        Assert.Equal([12ul, 7, 5], Page(1, 3, byExpiry: true));
        Assert.Equal([12ul, 7, 5, 3], Page(3, 9, byExpiry: true));
        Assert.Empty(store.ReadWaiting(Address(9), Conversation, 1, 9, byExpiry: false));
        Assert.Equal([null, 2ul, null, 6ul, 12ul, null], new[] { 1, 2, 4, 6, 12, 13 }.Select(number => store.ReadUnsettled(Id(number))?.Sequence));
        OutboxWaiting waiting = Assert.Single(store.Load(outboxPage: 2).Waiting);
        Assert.Equal((4ul, 4, 1), (waiting.First, waiting.Count, waiting.Tombstones));

        IEnumerable<ulong> Page(ulong first, int most, bool byExpiry = false) => store.ReadWaiting(Peer, Conversation, first, most, byExpiry).Select(entry => entry.Sequence);
    }

    private static StoreOperation.AppendOutbox ExpiringAt(StoreOperation.AppendOutbox append, long expires) => append with { Entry = append.Entry with { ExpiresUnixMillis = expires } };

    private static StoreOperation.RecordGap Gap(ulong first, ulong last, long noticed) => new(new(GapKind.Received, Peer, Conversation, "orders", first, last, noticed));
}
