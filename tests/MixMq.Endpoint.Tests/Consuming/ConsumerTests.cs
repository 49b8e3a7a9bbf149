using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;

namespace MixMq.Endpoint.Tests.Consuming;

public sealed class ConsumerTests
{
    private const string Payments = "payments";
    private const string Orders = "orders";
    private readonly ConsumerBench _bench = new(1);
    private readonly List<(long Session, ulong Position, int Deliveries)> _given = [];
    private long _token;

    public ConsumerTests() => _bench.Given = (session, position, deliveries) => _given.Add((session, position, deliveries));

    [Fact]
    [Trait("Spec", "MSG-33")]
    [Trait("Spec", "MSG-34")]
    [Trait("Spec", "MSG-35")]
    public void Whatever_happens_each_message_is_consumed_once_in_order_by_one_consumer_together_with_its_state()
    {
        var (crashes, repeats, letters) = (0, 0, 0);
        for (var seed = 1; seed <= 80; seed++)
        {
            var model = new ConsumerModel(seed);
            model.Run(600);
            crashes += model.Crashes;
            repeats += model.Repeats;
            letters += model.Letters;
        }

        // The runs came where they were meant to.
        Assert.True(crashes > 400 && repeats > 300 && letters > 60, $"{crashes} crashes, {repeats} repeats, {letters} dead letters");
    }

    [Fact]
    [Trait("Spec", "MSG-33")]
    public void A_conversation_stays_with_its_consumer_until_that_one_goes()
    {
        Arrive(Payments, 2);
        Open(1, "a", credit: 1);
        Open(2, "b", credit: 5);
        _bench.Settle();
        Assert.Equal((1, 1ul), Single());
        Arrive(Orders, 1);
        Assert.Equal((2, 3ul), Single());
        Gone(1, lost: false);
        _bench.Settle();
        Assert.Equal([(2, 1ul, 0), (2, 2ul, 0)], Take());
    }

    [Fact]
    [Trait("Spec", "MSG-35")]
    public void A_rejected_message_comes_again_at_once_before_those_behind_it_and_dies_at_the_limit_with_its_cause()
    {
        Arrive(Payments, 2);
        Open(1, "a", credit: 100, maxDeliveries: 2);
        _bench.Settle();
        Assert.Equal([(1, 1ul, 0), (1, 2ul, 0)], Take());
        Reject(1, 1, "not now");
        Assert.Equal([(1, 1ul, 1), (1, 2ul, 0)], Take());
        Reject(1, 1, "never");
        _bench.Settle();
        Assert.Empty(Take());
        Assert.Equal((1ul, "never", "a"), Assert.Single(_bench.Store.DeadLetters).Value);
        Assert.Equal(CheckpointRefusal.None, Checkpoint(1, "a", 2));
    }

    [Fact]
    [Trait("Spec", "MSG-60")]
    public void A_dead_letter_takes_room_of_its_senders_quota_until_it_is_replayed_and_consumed()
    {
        Arrive(Payments, 2);
        Open(1, "a", credit: 100);
        _bench.Settle();
        var bytes = _bench.Core.Snapshot().InboxBytes;
        Reject(1, 1, "never", final: true);
        _bench.Settle();
        Assert.Equal((2, bytes), (_bench.Core.Snapshot().InboxMessages, _bench.Core.Snapshot().InboxBytes));
        Assert.Equal(CheckpointRefusal.None, Checkpoint(1, "a", 2));
        Assert.Equal(1, _bench.Core.Snapshot().InboxMessages);
        _bench.Crash();
        Assert.Equal(1, _bench.Core.Snapshot().InboxMessages);
        _bench.Call((core, sink) => core.HandleReplay(1, [(1, 1)], _bench.Now, ref sink));
        Open(2, "a", credit: 100);
        _bench.Settle();
        Assert.Equal(1, _bench.Core.Snapshot().InboxMessages);
        Assert.Equal(CheckpointRefusal.None, Checkpoint(2, "a", 1));
        Assert.Equal((0, 0), (_bench.Core.Snapshot().InboxMessages, _bench.Core.Snapshot().InboxBytes));
    }

    [Fact]
    [Trait("Spec", "MSG-35")]
    public void A_lost_consumer_counts_against_the_first_message_of_each_conversation_alone()
    {
        Arrive(Payments, 3);
        Open(1, "a", credit: 100);
        _bench.Settle();
        Take();
        Gone(1, lost: true);
        Open(2, "a", credit: 100);
        _bench.Settle();
        Assert.Equal([(2, 1ul, 1), (2, 2ul, 0), (2, 3ul, 0)], Take());
    }

