using MixMq.Endpoint.Messaging;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Contract;

/// <summary>An operation that doesn't find what it names, or finds what it must not: the whole batch is refused, and nothing of it is there.</summary>
public sealed class RefusedOperationTests
{
    private static readonly MixMq.Endpoint.Messaging.Place Elsewhere = new(Address(99), Conversation, 1);

    /// <summary>Outbox: 1 pending, 2 expiring, 3 acknowledged. Inbox: place 1 at position 1, place 3 held. Place 4: a partial with fragment 0 of 2.</summary>
    private static readonly StoreOperation[] Given =
    [
        OpenOutbound(), AppendOutbox(1, 1), AppendOutbox(2, 2), AppendOutbox(3, 3),
        new StoreOperation.ReplaceWithTombstone(Id(2), Bytes(2, 99)), new StoreOperation.SettleOutbox(Id(3), OutboxStatus.Acknowledged, 9),
        Inbound(1), Ready(1, 1), Held(3), OpenPartial(4, 2), Fragment(4, 0, 1, 2),
    ];

    private static readonly Dictionary<string, StoreOperation> Refused = new()
    {
        ["opens a conversation again"] = OpenOutbound(),
        ["appends to no conversation"] = AppendOutbox(4, 4) with { Entry = AppendOutbox(4, 4).Entry with { Recipient = Address(99) } },
        ["leaves a sequence out"] = AppendOutbox(4, 5),
        ["gives a sequence again"] = AppendOutbox(4, 3),
        ["gives a sequence beyond all"] = AppendOutbox(4, ulong.MaxValue),
        ["gives an id again"] = AppendOutbox(3, 4),
        ["appends a content of another length"] = AppendOutbox(4, 4) with { Content = Bytes(4, 6) },
        ["appends a tombstone to the outbox"] = AppendOutbox(4, 4) with { Entry = AppendOutbox(4, 4).Entry with { Tombstone = true } },
        ["replaces an unknown message"] = new StoreOperation.ReplaceWithTombstone(Id(50), Bytes(1, 9)),
        ["replaces a tombstone"] = new StoreOperation.ReplaceWithTombstone(Id(2), Bytes(1, 9)),
        ["replaces a settled message"] = new StoreOperation.ReplaceWithTombstone(Id(3), Bytes(1, 9)),
        ["settles an unknown message"] = new StoreOperation.SettleOutbox(Id(50), OutboxStatus.Acknowledged, 9),
        ["settles a settled message"] = new StoreOperation.SettleOutbox(Id(3), OutboxStatus.Expired, 9),
        ["settles as pending"] = new StoreOperation.SettleOutbox(Id(2), OutboxStatus.Pending, 9),
        ["opens a partial again"] = OpenPartial(4, 2),
        ["opens a partial at a taken place"] = OpenPartial(1, 2),
        ["opens a partial at a held place"] = OpenPartial(3, 2),
        ["opens a partial of no conversation"] = OpenPartial(1, 2) with { Place = Elsewhere },
        ["puts a fragment of nothing"] = Fragment(5, 0, 1),
        ["puts a fragment again"] = Fragment(4, 0, 1),
        ["puts a fragment beyond the last"] = Fragment(4, 2, 1),
        ["puts a fragment before the first"] = Fragment(4, -1, 1),
        ["drops an unknown partial"] = new StoreOperation.DropPartial(Place(5)),
        ["appends to the inbox without conversation"] = new StoreOperation.AppendInbox(Entry(9, Elsewhere, 3, 2)),
        ["takes a place again"] = Ready(1, 2),
        ["takes a held place again"] = Held(3),
        ["gives a position again"] = Ready(2, 1),
        ["gives no position"] = new StoreOperation.AppendInbox(Ready(2, 2).Entry with { Position = 0 }),
        ["holds with a position"] = new StoreOperation.AppendInbox(Held(2).Entry with { Position = 2 }),
        ["gives a position beyond all"] = Ready(2, ulong.MaxValue),
        ["releases nothing"] = new StoreOperation.ReleaseInbox(Place(2), 2),
        ["releases a ready entry"] = new StoreOperation.ReleaseInbox(Place(1), 2),
        ["releases to a position again"] = new StoreOperation.ReleaseInbox(Place(3), 1),
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string refused in Refused.Keys)
            {
                cases.Add("sqlite", refused);
                if (!refused.Contains("beyond all", StringComparison.Ordinal))
                {
                    // 2^63 is SQLite's limit, not the contract's.
                    cases.Add("model", refused);
                }
            }

            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_batch_is_refused_whole_when_one_operation(string store, string refused)
    {
        using StoreUnderTest test = StoreUnderTest.Create(store);
        test.Store.Commit(Given);
        string before = Text(test.Store);

        Assert.Throws<MessageStoreException>(() => test.Store.Commit([
            new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 10), new StoreOperation.ConsumeInbox(1),
            Refused[refused],
            Fragment(4, 1, 3)]));
        Assert.Equal(before, Text(test.Store));
        Assert.Equal(before, Text(test.Reopen()));

        test.Store.Commit([new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 10), Fragment(4, 1, 3)]);
        Assert.Equal(OutboxStatus.Acknowledged, test.Reopen().Track(Id(1))!.Status);
    }

    private static string Text(IMessageStore store) =>
        StoreText.Of(store, Enumerable.Range(1, 5).Select(Id), Enumerable.Range(1, 5).Select(number => Place((ulong)number)));
}
