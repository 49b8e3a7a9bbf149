using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Contract;

/// <summary>What a store must say of messages without a sender, so that none is taken twice.</summary>
public sealed class AnonymousTests
{
    public static TheoryData<string> Stores => StoreUnderTest.Names;

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-74")]
    public void What_came_without_a_sender_is_known_by_its_id_consumed_or_not_for_as_long_as_retention_keeps_its_row(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([
            Anonymous(4),
            .. Enumerable.Range(1, 4).Select(number => Came(number, (ulong)number)),
            new StoreOperation.ConsumeInbox(1), new StoreOperation.ConsumeInbox(2), new StoreOperation.ConsumeInbox(3),
            Inbound(9), Ready(9, 5)]);
        Assert.Equal([true, true, true, true, false], Received(test.Store));
        Assert.Equal((AnonymousPlaces.Sender, 1L), test.Store.Load().InboxUsage.Where(usage => usage.Sender == AnonymousPlaces.Sender).Select(usage => (usage.Sender, usage.Messages)).Single());

        // Not before they are remembered long enough.
        var retention = new StoreRetention();
        Assert.True(retention.ConsumedMillis >= AnonymousConstants.RememberedMillis);
        test.Store.Upkeep(retention, 999 + AnonymousConstants.RememberedMillis, 1_000);
        Assert.Equal([true, true, true, true, false], Received(test.Reopen()));
        test.Store.Upkeep(retention, 1_999 + AnonymousConstants.RememberedMillis, 1_000);
        Assert.Equal([false, true, true, true, false], Received(test.Reopen()));
    }

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-78")]
    public void Replies_take_nothing_of_what_their_sender_may_take_under_its_name(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        var answers = new InboundConversationState(Peer, AnonymousPlaces.Replies, "", ConversationSecret.FromBytes(new byte[32]), 2, 3, []);
        test.Store.Commit([
            Inbound(9), Ready(9, 1),
            new StoreOperation.UpsertInboundConversation(answers),
            new StoreOperation.AppendInbox(Entry(1, new Place(Peer, AnonymousPlaces.Replies, 1), 30, 2)),
            new StoreOperation.AppendInbox(Entry(2, new Place(Peer, AnonymousPlaces.Replies, 2), 40, 3))]);
        Assert.Equal([new InboxUsage(Peer, 1, 5), new InboxUsage(Peer, 2, 70, true)], test.Reopen().Load().InboxUsage.OrderBy(usage => usage.Messages));
    }

