using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.KeyChanges;

/// <summary>Two conversations that become one, beside recalls, lost stores, marks of one start, and correspondents that can't be asked.</summary>
public sealed class NamesakeTests
{
    // Bob has the old address's conversation open, by a mark of the same start of Alice's, and nothing in it: it goes behind the new one's, whose mark then names a start that isn't after the one that Bob knows.
    [Fact]
    [Trait("Spec", "MSG-132")]
    public void What_goes_behind_a_conversation_from_the_store_is_taken_although_the_recipient_has_opened_the_other_by_a_mark_of_this_start()
    {
        var twin = new EndpointPair(7);
        twin.Start();
        _ = twin.Bob.ChangeKey(1);
        var later = twin.Bob.Present;

        var pair = new EndpointPair(7);
        pair.Start();
        pair.Pipe.Passes = (_, _, _) => false;
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100);
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100, 0, later);
        pair.RunFor(2_000);
        pair.Alice.Kill();
        pair.Alice.Start();
        pair.Pipe.Passes = (from, _, message) => from != pair.Alice.Present || IsMark(message);
        pair.RunFor(10_000);
        Assert.Single(pair.Bob.Store.InboundConversations);
        Assert.Empty(pair.Bob.Store.Inbox);
        pair.Pipe.Passes = (_, _, _) => true;
        var succession = ChangeAtOnce(pair);
        Assert.Equal(later, pair.Bob.Present);
        pair.Alice.Follow([succession]);
        Assert.True(pair.RunUntilQuiet(3_600_000), $"stuck: {pair.Alice.Snapshot().Unsettled} unsettled, {pair.Alice.Snapshot().MarksSent} and {pair.Bob.Snapshot().MarksSent} marks");
        pair.JudgeBoth();
    }

    // All that was settled is being sent again, and so looks as if none of it ever was.
    [Fact]
    [Trait("Spec", "MSG-132")]
    public void What_is_being_sent_again_counts_as_once_settled()
    {
        var pair = new EndpointPair(7);
        pair.Start();
        for (var i = 0; i < 3; i++)
        {
            _ = pair.Submit(pair.Alice, pair.Bob, "", 100);
        }

        Assert.True(pair.RunUntilQuiet(60_000));
        pair.Bob.Kill();
        pair.Bob.Store.Clear();
        pair.Bob.Start();
        pair.Pipe.Passes = (from, _, message) => from != pair.Alice.Present || IsMark(message) || pair.Alice.Snapshot().MarksSent == 0;
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100);
        Assert.True(pair.RunUntil(() => pair.Alice.Snapshot().Recalled == 3, 60_000), "nothing recalled");
        var succession = ChangeAtOnce(pair);
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100, 0, pair.Bob.Present);
        pair.RunFor(5_000);
        pair.Pipe.Passes = (_, _, _) => true;
        pair.Alice.Follow([succession]);
        Assert.True(pair.RunUntilQuiet(3_600_000), "stuck");
        pair.JudgeBoth();
        Assert.Equal(5, pair.Bob.Store.Inbox.Count);
    }

    // Bob's store is lost, and the new address's conversation takes the first places before Alice hears of the succession: what the old one once had there is neither sent again nor listed.
    [Theory]
    [Trait("Spec", "MSG-54")]
    [Trait("Spec", "MSG-55")]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_recipient_has_lost_where_another_conversation_has_taken_its_places_is_sent_again_or_listed(bool senderRestarts)
    {
        var pair = new EndpointPair(7);
        pair.Start();
        for (var i = 0; i < 5; i++)
        {
            _ = pair.Submit(pair.Alice, pair.Bob, "", 100);
        }

        Assert.True(pair.RunUntilQuiet(60_000));
        pair.Bob.Kill();
        pair.Bob.Store.Clear();
        var succession = ChangeAtOnce(pair);
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100, 0, pair.Bob.Present);
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100, 0, pair.Bob.Present);
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count == 2, 60_000));
        if (senderRestarts)
        {
            pair.Alice.Kill();
            pair.Alice.Start();
        }

        pair.Alice.Follow([succession]);
        Assert.True(pair.RunUntilQuiet(3_600_000), "stuck");
        var labels = pair.Bob.Store.Inbox.Select(entry => entry.Label).ToHashSet();
        var lost = Enumerable.Range(0, 7).Where(number => !labels.Contains($"{number}")).ToArray();
        var gaps = pair.Alice.Store.Gaps.Concat(pair.Bob.Store.Gaps).ToArray();
        Assert.All(lost, number => Assert.True(
            gaps.Any(gap => gap.First <= (ulong)number + 1 && gap.Last >= (ulong)number + 1),
            $"the recipient lacks {string.Join(' ', lost)}, which the sender still has; gaps: {string.Join(' ', gaps.Select(gap => $"{gap.Kind} {gap.First}-{gap.Last}"))}; there: {string.Join(' ', pair.Bob.Store.Inbox.OrderBy(entry => entry.Place.Sequence).Select(entry => $"{entry.Place.Sequence}:{entry.Label}{(entry.Repeated ? "r" : "")}"))}"));
    }

    // As if the first message to the new address had been acknowledged before a store was lost.
    [Fact]
    [Trait("Spec", "MSG-132")]
    [Trait("Spec", "MSG-136")]
    public void Two_of_which_both_have_had_something_settled_stay_two_and_the_later_one_is_counted_until_nothing_of_it_waits()
    {
        var pair = new EndpointPair(7);
        pair.Start();
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100);
        Assert.True(pair.RunUntilQuiet(60_000));
        var succession = ChangeAtOnce(pair);
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100, 0, succession.New);
        var later = pair.Submit(pair.Alice, pair.Bob, "", 100, 60_000, succession.New);
        pair.RunFor(5_000);
        pair.Alice.Kill();
        pair.Alice.Loaded = state => state with { Outbox = [.. state.Outbox.Where(entry => entry.Recipient != succession.New || entry.Sequence > 1)] };
        pair.Alice.Start();
        pair.Alice.Follow([succession]);
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100);
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100, 0, succession.New);
        pair.RunFor(20_000);
        Assert.Equal((0, 1, 1), (pair.Alice.Snapshot().JoiningConversations, pair.Alice.Snapshot().ApartConversations, pair.Alice.Snapshot().Unsettled));
        Assert.Equal(["0", "3", "4"], pair.Bob.Store.Inbox.OrderBy(entry => entry.Place.Sequence).Select(entry => entry.Label));
        pair.RunFor(600_000);
        Assert.Equal(OutboxStatus.Expiring, pair.Alice.Store.StatusOf(pair.Alice.Outcomes[later].Id));
        Assert.Equal((0, 1, 1), (pair.Alice.Snapshot().JoiningConversations, pair.Alice.Snapshot().ApartConversations, pair.Alice.Snapshot().Unsettled));
    }

    // Those that have no path are due each second, and take every turn.
    [Theory]
    [Trait("Spec", "MSG-133")]
    [InlineData(40)]
    [InlineData(60)]
    public void Many_conversations_with_one_who_has_no_path_do_not_keep_others_from_being_asked_about(int many)
    {
        var pair = new EndpointPair(7);
        pair.Start();
        var succession = ChangeAtOnce(pair);
        pair.AliceRoutes.Unreachable.Add(succession.Old);
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100);
        _ = pair.Submit(pair.Alice, pair.Bob, "", 100, 0, pair.Bob.Present);
        NodeAddress[] gone = [NodeAddress.FromBytes([.. Enumerable.Repeat((byte)200, 32)]), NodeAddress.FromBytes([.. Enumerable.Repeat((byte)201, 32)])];
        pair.AliceRoutes.Unreachable.UnionWith(gone);
        for (var i = 0; i < many; i++)
        {
            foreach (var address in gone)
            {
                _ = pair.Submit(pair.Alice, pair.Bob, $"c{i}", 100, 0, address);
            }
        }

        pair.RunFor(5_000);
        Assert.Equal(StatementError.None, Succession.TryCreate(gone[0], gone[1], 5, 0, isEmergency: false, out var other));
        pair.Alice.Follow([succession, other!]);
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count == 2, 600_000), $"{pair.Bob.Store.Inbox.Count}");
    }

    private static Succession ChangeAtOnce(EndpointPair pair)
    {
        var succession = pair.Bob.ChangeKey(1);
        pair.Bob.Start();
        return succession;
    }

    private static bool IsMark(byte[] message)
    {
        ReadOnlySpan<byte> left = message;
        return Frame.TryTake(ref left, out var type, out _) && type == FrameType.SenderMark;
    }
}
