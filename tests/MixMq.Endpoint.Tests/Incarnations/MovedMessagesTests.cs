using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Sending;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Tests.Messaging;

namespace MixMq.Endpoint.Tests.Incarnations;

/// <summary>Messages that move behind what the recipient has, while most of them wait in the store alone.</summary>
public sealed class MovedMessagesTests
{
    /// <summary>
    /// A store is put back too far and then less far, and some of what lies between its waiting messages was settled. No place may be left of which neither end knows anything: the sender's store would
    /// take it for a row that is lost.
    /// </summary>
    [Theory]
    [Trait("Spec", "MSG-53")]
    [Trait("Spec", "MSG-54")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(null)]
    public void Where_settled_places_lie_between_those_that_wait_every_new_place_is_a_message_s_or_in_a_gap(int? firstPage)
    {
        var pair = new EndpointPair(710, options => options with { OutboxPage = 2 });
        pair.Start();
        var before = pair.Alice.Backup();
        ulong[] blocked = [1, 4, 5, 9];
        pair.Pipe.Passes = (_, _, message) => !HasFragmentOf(message, blocked);
        Submit(pair, 12);
        Assert.True(pair.RunUntil(() => pair.Alice.Snapshot().Unsettled == blocked.Length, 60_000));
        pair.RunFor(1_000);
        var image = pair.Alice.Backup();
        pair.Pipe.Passes = (_, _, _) => true;
        pair.Alice.Restore(before);
        Submit(pair, 3);
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.Alice.FirstPage = firstPage;
        pair.Alice.Restore(image);
        Submit(pair, 2);
        Assert.True(pair.RunUntilQuiet(600_000));
        pair.RunFor(60_000);
        Submit(pair, 2);
        Assert.True(pair.RunUntilQuiet(600_000));

        var came = pair.Bob.Store.Inbox;
        var labels = came.TakeLast(8).Select(entry => entry.Label);
        Assert.Equal(["0", "3", "4", "8", "15", "16", "17", "18"], labels);
        Assert.Equal(came.Count, came.Select(entry => entry.Id).Distinct().Count());
        var places = Enumerable.Range(1, (int)Assert.Single(pair.Alice.Store.OutboundConversations).NextSequence - 1).Select(place => (ulong)place).ToArray();
        Assert.Equal(places, places.Where(place => pair.Alice.Store.Sent.Any(entry => entry.Sequence == place) || IsInGap(pair.Alice, place)));
        Assert.Equal(places, places.Where(place => came.Any(entry => entry.Place.Sequence == place) || IsInGap(pair.Bob, place)));

        // What she doesn't use he needn't wait for; of what is his, or hers and came, none is listed at his end.
        Assert.DoesNotContain(came, entry => IsInGap(pair.Bob, entry.Place.Sequence));
    }

    /// <summary>
    /// A conversation was opened anew and its first messages have moved behind those of the one before, and in a copy from before that they stand in their first places. The recipient passed over these because
    /// the sender said so, and was put back itself, so that it doesn't know of the one before any more.
    /// </summary>
    [Theory]
    [Trait("Spec", "MSG-54")]
    [Trait("Spec", "MSG-57")]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_in_places_that_the_recipient_has_passed_over_are_not_taken_for_settled(bool hadCome)
    {
        var pair = new EndpointPair(720);
        pair.Start();
        var (alice, bob) = (pair.Alice.Backup(), pair.Bob.Backup());
        Submit(pair, 3);
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.Pipe.Passes = (_, _, _) => false;
        pair.Alice.Restore(alice);
        Submit(pair, 2);
        pair.RunFor(100);
        var copy = pair.Alice.Backup();
        pair.Pipe.Passes = (_, _, message) => !HasFragmentOf(message, [4, 5]);
        Assert.True(pair.RunUntil(() => pair.Alice.Store.Gaps.Count == 1, 120_000));
        pair.Bob.Restore(bob);
        if (hadCome)
        {
            pair.Pipe.Passes = (_, _, _) => true;
        }

        Assert.True(pair.RunUntil(() => pair.Bob.Store.Gaps.Count == 1 && pair.Bob.Store.Inbox.Count == (hadCome ? 2 : 0), 1_200_000));
        pair.Alice.Restore(copy);
        pair.Pipe.Passes = (_, _, _) => true;
        Assert.True(pair.RunUntilQuiet(600_000));
        Assert.Equal(["3", "4"], pair.Bob.Store.Inbox.Where(entry => !entry.Repeated).Select(entry => entry.Label));
        Assert.Equal(hadCome ? 2 : 0, pair.Bob.Store.Inbox.Count(entry => entry.Repeated));
        Assert.Equal((1UL, 3UL), (Assert.Single(pair.Bob.Store.Gaps).First, pair.Bob.Store.Gaps[0].Last));
        Assert.All(pair.Alice.Store.Outbox, sent => Assert.Equal(OutboxStatus.Acknowledged, sent.Value));
    }