    [Theory, MemberData(nameof(Stores))]
    public void An_acknowledged_content_goes_at_once_where_nobody_can_want_it(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([OpenOutbound(), AppendOutbox(1, 1), AppendOutbox(2, 2)]);
        test.Store.Commit([
            new StoreOperation.SettleOutbox(Id(1), OutboxStatus.Acknowledged, 9), new StoreOperation.SettleOutbox(Id(2), OutboxStatus.Acknowledged, 9, DropsContent: true)]);
        Assert.NotNull(test.Store.ReadOutboxContent(Id(1)));
        Assert.Null(test.Store.ReadOutboxContent(Id(2)));
        Assert.Equal(OutboxStatus.Acknowledged, test.Reopen().Track(Id(2))!.Status);
    }

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-80")]
    public void A_reply_is_given_once_to_a_message_that_may_be_answered_and_known_by_its_own_id(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Anonymous(2), Came(1, 1), new StoreOperation.OpenReply(Id(1), 5_000), Came(2, 2)]);
        Assert.Equal(new AnonymousKnowledge(true, 5_000), test.Store.ReadAnonymous(Id(1)));
        Assert.Equal(new AnonymousKnowledge(true), test.Store.ReadAnonymous(Id(2)));
        Assert.Null(test.Store.Track(StoredReply.IdOf(Id(1))));

        var reply = new StoredReply(Id(1), "label", 7, 100, 5_000);
        var append = new StoreOperation.AppendReply(reply, Bytes(3, 7));
        test.Store.Commit([append]);
        Assert.Throws<MessageStoreException>(() => test.Store.Commit([append]));
        Assert.Throws<MessageStoreException>(() => test.Store.Commit([new StoreOperation.AppendReply(reply with { Question = Id(2) }, Bytes(3, 7))]));
        IMessageStore again = test.Reopen();
        Assert.Equal(reply, Assert.Single(again.Load().Replies));
        Assert.Equal(Bytes(3, 7), again.ReadReplyContent(Id(1))!.Value.ToArray());
        Assert.Equal(ReplyStatus.Pending, again.ReadAnonymous(Id(1)).Reply);
        Assert.Equal((OutboxStatus.Pending, Id(1)), (again.Track(StoredReply.IdOf(Id(1)))!.Status, again.Track(StoredReply.IdOf(Id(1)))!.Answers));

        var settle = new StoreOperation.SettleReply(Id(1), ReplyStatus.Acknowledged, 200);
        again.Commit([settle]);
        Assert.Equal(ReplyStatus.Acknowledged, again.ReadAnonymous(Id(1)).Reply);
        Assert.Null(again.ReadReplyContent(Id(1)));
        Assert.Empty(again.Load().Replies);
        Assert.Equal((OutboxStatus.Acknowledged, 200L), (again.Track(StoredReply.IdOf(Id(1)))!.Status, again.Track(StoredReply.IdOf(Id(1)))!.SettledUnixMillis));

        var retention = new StoreRetention();
        again.Upkeep(retention, 4_999 + retention.SettledMillis + AnonymousConstants.GraceMillis, 100);
        Assert.NotNull(again.Track(StoredReply.IdOf(Id(1))));
        again.Upkeep(retention, 5_000 + retention.SettledMillis + AnonymousConstants.GraceMillis, 100);
        Assert.Null(again.Track(StoredReply.IdOf(Id(1))));
    }

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-80")]
    public void A_question_is_loaded_until_its_reply_is_known_to_be_known_and_kept_a_while(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        var question = new StoredQuestion(Id(1), Peer, Bytes(9, AnonymousConstants.SecretBytes), 7_000);
        test.Store.Commit([new StoreOperation.OpenQuestion(question)]);
        Assert.Equal(QuestionStatus.Waiting, Loaded(test.Reopen(), question)!.Status);
        test.Store.Commit([new StoreOperation.MoveQuestion(Id(1), QuestionStatus.Answered, 10)]);
        Assert.Equal(QuestionStatus.Answered, Loaded(test.Reopen(), question)!.Status);
        test.Store.Commit([new StoreOperation.MoveQuestion(Id(1), QuestionStatus.Noted, 20)]);
        Assert.Null(Loaded(test.Reopen(), question));
        Assert.Equal(QuestionStatus.Noted, test.Store.ReadQuestion(Id(1)));
        var retention = new StoreRetention();
        test.Store.Upkeep(retention, 19 + retention.SettledMillis, 100);
        Assert.NotNull(test.Store.ReadQuestion(Id(1)));
        test.Store.Upkeep(retention, 20 + retention.SettledMillis, 100);
        Assert.Null(test.Store.ReadQuestion(Id(1)));
    }

    [Theory, MemberData(nameof(Stores))]
    [Trait("Spec", "MSG-110")]
    public void A_checkpoint_with_its_reply_is_there_whole_or_not_at_all(string name)
    {
        using StoreUnderTest test = StoreUnderTest.Create(name);
        test.Store.Commit([Anonymous(1), Came(1, 1), new StoreOperation.OpenReply(Id(1), 5_000), Came(2, 2), new StoreOperation.OpenReply(Id(2), 5_000)]);
        var reply = new StoredReply(Id(1), "label", 7, 100, 5_000);
        StoreOperation[] Batch(byte id, ulong position, StoredReply given) =>
        [
            new StoreOperation.ConsumeInbox(position),
            new StoreOperation.Checkpoint(CheckpointId(id), "answers", Bytes(id, 3), 100),
            new StoreOperation.AppendReply(given, Bytes(3, 7)),
        ];
        test.Store.Commit([.. Batch(1, 1, reply)]);
        Assert.Throws<MessageStoreException>(() => test.Store.Commit([.. Batch(2, 2, reply)]));
        IMessageStore again = test.Reopen();
        Assert.Equal([true, false], again.ReadInbox(0, 10, 1_000, includeConsumed: true).Select(item => item.Consumed));
        Assert.Equal([true, false], ((int[])[1, 2]).Select(id => again.HasCheckpoint(CheckpointId(id))));
        Assert.Equal(Bytes(1, 3), again.ReadConsumer("answers")!.State.ToArray());
        Assert.Equal((ReplyStatus.Pending, ReplyStatus.Open), (again.ReadAnonymous(Id(1)).Reply, again.ReadAnonymous(Id(2)).Reply));
        Assert.Equal(reply, Assert.Single(again.Load().Replies));
    }

    private static StoredQuestion? Loaded(IMessageStore store, StoredQuestion expected)
    {
        StoredQuestion? loaded = store.Load().Questions.SingleOrDefault();
        Assert.True(loaded is null || (loaded.Secret.Span.SequenceEqual(expected.Secret.Span) && loaded with { Secret = expected.Secret, Status = expected.Status } == expected));
        return loaded;
    }

    private static StoreOperation.UpsertInboundConversation Anonymous(ulong watermark) => new(
        new InboundConversationState(AnonymousPlaces.Sender, AnonymousPlaces.Conversation, "", ConversationSecret.FromBytes(new byte[32]), watermark, watermark + 1, []));

    private static StoreOperation.AppendInbox Came(int number, ulong position) => new(
        Entry(number, new Place(AnonymousPlaces.Sender, AnonymousPlaces.Conversation, (ulong)number), 5, position) with { ReceivedUnixMillis = 1_000 * number });

    private static IEnumerable<bool> Received(IMessageStore store) => ((int[])[1, 2, 3, 4, 9]).Select(number => store.ReadAnonymous(Id(number)).Received);
}