    [Fact]
    [Trait("Spec", "MSG-34")]
    public void A_consumer_that_comes_back_while_its_checkpoint_is_being_made_goes_on_only_from_what_that_leaves()
    {
        var opened = new List<long>();
        _bench.Opened = opened.Add;
        Arrive(Payments, 2);
        Open(1, "a", credit: 100);
        Assert.Equal([1], opened);
        Take();
        var request = new CheckpointRequest { Token = ++_token, Consumer = "a", Session = 1, Consumed = [1], Id = CheckpointId.FromBytes(new byte[CheckpointId.ByteCount]), State = new byte[] { 7 } };
        _bench.Call((core, sink) => core.HandleCheckpoint(request, _bench.Now, ref sink));
        Assert.True(_bench.Step(1) && _bench.Step(2));
        _bench.Call((core, sink) => core.HandleConsumer(2, "a", 10, _bench.Now, ref sink));
        _bench.Call((core, sink) => core.HandleCredit(2, 100, _bench.Now, ref sink));
        Assert.Equal([1], opened);
        Assert.Empty(Take());
        _bench.Settle();
        Assert.Equal([1, 2], opened);
        Assert.Equal([7], _bench.Store.Consumer("a")!.Value.State);
        Assert.Equal([(2, 2ul, 1)], Take());
    }

    [Fact]
    public void A_crash_of_the_node_counts_against_nobody()
    {
        Arrive(Payments, 1);
        Open(1, "a", credit: 1);
        _bench.Settle();
        Take();
        _bench.Crash();
        Open(2, "a", credit: 1);
        _bench.Settle();
        Assert.Equal((2, 1ul), Single());
    }

    [Fact]
    [Trait("Spec", "MSG-36")]
    public void A_replayed_dead_letter_is_given_as_if_for_the_first_time()
    {
        Arrive(Payments, 2);
        Open(1, "a", credit: 100);
        _bench.Settle();
        Reject(1, 1, "wrong", final: true);
        Assert.Equal(CheckpointRefusal.None, Checkpoint(1, "a", 2));
        _bench.Settle();
        Take();
        _bench.Call((core, sink) => core.HandleReplay(9, [(1, 1)], _bench.Now, ref sink));
        _bench.Settle();
        Assert.Contains(9, _bench.Replays);
        Assert.Equal((1, 1ul), Single());
        Assert.Empty(_bench.Store.DeadLetters);
    }

    [Fact]
    [Trait("Spec", "MSG-33")]
    [Trait("Spec", "MSG-36")]
    public void What_was_replayed_while_nobody_was_there_is_given_before_what_stands_behind_it()
    {
        Arrive(Payments, 3);
        Open(1, "a", credit: 100);
        _bench.Settle();
        Reject(1, 1, "wrong", final: true);
        _bench.Settle();
        Gone(1, lost: false);
        Take();
        _bench.Call((core, sink) => core.HandleReplay(9, [(1, 1)], _bench.Now, ref sink));
        _bench.Settle();
        Open(2, "b", credit: 100);
        _bench.Settle();
        Assert.Equal([(2, 1ul, 0), (2, 2ul, 0), (2, 3ul, 0)], Take());
    }

    [Fact]
    [Trait("Spec", "MSG-33")]
    [Trait("Spec", "MSG-36")]
    public void Any_number_of_replayed_dead_letters_is_read_back_a_few_at_a_time_and_given_in_order()
    {
        const int letters = 500;
        Arrive(Payments, letters);
        Open(1, "a", credit: letters);
        _bench.Settle();
        for (ulong position = 1; position <= letters; position++)
        {
            Reject(1, position, "wrong", final: true);
            _bench.Settle();
        }

        Gone(1, lost: false);
        Take();
        Assert.Equal(letters, _bench.Store.DeadLetters.Count);
        _bench.Call((core, sink) => core.HandleReplay(9, [.. Enumerable.Range(1, letters).Select(number => ((long)number, (ulong)number))], _bench.Now, ref sink));
        _bench.Settle();
        Open(2, "b", credit: letters);
        _bench.Settle();
        Assert.InRange(_bench.MostReads, ConsumingTuning.MaxReplayedReads, ConsumingTuning.MaxReplayedReads + 1);
        Assert.Equal(Enumerable.Range(1, letters).Select(position => (2L, (ulong)position)), Take().Select(given => (given.Session, given.Position)).Where(given => given.Item2 != 0));
    }

