using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Contract;

/// <summary>The reads by which messages that wait in the store alone are loaded, found to be expired, and looked for.</summary>
public sealed class WaitingPagesTests
{
    public static TheoryData<string> Stores => StoreUnderTest.OutboxNames;

    [Theory, MemberData(nameof(Stores))]
    public void A_page_has_the_unsettled_entries_of_one_conversation_from_a_place_on_in_order(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        Fill(test);
        IMessageStore store = test.Reopen();

        // 2 is settled, 5 a tombstone, message 21 another conversation's.
        Assert.Equal([1ul, 3, 4], Page(store, 1, 3));
        Assert.Equal([3ul, 4, 5], Page(store, 2, 3));
        Assert.Equal([4ul, 5, 6, 7, 8], Page(store, 4, 100));
        Assert.Empty(Page(store, 9, 100));
        Assert.Empty(Page(store, 1, 0));
        Assert.Empty(Page(store, ulong.MaxValue, 5));
        OutboxEntry tombstone = store.ReadWaiting(Peer, Conversation, 5, 1, byExpiry: false).Single();
        Assert.True(tombstone.Tombstone);
        Assert.Equal((0L, 2_005L), (tombstone.ContentLength, tombstone.ExpiresUnixMillis));
        Assert.Equal(Bytes(77, 250), tombstone.Envelope.ToArray());
        Assert.Empty(store.ReadWaiting(Address(3), Conversation, 1, 5, byExpiry: false));
    }

    [Theory, MemberData(nameof(Stores))]
    public void By_expiry_those_that_expire_first_come_first_whatever_their_places_and_no_tombstones(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        Fill(test);
        IMessageStore store = test.Reopen();

        // The later a place, the later it expires, but for 7, which expires first of all.
        Assert.Equal([7ul, 1, 3], Page(store, 1, 3, byExpiry: true));
        Assert.Equal([7ul, 4, 6, 8], Page(store, 4, 100, byExpiry: true));
        Assert.Equal([8ul], Page(store, 8, 100, byExpiry: true));
    }

    [Theory, MemberData(nameof(Stores))]
    public void What_is_loaded_at_a_start_and_what_waits_are_all_that_is_unsettled(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        Fill(test);
        IMessageStore store = test.Reopen();
        foreach (int page in (int[])[0, 1, 3, 6])
        {
            EndpointState state = store.Load(page);
            ulong[] loaded = [.. state.Outbox.Where(entry => entry.Conversation == Conversation).Select(entry => entry.Sequence)];
            Assert.Equal(((ulong[])[1, 3, 4, 5, 6, 7, 8]).Take(page), loaded);
            OutboxWaiting waiting = Assert.Single(state.Waiting, row => row.Conversation == Conversation);
            ulong[] left = [.. Page(store, waiting.First, 100)];
            Assert.Equal((7 - page, 7 - page), (waiting.Count, left.Length));
            Assert.InRange(waiting.First, loaded.LastOrDefault() + 1, left[0]);
            Assert.Equal(page < 4 ? 1 : 0, waiting.Tombstones);
            Assert.InRange(waiting.ExpiresUnixMillis, 1_500, store.ReadWaiting(Peer, Conversation, waiting.First, 1, byExpiry: true).Single().ExpiresUnixMillis);
            Assert.Equal(5L * (waiting.Count - waiting.Tombstones), waiting.Bytes);
        }

        Assert.DoesNotContain(store.Load(7).Waiting, row => row.Conversation == Conversation);
    }

