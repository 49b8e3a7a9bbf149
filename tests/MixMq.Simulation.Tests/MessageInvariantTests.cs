using MixMq.Endpoint.Messaging;
using MixMq.Simulation.Invariants;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Topologies;

namespace MixMq.Simulation.Tests;

/// <summary>The promise to applications: a judge that is shown how it is broken says so.</summary>
public sealed class MessageInvariantTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 2);
    private readonly Exemptions _exemptions = new();
    private readonly MessagesArriveOnceInOrder _judge;
    private readonly SimNode _from;
    private readonly SimNode _to;

    public MessageInvariantTests()
    {
        var institutions = Layouts.AddInstitutions(_world, 2, floatsEach: 2, degree: 3);
        (_from, _to) = (institutions.Endpoints[0], institutions.Endpoints[1]);
        _judge = _world.Observe(new MessagesArriveOnceInOrder(_exemptions));
        _world.StartAll();
        _world.RunFor(8);
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_message_that_arrives_and_is_read_is_in_order()
    {
        Deliver();
        _judge.AtTheEnd();
        Assert.Equal(1, _judge.Messages);
    }

    [Fact]
    public void A_message_that_stays_unsettled_is_found()
    {
        _ = Send(1);
        AssertFires("still Pending", _judge.AtTheEnd);
    }

    [Fact]
    public void A_message_that_nobody_is_shown_is_found()
    {
        var blind = new World(World.SmallParameters(), 2);
        using (blind)
        {
            var judge = blind.Observe(new MessagesArriveOnceInOrder(new Exemptions()));
            var institutions = Layouts.AddInstitutions(blind, 2, floatsEach: 2, degree: 3);
            var entry = Entry(7, tombstone: false, new byte[3], institutions.Endpoints[0]);
            judge.CommitDurable(institutions.Endpoints[0], 1, [Appended(entry, institutions.Endpoints[1])]);
            judge.CommitDurable(institutions.Endpoints[1], 1, [new StoreOperation.AppendInbox(entry)]);
            judge.CommitDurable(institutions.Endpoints[0], 2, [new StoreOperation.SettleOutbox(entry.Id, OutboxStatus.Acknowledged, 1)]);
            blind.StartAll();
            Assert.Contains("never shown", Assert.Throws<InvariantViolationException>(judge.AtTheEnd).What, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_message_that_comes_twice_is_found()
    {
        var entry = Deliver();
        AssertFires("twice", () => _judge.CommitDurable(_to, 99, [new StoreOperation.AppendInbox(entry)]));
    }

    [Fact]
    public void A_message_with_other_bytes_is_found()
    {
        var entry = Send(1);
        AssertFires("other bytes", () => _judge.CommitDurable(_to, 99, [new StoreOperation.AppendInbox(entry with { Content = new byte[] { 9 } })]));
    }

    [Fact]
    public void An_invented_message_is_found() =>
        AssertFires("never stored", () => _judge.CommitDurable(_to, 99, [new StoreOperation.AppendInbox(Entry(1, tombstone: false, new byte[3], _from))]));

    [Fact]
    [Trait("Spec", "MSG-10")]
    public void An_acknowledgement_before_the_recipients_commit_is_found()
    {
        var entry = Send(1);
        AssertFires("before", () => _judge.CommitDurable(_from, 99, [new StoreOperation.SettleOutbox(entry.Id, OutboxStatus.Acknowledged, 1)]));
    }

    [Fact]
    public void Expired_of_what_arrived_is_found()
    {
        var entry = Send(1);
        _judge.CommitDurable(_to, 98, [new StoreOperation.AppendInbox(entry)]);
        AssertFires("has stored", () => _judge.CommitDurable(_from, 99, [new StoreOperation.SettleOutbox(entry.Id, OutboxStatus.Expired, 1)]));
    }

    [Fact]
    public void Two_outcomes_of_one_message_are_found()
    {
        var entry = Deliver();
        AssertFires("after", () => _judge.CommitDurable(_from, 99, [new StoreOperation.SettleOutbox(entry.Id, OutboxStatus.Acknowledged, 1)]));
    }

    [Fact]
    public void A_message_that_is_accepted_and_not_on_the_disk_is_found()
    {
        var request = new SubmitRequest { Token = 5, To = _to.Address, Content = new byte[3] };
        AssertFires("isn't on its disk", () => _judge.SubmitCompleted(_from, request, new SubmitOutcome(SubmitRefusal.None, MessageId.FromBytes(new byte[16]), 1, 1, 2)));
    }

    [Fact]
    public void A_message_shown_out_of_order_is_found()
    {
        var entry = Deliver();
        AssertFires("after", () => _judge.InboxRead(_to, entry with { Position = entry.Position + 1 }));
    }

    [Fact]
    public void A_message_shown_again_after_it_was_consumed_is_found()
    {
        var entry = Deliver();
        AssertFires("again", () => _judge.InboxRead(_to, entry));
    }

    [Fact]
    public void Nothing_but_wholeness_is_demanded_of_a_store_whose_disk_lied()
    {
        var entry = Deliver();
        _exemptions.AddStoreLied(_to);
        _judge.CommitDurable(_to, 98, [new StoreOperation.AppendInbox(entry)]);
        AssertFires("other bytes", () => _judge.CommitDurable(_to, 99, [new StoreOperation.AppendInbox(entry with { Content = new byte[] { 9 } })]));
    }

    private static void AssertFires(string what, Action action) =>
        Assert.Contains(what, Assert.Throws<InvariantViolationException>(action).What, StringComparison.Ordinal);

    private InboxEntry Deliver()
    {
        _ = _from.Endpoint!.Submit(_to, new byte[] { 1, 2, 3 });
        Assert.True(_world.RunUntil(() => _judge.Unfinished() is null && _to.Disk.Store.Inbox.Count == 1, 30, 0.5));
        _world.RunFor(1);
        return _to.Disk.Store.Inbox[0];
    }

    private InboxEntry Send(ulong sequence)
    {
        var entry = Entry(sequence, tombstone: false, new byte[3], _from);
        _judge.CommitDurable(_from, 1, [Appended(entry, _to)]);
        return entry;
    }

    private static StoreOperation.AppendOutbox Appended(InboxEntry entry, SimNode to) => new(
        new OutboxEntry
        {
            Id = entry.Id,
            Recipient = to.Address,
            Conversation = entry.Place.Conversation,
            Sequence = entry.Place.Sequence,
            Envelope = new byte[300],
            Label = entry.Label,
            ContentLength = entry.Content.Length,
            CreatedUnixMillis = 1,
            ExpiresUnixMillis = 2,
        },
        entry.Content);

    private static InboxEntry Entry(ulong sequence, bool tombstone, byte[] content, SimNode from) => new()
    {
        Place = new Place(from.Address, ConversationId.OfName(""), sequence),
        ConversationName = "",
        Id = MessageId.FromBytes([.. Enumerable.Repeat((byte)sequence, MessageId.ByteCount)]),
        Label = "",
        CreatedUnixMillis = 1,
        ExpiresUnixMillis = 2,
        Content = content,
        Tombstone = tombstone,
        State = InboxState.Ready,
        Position = sequence,
        ReceivedUnixMillis = 1,
    };
}