    /// <summary>The store has answered from before the replay, and the core hears of the replay first.</summary>
    [Theory]
    [Trait("Spec", "MSG-33")]
    [Trait("Spec", "MSG-36")]
    [InlineData(1, 0)]
    [InlineData(1_000, 0)]
    [InlineData(1_060, 0)]
    [InlineData(1_060, 1)]
    [InlineData(1_060, 2)]
    public void What_is_replayed_while_a_long_backlog_is_read_for_the_first_time_is_given_too(ulong position, int pagesBefore)
    {
        const int messages = ConsumingTuning.PageHeads + 50;
        for (var i = 0; i < messages; i++)
        {
            // Of each conversation few, so that nothing of them is read another time.
            _bench.Arrive(10, $"c{i % 50}", [7]);
            _bench.Settle();
        }

        _bench.Settle();
        Open(1, "a", credit: messages);
        _bench.Settle();
        Reject(1, position, "wrong", final: true);
        _bench.Settle();
        _bench.Crash();
        Take();
        _bench.Call((core, sink) => core.HandleConsumer(2, "b", 10, _bench.Now, ref sink));
        _bench.Call((core, sink) => core.HandleCredit(2, messages, _bench.Now, ref sink));
        _bench.Call((core, sink) => core.HandleReplay(9, [(1, position)], _bench.Now, ref sink));
        for (var page = 0; page < pagesBefore; page++)
        {
            Assert.True(_bench.Step(1) && _bench.Step(2));
        }

        _bench.Step(1);
        Assert.True(_bench.Step(0));
        _bench.Settle();
        var given = Take();
        Assert.Equal(Enumerable.Range(1, messages).Select(number => (ulong)number), given.Select(head => head.Position).Order());
        Assert.All(given.GroupBy(head => head.Position % 50), conversation => Assert.Equal(conversation.Select(head => head.Position).Order(), conversation.Select(head => head.Position)));
    }

    [Fact]
    public void A_long_backlog_of_one_conversation_hides_no_other_and_comes_whole()
    {
        Arrive(Payments, 500);
        Arrive(Orders, 1);
        Open(1, "a", credit: 0);
        Open(2, "b", credit: 0);
        Grant(1, 1);
        _bench.Settle();
        Assert.Equal((1, 1ul), Single());
        Grant(2, 1);
        _bench.Settle();
        Assert.Equal((2, 501ul), Single());
        Grant(1, 1000);
        _bench.Settle();
        Assert.Equal(Enumerable.Range(2, 499).Select(position => (1L, (ulong)position)), Take().Where(given => given.Position != 0).Select(given => (given.Session, given.Position)));
        Arrive(Payments, 3);
        Assert.Equal([502ul, 503, 504], Take().Select(given => given.Position).Where(position => position != 0));
    }

    [Fact]
    public void A_consumer_learns_once_after_each_run_that_there_is_nothing_more()
    {
        Open(1, "a", credit: 10);
        _bench.Settle();
        Assert.Equal([(1, 0ul, 0)], _given);
        Arrive(Payments, 1);
        Grant(1, 1);
        Assert.Equal([0ul, 1, 0], _given.Select(given => given.Position));
    }

    [Fact]
    [Trait("Spec", "MSG-34")]
    public void Nothing_of_a_checkpoint_happens_when_one_of_its_sends_is_refused()
    {
        Arrive(Payments, 1);
        Open(1, "a", credit: 1);
        _bench.Settle();
        var request = new CheckpointRequest
        {
            Token = ++_token,
            Consumer = "a",
            Session = 1,
            Id = CheckpointId.FromBytes(new byte[16]),
            Consumed = [1],
            Sends = [ToSend(new byte[1]), ToSend(new byte[MessagingConstants.MaxWholeContentBytes + 1])],
            State = new byte[5],
        };
        _bench.Call((core, sink) => core.HandleCheckpoint(request, _bench.Now, ref sink));
        _bench.Settle();
        var outcome = _bench.Checkpoints[_token];
        Assert.Equal((CheckpointRefusal.Send, SubmitRefusal.ContentTooLarge, 1ul), (outcome.Refusal, outcome.Send, outcome.Which));
        Assert.Null(_bench.Store.Consumer("a"));
        Assert.Empty(_bench.Store.Outbox);
        Assert.Equal(CheckpointRefusal.None, Checkpoint(1, "a", 1));
    }