    /// <summary>What the recipient lost and nobody has any more is in an old copy of the sender's: it comes after all, and what the recipient has comes once.</summary>
    [Fact]
    [Trait("Spec", "MSG-54")]
    [Trait("Spec", "MSG-57")]
    public void What_a_copy_still_has_to_send_of_what_the_recipient_has_passed_over_comes_and_nothing_twice()
    {
        var pair = new EndpointPair(721);
        pair.Start();
        var bob = pair.Bob.Backup();
        pair.Pipe.Passes = (_, _, message) => !HasFragmentOf(message, [3, 5]);
        Submit(pair, 5);
        Assert.True(pair.RunUntil(() => pair.Alice.Snapshot().Unsettled == 2, 60_000));
        var copy = pair.Alice.Backup();
        pair.Pipe.Passes = (_, _, _) => true;
        Assert.True(pair.RunUntilQuiet(60_000));
        var fifth = pair.Alice.Store.Sent.Single(entry => entry.Sequence == 5).Id;
        pair.Alice.Store.DropKept(id => id != fifth);
        pair.Bob.Restore(bob);
        Submit(pair, 1);
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Gaps.Count == 1 && pair.IsQuiet, 600_000));
        Assert.Equal(["4", "5"], pair.Bob.Store.Inbox.Select(entry => entry.Label));

        // She knows what became of what she has sent, whatever he has lost of it.
        pair.Alice.Kill();
        pair.Alice.Start();
        pair.RunFor(60_000);
        Assert.Empty(pair.Alice.Store.Gaps);
        pair.Alice.Restore(copy);
        Assert.True(pair.RunUntilQuiet(600_000));
        Assert.Equal([("4", false), ("5", false), ("2", false), ("4", true)], pair.Bob.Store.Inbox.Select(entry => (entry.Label, entry.Repeated)));
        Assert.Equal((3UL, 6UL), (Assert.Single(pair.Alice.Store.Gaps).First, pair.Alice.Store.Gaps[0].Last));
    }

    /// <summary>Both stores were put back, and something stands in the way when messages are to move: meanwhile the recipient is told no base, for what it has lost isn't looked for yet.</summary>
    [Fact]
    [Trait("Spec", "MSG-55")]
    public void While_messages_cannot_move_yet_nothing_is_passed_over_that_the_recipient_has_lost_and_the_sender_has()
    {
        var held = 0;
        for (var run = 0; run < 12; run++)
        {
            var pair = new EndpointPair(730 + run);
            pair.Start();
            Submit(pair, 3);
            Assert.True(pair.RunUntilQuiet(60_000));
            var bob = pair.Bob.Backup();
            Submit(pair, 3);
            Assert.True(pair.RunUntilQuiet(60_000));
            var alice = pair.Alice.Backup();
            Submit(pair, 3);
            Assert.True(pair.RunUntilQuiet(60_000));

            // He has what is behind, and not what is between.
            pair.Pipe.Passes = (_, _, message) => !HasFragmentOf(message, [4, 5, 6]);
            pair.Bob.Restore(bob);
            Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count == 6, 120_000));
            pair.AliceRoutes.Open = false;
            pair.Pipe.Passes = (_, _, _) => true;
            pair.Alice.Restore(alice);
            for (var i = 0; i < 40; i++)
            {
                pair.Submit(pair.Alice, pair.Bob, "c", 30, 3_000 + (50 * i));
                pair.RunFor(2);
            }

            pair.RunFor(2_000);
            pair.Alice.SignMillis = 300;
            pair.AliceRoutes.Open = true;
            pair.Alice.Topology();
            pair.RunFor(300 * run);
            held += pair.Alice.Store.Gaps.Count == 0 ? 1 : 0;
            pair.Alice.SignMillis = 1;
            Assert.True(pair.RunUntilQuiet(600_000));
            pair.RunFor(60_000);
            Assert.Empty(pair.Bob.Store.Gaps);
            Assert.Equal(Enumerable.Range(1, 49).Select(number => (ulong)number), pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
        }

        Assert.True(held > 4, $"{held} were in its way");
    }

    /// <summary>A message has its place, and is still being signed, when the recipient says what it has there.</summary>
    [Theory]
    [Trait("Spec", "MSG-53")]
    [InlineData(1)]
    [InlineData(3)]
    public void A_message_that_is_not_stored_yet_moves_too(int lost)
    {
        var pair = new EndpointPair(750);
        pair.Start();
        Submit(pair, 3);
        Assert.True(pair.RunUntilQuiet(60_000));
        var image = pair.Alice.Backup();
        Submit(pair, lost);
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.Alice.Restore(image);
        Assert.True(pair.RunUntil(() => pair.Alice.Snapshot().MarksSent > 0, 10_000));
        pair.Alice.SignMillis = 100_000;
        Submit(pair, 1);
        pair.Alice.SignMillis = 1;
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count > 3 + lost, 900_000));
        Assert.True(pair.RunUntilQuiet(60_000));
        Assert.Equal(Enumerable.Range(0, 4 + lost).Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)), pair.Bob.Store.Inbox.Select(entry => entry.Label));
        Assert.Equal((4UL, 3UL + (ulong)lost), (Assert.Single(pair.Alice.Store.Gaps).First, pair.Alice.Store.Gaps[0].Last));
        Assert.Empty(pair.Bob.Store.Gaps);
    }

    /// <summary>The last page of what waited ended with the last message: what is in memory was moved, and is moved once more.</summary>
    [Fact]
    [Trait("Spec", "MSG-53")]
    public void Messages_move_twice_after_the_last_page_of_those_that_waited_was_read()
    {
        var conversation = new OutboundConversation(
            new Correspondent(default, new(1, 1), new(8, 8)), ConversationId.OfName("c"), "c", ConversationSecret.FromBytes(new byte[ConversationSecret.ByteCount]), nextSequence: 1);
        for (var i = 0; i < 4; i++)
        {
            conversation.Add(new(conversation, conversation.TakeSequence(), MessageId.FromBytes(new byte[MessageId.ByteCount]), "", 0, 0, 0) { Envelope = new byte[1], Committed = true, Stored = true });
        }

        // It was full, so that the store might have more.
        conversation.Waiting.Put(2, 0, 3, long.MaxValue);
        conversation.Waiting.Take(0);
        conversation.Waiting.Take(0);
        conversation.Waiting.Advance(5);
        Assert.False(conversation.Waiting.IsEmpty);
        foreach (var target in (ulong[])[11, 21])
        {
            Assert.True(OutboxMoves.MayBegin(conversation, conversation.Base));
            var (messages, waiting) = conversation.Move(conversation.Base, target);
            Assert.Null(waiting);
            Assert.Equal([target, target + 1, target + 2, target + 3], messages.Select(message => message.Sequence));
            Assert.Equal((target, target + 4), (conversation.Base, conversation.NextSequence));
            Assert.DoesNotContain(messages, conversation.IsFetched);
            Assert.Equal(target + 4, Transmitter.WindowEnd(conversation));
        }
    }

    /// <summary>All that the recipient has of a conversation is a part of a message, it is begun anew, and the part is given up before the sender has had an answer.</summary>
    [Fact]
    [Trait("Spec", "MSG-54")]
    public void A_part_of_a_message_of_the_former_conversation_is_given_up_before_the_sender_is_answered()
    {
        var pair = new EndpointPair(730);
        pair.Start();
        var empty = pair.Alice.Backup();
        var passed = 0;
        pair.Pipe.Passes = (_, _, message) => !HasFragmentOf(message, [1]) || ++passed == 1;
        pair.Submit(pair.Alice, pair.Bob, "c", 3_000, 3_000);
        Assert.True(pair.RunUntil(() => pair.Bob.Snapshot().Partials == 1, 10_000));
        pair.Alice.Restore(empty);
        pair.Pipe.Passes = (from, _, _) => from == pair.Alice.Address || pair.Bob.Store.InboundConversations.All(static conversation => conversation.Foreign == 0);
        pair.Submit(pair.Alice, pair.Bob, "c", 30);
        Assert.True(pair.RunUntil(() => pair.Bob.Store.InboundConversations.Any(static conversation => conversation.Foreign == 1), 60_000));
        Assert.True(pair.RunUntil(() => pair.Bob.Snapshot().Partials == 0, 2 * 24 * 3_600_000));
        pair.Pipe.Passes = (_, _, _) => true;
        Assert.True(pair.RunUntilQuiet(3_600_000));
        Assert.Equal(30, Assert.Single(pair.Bob.Store.Inbox).Content.Length);
    }

    private static void Submit(EndpointPair pair, int count)
    {
        for (var i = 0; i < count; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 30);
            pair.RunFor(2);
        }
    }

    private static bool IsInGap(PairEnd end, ulong place) => end.Store.Gaps.Any(gap => gap.First <= place && gap.Last >= place);

    private static bool HasFragmentOf(ReadOnlySpan<byte> message, ulong[] sequences)
    {
        while (Frame.TryTake(ref message, out var type, out var body))
        {
            if (type == FrameType.Fragment && FragmentHeader.TryRead(body, out var header, out _) && sequences.Contains(header.Place.Sequence))
            {
                return true;
            }
        }

        return false;
    }
}