    [Theory, MemberData(nameof(Stores))]
    public void What_was_moved_is_found_in_its_new_places_and_by_its_id(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        Fill(test);
        Gap gap = new(GapKind.Sent, Peer, Conversation, "orders", 6, 10, 1);
        test.Store.Commit([new StoreOperation.MoveOutbox(gap, ImmutableArray<MovedMessage>.Empty, 14, new MovedRange(6, 9, 11))]);
        IMessageStore store = test.Reopen();
        Assert.Equal([5ul, 11, 12, 13], Page(store, 5, 100));
        Assert.Equal([12ul, 11, 13], Page(store, 6, 100, byExpiry: true));
        Assert.Equal(12ul, store.ReadUnsettled(Id(7))!.Sequence);
        Assert.Equal(5ul, store.ReadUnsettled(Id(5))!.Sequence);
        Assert.Null(store.ReadUnsettled(Id(2)));
        Assert.Null(store.ReadUnsettled(Id(99)));
    }

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-53")]
    [Trait("Spec", "MSG-64")]
    public void What_was_moved_around_settled_places_and_gaps_stands_together_and_no_place_is_taken_for_a_lost_row(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        Fill(test);

        // 9 to 11 are a gap, 6 is settled too: with 2 there are three kinds of places among those that wait which nothing unsettled stands in.
        test.Store.Commit([
            new StoreOperation.SettleOutbox(Id(6), OutboxStatus.Expired, 92), new StoreOperation.MoveOutbox(Lost(9, 11), ImmutableArray<MovedMessage>.Empty, 12), AppendOutbox(12, 12), AppendOutbox(13, 13)]);
        test.Store.Commit([new StoreOperation.MoveOutbox(
            Lost(1, 19), [new MovedMessage(Id(1), 20, Bytes(1, 300)), new MovedMessage(Id(13), 32, Bytes(13, 300))], 33, new MovedRange(2, 13, 21))]);
        IMessageStore store = test.Reopen();
        Assert.Equal([20ul, 26, 27, 28, 29, 30, 31, 32], Page(store, 1, 100));
        Assert.Equal([1, 3, 4, 5, 7, 8, 12, 13], store.ReadWaiting(Peer, Conversation, 1, 100, byExpiry: false).Select(entry => Enumerable.Range(1, 13).Single(number => Id(number) == entry.Id)));
        Assert.Equal([(1ul, 19ul), (21ul, 25ul)], store.ReadGaps(0, 10).Select(row => (row.Gap.First, row.Gap.Last)));
        Assert.Equal([2ul], store.ReadKept(Peer, Conversation, 1, 5, 10).Select(kept => kept.Sequence));
        Assert.Empty(store.ReadKept(Peer, Conversation, 21, 33, 10));
        store.Commit([new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 93), AppendOutbox(33, 33)]);
        Assert.Equal([27ul, 28], Page(store, 27, 2));
        Assert.Equal(0, store.Count().Quarantined);
    }

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-64")]
    public void What_a_move_leaves_free_at_its_end_of_the_gap_is_in_the_same_record(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        Fill(test);
        test.Store.Commit([new StoreOperation.MoveOutbox(Lost(1, 8), ImmutableArray<MovedMessage>.Empty, 17, new MovedRange(1, 9, 9))]);
        IMessageStore store = test.Reopen();
        Assert.Equal([10ul, 11, 12, 13, 14, 15, 16], Page(store, 9, 100));
        Gap gap = Assert.Single(store.ReadGaps(0, 10)).Gap;
        Assert.Equal((1ul, 9ul, false), (gap.First, gap.Last, gap.Folded));

        // Nothing waits where the core was told that something does: all of it is free.
        test.Store.Commit([.. Enumerable.Range(1, 8).Where(number => number != 2).Select(number => new StoreOperation.SettleOutbox(Id(number), OutboxStatus.Acknowledged, 93))]);
        test.Store.Commit([new StoreOperation.MoveOutbox(Lost(1, 20), ImmutableArray<MovedMessage>.Empty, 28, new MovedRange(10, 17, 21))]);
        Assert.Empty(Page(store, 1, 100));
        Assert.Equal((1ul, 27ul), (Assert.Single(store.ReadGaps(0, 10)).Gap.First, store.ReadGaps(0, 10)[0].Gap.Last));
        Assert.Equal(0, store.Count().Quarantined);
    }

    private static Gap Lost(ulong first, ulong last) => new(GapKind.Sent, Peer, Conversation, "orders", first, last, 1);

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-130")]
    public void What_goes_behind_another_conversation_is_found_there_with_its_gaps_and_the_other_is_no_more(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        NodeAddress newer = Address(9);
        StoreOperation.OpenOutboundConversation open = OpenOutbound() with { Recipient = newer };
        test.Store.Commit([
            OpenOutbound(), AppendOutbox(1, 1), AppendOutbox(2, 2), open,
            .. Enumerable.Range(3, 3).Select(number => AppendOutbox(number, (ulong)(number - 2))).Select(append => append with { Entry = append.Entry with { Recipient = newer } })]);
        test.Store.Commit([
            new StoreOperation.MoveOutbox(new(GapKind.Sent, newer, Conversation, "orders", 2, 4, 1), [], 7, new MovedRange(2, 4, 5)),
            new StoreOperation.ReplaceWithTombstone(Id(5), Bytes(77, 250)), new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 91)]);
        test.Store.Commit([new StoreOperation.JoinOutbox(new(GapKind.Sent, newer, Conversation, "orders", 1, 6, 2), Peer, 3)]);
        IMessageStore store = test.Reopen();
        Assert.Equal([2ul, 3, 7, 8], Page(store, 1, 100));
        Assert.Equal([Id(2), Id(3), Id(4), Id(5)], store.ReadWaiting(Peer, Conversation, 1, 100, byExpiry: false).Select(entry => entry.Id));
        Assert.Equal((Peer, 8ul, true), (store.ReadUnsettled(Id(5))!.Recipient, store.ReadUnsettled(Id(5))!.Sequence, store.ReadUnsettled(Id(5))!.Tombstone));
        OutboundConversationState row = Assert.Single(store.Load().OutboundConversations);
        Assert.Equal((Peer, 9ul), (row.Recipient, row.NextSequence));
        Gap gap = Assert.Single(store.ReadGaps(0, 10)).Gap;
        Assert.Equal((Peer, 4ul, 6ul), (gap.Peer, gap.First, gap.Last));

        // Its address can be written to anew, from the first place on.
        store.Commit([open, AppendOutbox(20, 1) with { Entry = AppendOutbox(20, 1).Entry with { Recipient = newer } }]);
        Assert.Equal(Id(20), Assert.Single(store.ReadWaiting(newer, Conversation, 1, 100, byExpiry: false)).Id);
    }

    [Theory, MemberData(nameof(Stores))]
    public void A_conversation_of_which_something_is_settled_stays_when_the_rest_goes_behind_another(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        NodeAddress newer = Address(9);
        test.Store.Commit([
            OpenOutbound(), OpenOutbound() with { Recipient = newer },
            .. Enumerable.Range(1, 3).Select(number => AppendOutbox(number, (ulong)number)).Select(append => append with { Entry = append.Entry with { Recipient = newer } })]);
        test.Store.Commit([AppendOutbox(9, 1), new StoreOperation.SettleOutbox(Id(2), OutboxStatus.Acknowledged, 91)]);
        test.Store.Commit([new StoreOperation.JoinOutbox(new(GapKind.Sent, newer, Conversation, "orders", 1, 3, 2), Peer, 2)]);
        IMessageStore store = test.Reopen();
        Assert.Equal([1ul, 2, 4], Page(store, 1, 100));
        Assert.Empty(store.ReadWaiting(newer, Conversation, 1, 100, byExpiry: false));
        Assert.Equal([5ul, 4], store.Load().OutboundConversations.OrderBy(row => row.Recipient == newer).Select(row => row.NextSequence));
        Assert.Equal(
            [(Peer, 3ul, 3ul), (newer, 1ul, 3ul)], store.ReadGaps(0, 10).Select(row => (row.Gap.Peer, row.Gap.First, row.Gap.Last)).OrderBy(gap => gap.Item1 == newer));
    }

    private static void Fill(StoreUnderTest test)
    {
        ConversationId other = ConversationId.OfName("others");
        StoreOperation.AppendOutbox seventh = AppendOutbox(7, 7);
        StoreOperation.AppendOutbox others = AppendOutbox(21, 4);
        test.Store.Commit([
            OpenOutbound(), OpenOutbound(4) with { Conversation = other, Name = "others" },
            .. Enumerable.Range(1, 6).Select(number => AppendOutbox(number, (ulong)number)), seventh with { Entry = seventh.Entry with { ExpiresUnixMillis = 1_500 } }, AppendOutbox(8, 8),
            others with { Entry = others.Entry with { Conversation = other } }]);
        test.Store.Commit([new StoreOperation.SettleOutbox(Id(2), OutboxStatus.Acknowledged, 91), new StoreOperation.ReplaceWithTombstone(Id(5), Bytes(77, 250))]);
    }

    private static IEnumerable<ulong> Page(IMessageStore store, ulong first, int max, bool byExpiry = false) =>
        store.ReadWaiting(Peer, Conversation, first, max, byExpiry).Select(entry => entry.Sequence);
}