    [Fact]
    [Trait("Spec", "MSG-34")]
    public void A_repeat_while_the_first_is_under_way_is_answered_with_it_and_does_nothing()
    {
        var request = new CheckpointRequest { Token = 1, Consumer = "a", Id = CheckpointId.FromBytes(new byte[16]), Sends = [ToSend(new byte[1])], State = new byte[5] };
        _bench.Call((core, sink) => core.HandleCheckpoint(request, _bench.Now, ref sink));
        _bench.Call((core, sink) => core.HandleCheckpoint(request with { Token = 2 }, _bench.Now, ref sink));
        Assert.Empty(_bench.Checkpoints);
        _bench.Settle();
        Assert.Equal((false, true), (_bench.Checkpoints[1].Repeat, _bench.Checkpoints[2].Repeat));
        Assert.Equal(request.Id.Value.MessageAt(_bench.Options.Own, 0), Assert.Single(_bench.Store.Outbox).Key);
        Assert.Equal(_bench.Checkpoints[1].Sent[0].Id, _bench.Store.Outbox.Single().Key);
    }

    [Fact]
    public void A_full_disk_refuses_states_and_sends_and_lets_messages_be_consumed()
    {
        Arrive(Payments, 1);
        Open(1, "a", credit: 1);
        _bench.Settle();
        _bench.Call((core, sink) => core.HandleStoreSpace(true, _bench.Now, ref sink));
        var request = new CheckpointRequest { Token = ++_token, Consumer = "a", Session = 1, Id = CheckpointId.FromBytes(new byte[16]), State = new byte[1] };
        _bench.Call((core, sink) => core.HandleCheckpoint(request, _bench.Now, ref sink));
        _bench.Settle();
        Assert.Equal(CheckpointRefusal.StoreFull, _bench.Checkpoints[_token].Refusal);
        Assert.Equal(CheckpointRefusal.None, Checkpoint(1, "a", 1));
    }

    [Fact]
    public void There_are_so_many_consumers_and_no_more()
    {
        for (var session = 1; session <= ConsumingLimits.MaxConsumers + 1; session++)
        {
            Open(session, $"c{session}", credit: 0);
        }

        Assert.Equal((ConsumingLimits.MaxConsumers + 1, ConsumerEnd.TooMany), Assert.Single(_bench.Ended));
    }

    [Fact]
    [Trait("Spec", "MSG-37")]
    public void A_cancelled_message_leaves_a_tombstone_before_the_answer()
    {
        _bench.Call((core, sink) => core.HandleSubmit(ToSend(new byte[1]), _bench.Now, ref sink));
        _bench.Settle();
        var (id, status) = _bench.Store.Outbox.Single();
        Assert.Equal(OutboxStatus.Pending, status);
        Cancel(1, id);
        Assert.Empty(_bench.Cancels);
        _bench.Settle();
        Assert.Equal(CancelOutcome.Cancelled, _bench.Cancels[1]);
        Assert.Equal(OutboxStatus.Expiring, _bench.Store.StatusOf(id));
        Cancel(2, id);
        Assert.Equal(CancelOutcome.Settled, _bench.Cancels[2]);
    }

    private static SubmitRequest ToSend(byte[] content) => new() { Token = 77, To = ConsumerBench.Address(99), Content = content };

    private void Arrive(string conversation, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _bench.Arrive(10, conversation, [7]);
            _bench.Settle();
        }
    }

    private void Open(long session, string name, int credit, int maxDeliveries = 10)
    {
        _bench.Call((core, sink) => core.HandleConsumer(session, name, maxDeliveries, _bench.Now, ref sink));
        Grant(session, credit);
    }

    private void Grant(long session, int credit)
    {
        _bench.Call((core, sink) => core.HandleCredit(session, credit, _bench.Now, ref sink));
        _bench.Settle();
    }

    private void Gone(long session, bool lost) => _bench.Call((core, sink) => core.HandleConsumerGone(session, lost, _bench.Now, ref sink));

    private void Reject(long session, ulong position, string cause, bool final = false) =>
        _bench.Call((core, sink) => core.HandleReject(session, position, cause, final, _bench.Now, ref sink));

    private void Cancel(long token, MessageId id) =>
        _bench.Call((core, sink) => core.HandleCancel(token, id, ConsumerBench.Address(99), 1, _bench.Now, ref sink));

    private CheckpointRefusal Checkpoint(long session, string consumer, params ulong[] consumed)
    {
        var request = new CheckpointRequest { Token = ++_token, Consumer = consumer, Session = session, Consumed = [.. consumed] };
        _bench.Call((core, sink) => core.HandleCheckpoint(request, _bench.Now, ref sink));
        _bench.Settle();
        return _bench.Checkpoints[_token].Refusal;
    }

    private List<(long Session, ulong Position, int Deliveries)> Take()
    {
        var given = _given.Where(given => given.Position != 0).ToList();
        _given.Clear();
        return given;
    }

    private (long Session, ulong Position) Single()
    {
        var (session, position, deliveries) = Assert.Single(Take());
        Assert.Equal(0, deliveries);
        return (session, position);
    }
}
