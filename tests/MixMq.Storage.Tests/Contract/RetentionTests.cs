using MixMq.Endpoint.Messaging;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Contract;

/// <summary>What a store lets go of when its time has come, and what it never does.</summary>
public sealed class RetentionTests
{
    private static readonly StoreRetention Thousand = new() { SettledMillis = 1_000, ConsumedMillis = 1_000, CheckpointMillis = 1_000 };

    public static TheoryData<string> Stores => StoreUnderTest.Names;

    [Theory, MemberData(nameof(Stores))]
    public void Settled_messages_go_after_their_time_but_for_a_conversations_last_and_stay_counted(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([
            OpenOutbound(), .. Enumerable.Range(1, 5).Select(number => AppendOutbox(number, (ulong)number)),
            new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 100), new StoreOperation.SettleOutbox(Id(2), OutboxStatus.Expired, 100),
            new StoreOperation.SettleOutbox(Id(3), OutboxStatus.Acknowledged, 900), new StoreOperation.SettleOutbox(Id(5), OutboxStatus.Acknowledged, 100)]);

        All(test.Store, Thousand, 1_099);
        Assert.NotNull(test.Store.Track(Id(1)));
        All(test.Store, Thousand, 1_100);
        Assert.Equal([false, false, true, true, true], Enumerable.Range(1, 5).Select(number => test.Store.Track(Id(number)) is not null));
        Assert.Equal([false, false, true, true, false], Enumerable.Range(1, 5).Select(number => test.Store.ReadOutboxContent(Id(number)) is not null));

        // Message 4 isn't settled: what comes after it stays, and the last of the conversation does for ever.
        All(test.Store, Thousand, 99_999);
        IMessageStore store = test.Reopen();
        Assert.Equal([false, false, false, true, true], Enumerable.Range(1, 5).Select(number => store.Track(Id(number)) is not null));
        Assert.Equal(new StoreCounts(Pending: 1, Acknowledged: 3, Expired: 1, 0, 0, 0, 0), store.Count());
        store.Commit([new StoreOperation.SettleOutbox(Id(4), OutboxStatus.Acknowledged, 99_999), AppendOutbox(6, 6)]);
        All(store, Thousand, 200_000);
        Assert.Equal([6ul], store.Load().Outbox.Select(entry => entry.Sequence));
        Assert.Null(store.Track(Id(5)));
    }

    [Theory, MemberData(nameof(Stores))]
    public void Contents_of_acknowledged_messages_are_kept_up_to_so_many_bytes_the_newest(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([
            OpenOutbound(), .. Enumerable.Range(1, 4).Select(number => AppendOutbox(number, (ulong)number, 100)),
            new StoreOperation.SettleOutbox(Id(2), OutboxStatus.Acknowledged, 1), new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 2),
            new StoreOperation.SettleOutbox(Id(3), OutboxStatus.Acknowledged, 3)]);
        All(test.Store, new StoreRetention { AcknowledgedBytes = 250 }, 4);
        IMessageStore store = test.Reopen();
        Assert.Equal([true, false, true, true], Enumerable.Range(1, 4).Select(number => store.ReadOutboxContent(Id(number)) is not null));
        Assert.Equal(OutboxStatus.Acknowledged, store.Track(Id(2))!.Status);
    }

    [Theory, MemberData(nameof(Stores))]
    public void Consumed_entries_go_once_the_sender_has_passed_them_and_positions_are_never_given_again(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([
            Inbound(4, lowest: 3), .. Enumerable.Range(1, 4).Select(number => Ready((ulong)number, (ulong)number)),
            .. Enumerable.Range(1, 4).Select(number => new StoreOperation.ConsumeInbox((ulong)number))]);
        All(test.Store, Thousand, 99_999);
        Assert.Equal([3ul, 4], Left(test.Store));
        test.Store.Commit([Inbound(4, lowest: 5)]);
        All(test.Store, Thousand, 99_999);
        IMessageStore store = test.Reopen();
        Assert.Equal([4ul], Left(store));
        Assert.Equal(4ul, store.Load().LastInboxPosition);
        Assert.Equal(4, store.Count().Consumed);

        static IEnumerable<ulong> Left(IMessageStore store) => store.ReadInbox(0, 10, 1000, includeConsumed: true).Select(item => item.Entry.Position);
    }

    [Theory, MemberData(nameof(Stores))]
    public void What_is_not_consumed_or_not_settled_stays_however_old_it_is(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([OpenOutbound(), AppendOutbox(1, 1), AppendOutbox(2, 2), Inbound(2, 3), Ready(1, 1), Ready(2, 2), Held(9), OpenPartial(12, 2), Fragment(12, 0, 1)]);
        string before = Text(test.Store);
        All(test.Store, Thousand, long.MaxValue / 2);
        Assert.Equal(before, Text(test.Reopen()));

        static string Text(IMessageStore store) => StoreText.Of(store, [Id(1), Id(2)], [Place(12)]);
    }

    private static void All(IMessageStore store, StoreRetention retention, long now)
    {
        // Twice nothing: one pass may end at the end of a table and the next begin anew.
        for (int idle = 0; idle < 2;)
        {
            idle = store.Upkeep(retention, now, 2) == 0 ? idle + 1 : 0;
        }
    }
}
