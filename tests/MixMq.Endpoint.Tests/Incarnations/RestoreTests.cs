using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Tests.Messaging;

namespace MixMq.Endpoint.Tests.Incarnations;

/// <summary>A store that is put back from a copy, of the sender or the recipient, at any age: nothing repeats, nothing is taken for something else, what is lost is listed.</summary>
public sealed class RestoreTests
{
    [Fact]
    [Trait("Spec", "MSG-50")]
    [Trait("Spec", "MSG-52")]
    [Trait("Spec", "MSG-53")]
    [Trait("Spec", "MSG-54")]
    [Trait("Spec", "MSG-55")]
    [Trait("Spec", "MSG-56")]
    [Trait("Spec", "MSG-57")]
    public void Stores_put_back_at_any_age_reuse_no_place_repeat_nothing_and_list_what_is_lost()
    {
        var failures = new List<string>();
        var (restores, gaps, recalled) = (0, 0, 0L);
        for (var seed = 0; seed < 90; seed++)
        {
            var run = new RestoreRun(5000 + seed);
            try
            {
                run.Run();
            }
            catch (Exception failure)
            {
                failures.Add($"seed {5000 + seed}: {failure.Message}");
            }

            restores += run.Restores;
            gaps += run.Gaps;
            recalled += run.Recalled;
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));

        // The runs are of the kind that they should be.
        Assert.True(restores > 300, $"{restores} restores");
        Assert.True(gaps > 60, $"{gaps} gaps");
        Assert.True(recalled > 300, $"{recalled} sent again");
    }

    [Fact]
    [Trait("Spec", "MSG-53")]
    public void The_same_holds_where_most_messages_wait_in_the_store()
    {
        var failures = new List<string>();

        // In the last one a mark of the start before comes after this start's, where the recipient has messages under another secret.
        foreach (var seed in Enumerable.Range(6000, 60).Concat([5745, 21670, 22327]))
        {
            try
            {
                new RestoreRun(seed, 1 + (seed % 3)).Run();
            }
            catch (Exception failure)
            {
                failures.Add($"seed {seed}: {failure.Message}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    /// <summary>The recipient has never heard a mark of the sender's, and asks for one; the sender starts just then. Were that an answer to this start, a mark of the one before that comes late would shut it out.</summary>
    [Fact]
    [Trait("Spec", "MSG-50")]
    public void A_mark_that_names_no_start_of_the_senders_lets_nothing_leave()
    {
        var pair = new EndpointPair(39);
        pair.Start();
        SendThree(pair);
        pair.Bob.Kill();
        pair.Alice.Kill();
        var types = new List<byte>();
        var asked = false;
        pair.Pipe.Watch = (from, _, message) =>
        {
            asked |= from == pair.Bob.Address && message[0] == (byte)FrameType.RecipientMark;
            if (from == pair.Alice.Address)
            {
                types.Add(message[0]);
            }
        };
        pair.Bob.Start();
        Assert.True(pair.RunUntil(() => asked, 10_000));

        // It is on its way, and she can't send one herself before it comes.
        pair.AliceRoutes.Open = false;
        pair.Alice.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 30);
        pair.RunFor(2_000);
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntilQuiet(60_000));
        Assert.Equal((byte)FrameType.SenderMark, types[0]);
        pair.JudgeBoth();
    }

    [Fact]
    [Trait("Spec", "MSG-53")]
    public void A_sender_put_back_goes_on_behind_what_the_recipient_has_and_says_what_it_lost()
    {
        var pair = new EndpointPair(31);
        pair.Start();
        SendThree(pair);
        var image = pair.Alice.Backup();
        SendThree(pair);
        pair.Alice.Restore(image);
        SendThree(pair);
        Assert.Equal(Enumerable.Range(1, 9).Select(number => (ulong)number), pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
        Assert.Equal(9, pair.Bob.Store.Inbox.Select(entry => entry.Id).Distinct().Count());
        var gap = Assert.Single(pair.Alice.Store.Gaps);
        Assert.Equal((GapKind.Sent, pair.Bob.Address, "c", 4UL, 6UL), (gap.Kind, gap.Peer, gap.Name, gap.First, gap.Last));
        Assert.Empty(pair.Bob.Store.Gaps);
    }

    [Fact]
    [Trait("Spec", "MSG-54")]
    public void A_sender_whose_store_is_older_than_the_conversation_takes_it_over_under_a_new_secret()
    {
        var pair = new EndpointPair(32);
        pair.Start();
        var image = pair.Alice.Backup();
        SendThree(pair);
        pair.Alice.Restore(image);
        SendThree(pair);
        Assert.Equal([1UL, 2UL, 3UL, 4UL, 5UL, 6UL], pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
        Assert.Equal(6, pair.Bob.Store.Inbox.Select(entry => entry.Id).Distinct().Count());
        Assert.Equal((1UL, 3UL), (Assert.Single(pair.Alice.Store.Gaps).First, pair.Alice.Store.Gaps[0].Last));

        // And again after an ordinary restart.
        pair.Alice.Kill();
        pair.Alice.Start();
        SendThree(pair);
        Assert.Equal(9, pair.Bob.Store.Inbox.Count);
        Assert.Single(pair.Alice.Store.Gaps);
    }

    [Fact]
    [Trait("Spec", "MSG-55")]
    public void A_recipient_put_back_gets_again_in_order_and_once_what_it_lost()
    {
        var pair = new EndpointPair(33);
        pair.Start();
        SendThree(pair);
        var image = pair.Bob.Backup();
        for (var i = 0; i < 80; i++)
        {
            SendThree(pair);
        }

        var before = pair.Bob.Store.Inbox.Select(entry => (entry.Place, entry.Id, entry.Position)).ToList();
        pair.Bob.Restore(image);
        SendThree(pair);
        Assert.True(pair.RunUntil(() => pair.Bob.InboxReady == (ulong)before.Count + 3 && pair.IsQuiet, 60_000));
        Assert.Equal(before, pair.Bob.Store.Inbox.Take(before.Count).Select(entry => (entry.Place, entry.Id, entry.Position)));
        Assert.Equal(before.Count + 3, pair.Bob.Store.Inbox.Count);
        Assert.Empty(pair.Bob.Store.Gaps);
        pair.Judge(pair.Alice, pair.Bob);
    }

    [Theory]
    [Trait("Spec", "MSG-55")]
    [InlineData(0)]
    [InlineData(40_000)]
    public void What_a_recipient_put_back_had_acknowledged_comes_again_although_the_sender_is_still_storing_that(int firstBytes)
    {
        var pair = new EndpointPair(43);
        pair.Start();
        SendThree(pair);
        var image = pair.Bob.Backup();
        for (var i = 0; i < 10; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", i == 0 ? firstBytes : 100);
        }

        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count >= 9, 20_000));
        pair.Alice.CommitMillis = 5_000;
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count == 13, 20_000));
        pair.RunFor(300);
        pair.Bob.Restore(image);
        Assert.True(pair.RunUntil(() => pair.Bob.InboxReady == 13 && pair.IsQuiet, 120_000));
        Assert.Empty(pair.Bob.Store.Gaps);
        pair.Alice.CommitMillis = 1;
        SendThree(pair);
        Assert.Equal(Enumerable.Range(1, 16).Select(number => (ulong)number), pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
        pair.Judge(pair.Alice, pair.Bob);
    }

    [Theory]
    [Trait("Spec", "MSG-55")]
    [InlineData(9, true)]
    [InlineData(200, true)]
    [InlineData(200, false)]
    public void A_recipient_put_back_or_started_again_gets_again_what_it_had_held_above_a_gap_and_the_conversation_goes_on(int behind, bool putBack)
    {
        var pair = new EndpointPair(42);
        pair.Start();
        SendThree(pair);
        var image = pair.Bob.Backup();

        // The fourth is long and on its way for a while; those behind it are held, and acknowledged.
        pair.Pipe.Loss = 0.3;
        pair.Submit(pair.Alice, pair.Bob, "c", 400_000);
        for (var i = 0; i < behind; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 100);
        }

        Assert.True(pair.RunUntil(() => pair.Alice.Store.Sent.Count(entry => pair.Alice.Store.StatusOf(entry.Id) == OutboxStatus.Acknowledged) >= behind, 60_000));
        Assert.Equal(3UL, pair.Bob.InboxReady);
        pair.Pipe.Loss = 0;
        if (putBack)
        {
            pair.Bob.Restore(image);
        }
        else
        {
            pair.Bob.Kill();
            pair.Bob.Start();
        }

        // More than a window of them: the base must have come along.
        for (var i = 0; i < 1_100; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 100);
            if (i % 500 == 499)
            {
                pair.RunFor(100);
            }
        }

        var all = behind + 1_104;
        Assert.True(pair.RunUntil(() => pair.Bob.InboxReady == (ulong)all && pair.IsQuiet, 120_000));
        Assert.Equal(Enumerable.Range(1, all).Select(number => (ulong)number), pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
        Assert.Empty(pair.Bob.Store.Gaps);
        pair.Judge(pair.Alice, pair.Bob);
    }

    [Theory]
    [Trait("Spec", "MSG-56")]
    [InlineData(false)]
    [InlineData(true)]
    public void A_recipient_put_back_has_what_it_lost_although_the_sender_writes_no_more(bool senderRestarts)
    {
        var pair = new EndpointPair(37);
        pair.Start();
        SendThree(pair);
        var image = pair.Bob.Backup();
        SendThree(pair);
        pair.BobRoutes.Open = false;
        pair.Bob.Restore(image);
        if (senderRestarts)
        {
            pair.Alice.Kill();
            pair.Alice.Start();
        }

        // For long the two don't find each other.
        pair.RunFor(300_000);
        Assert.Equal(3, pair.Bob.Store.Inbox.Count);
        pair.BobRoutes.Open = true;
        pair.Bob.Topology();
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count == 6 && pair.IsQuiet, 1_500_000));
        Assert.Empty(pair.Bob.Store.Gaps);
        pair.Judge(pair.Alice, pair.Bob);
    }

    [Fact]
    [Trait("Spec", "MSG-55")]
    [Trait("Spec", "MSG-56")]
    public void What_nobody_has_any_more_is_listed_although_the_sender_writes_no_more()
    {
        var pair = new EndpointPair(38);
        pair.Start();
        SendThree(pair);
        var image = pair.Bob.Backup();
        SendThree(pair);
        SendThree(pair);
        var kept = pair.Alice.Store.Sent.Single(entry => entry.Sequence == 5).Id;
        pair.Alice.Store.DropKept(id => id != kept);
        pair.Bob.Restore(image);
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Gaps.Count == 2 && pair.IsQuiet, 120_000));
        Assert.Equal([1UL, 2UL, 3UL, 5UL], pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
        Assert.Equal([(4UL, 4UL), (6UL, 9UL)], pair.Bob.Store.Gaps.Select(gap => (gap.First, gap.Last)));
        SendThree(pair);
        Assert.Equal(7, pair.Bob.Store.Inbox.Count);
        Assert.Equal(2, pair.Bob.Store.Gaps.Count);
    }

    [Fact]
    [Trait("Spec", "MSG-65")]
    public void While_the_disk_is_full_no_gap_is_recorded_and_afterwards_it_is()
    {
        var pair = new EndpointPair(41);
        pair.Start();
        SendThree(pair);
        var image = pair.Bob.Backup();
        SendThree(pair);
        pair.Alice.Store.DropKept(_ => true);
        pair.Bob.Restore(image);

        // Alice's base comes when she has heard Bob; her mark is already on its way when the room goes.
        pair.RunUntil(() => pair.Bob.Snapshot().MarksSent > 0, 20_000);
        pair.Bob.StoreIsFull = true;
        pair.RunFor(120_000);
        Assert.Empty(pair.Bob.Store.Gaps);
        Assert.Equal(3, pair.Bob.Store.Inbox.Count);
        pair.Bob.StoreIsFull = false;
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Gaps.Count == 1, 300_000));
        Assert.Equal((4UL, 6UL, false), (pair.Bob.Store.Gaps[0].First, pair.Bob.Store.Gaps[0].Last, pair.Bob.Store.Gaps[0].Folded));
        SendThree(pair);
        Assert.Equal(6, pair.Bob.Store.Inbox.Count);
    }

    [Fact]
    [Trait("Spec", "MSG-50")]
    [Trait("Spec", "MSG-53")]
    public void A_sender_put_back_says_what_it_lost_before_it_writes_again()
    {
        var pair = new EndpointPair(39);
        pair.Start();
        SendThree(pair);
        var image = pair.Alice.Backup();
        SendThree(pair);
        pair.AliceRoutes.Open = false;
        pair.Alice.Restore(image);
        pair.RunFor(300_000);
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntil(() => pair.Alice.Store.Gaps.Count > 0, 1_500_000));
        Assert.Equal((GapKind.Sent, 4UL, 6UL), (pair.Alice.Store.Gaps[0].Kind, pair.Alice.Store.Gaps[0].First, pair.Alice.Store.Gaps[0].Last));
        SendThree(pair);
        Assert.Single(pair.Alice.Store.Gaps);
        Assert.Equal(Enumerable.Range(1, 9).Select(number => (ulong)number), pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
    }

    [Fact]
    [Trait("Spec", "MSG-50")]
    [Trait("Spec", "MSG-56")]
    public void A_start_asks_in_each_conversation_until_it_is_answered_and_then_no_more()
    {
        var pair = new EndpointPair(40);
        pair.Start();
        for (var i = 0; i < 20; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, $"c{i}", 100);
            pair.Submit(pair.Bob, pair.Alice, $"c{i}", 100);
        }

        Assert.True(pair.RunUntilQuiet(60_000));
        foreach (var end in new[] { pair.Alice, pair.Bob })
        {
            end.Kill();
            end.Start();
        }

        pair.RunFor(60_000);
        var marks = pair.Alice.Snapshot().MarksSent + pair.Bob.Snapshot().MarksSent;
        Assert.InRange(marks, 80, 300);
        pair.RunFor(3_600_000);
        Assert.Equal(marks, pair.Alice.Snapshot().MarksSent + pair.Bob.Snapshot().MarksSent);

        // Nobody is there: ever more seldom.
        pair.Bob.Kill();
        pair.Alice.Kill();
        pair.Alice.Start();
        pair.RunFor(3_600_000);
        Assert.InRange(pair.Alice.Snapshot().MarksSent, 20 * 2 * 8, 20 * 2 * 20);
        pair.JudgeBoth();
    }

    [Theory]
    [Trait("Spec", "MSG-51")]
    [Trait("Spec", "MSG-57")]
    [InlineData(100)]
    [InlineData(9_000)]
    [InlineData(90_000)]
    public void A_message_that_had_come_before_the_senders_store_was_put_back_settles_its_new_place_and_is_not_given_out_again(int bytes)
    {
        var pair = new EndpointPair(36, options => options with { WholeContentBytes = 20_000 });
        pair.Start();
        SendThree(pair);
        pair.Bob.Kill();
        pair.Alice.Kill();
        pair.Alice.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", bytes);
        pair.RunFor(1_000);
        var image = pair.Alice.Backup();
        pair.Bob.Start();
        SendThree(pair);
        Assert.Equal(7, pair.Bob.Store.Inbox.Count);

        // In the copy the message waits, in a place of which it isn't agreed yet that it is free.
        pair.Alice.Restore(image);
        Assert.True(pair.RunUntilQuiet(60_000));
        SendThree(pair);
        Assert.Equal(1, pair.Bob.Snapshot().Repeated);
        var twice = pair.Bob.Store.Inbox.Where(entry => entry.Id == pair.Bob.Store.Inbox[3].Id).ToList();
        Assert.Equal([(4UL, false, bytes), (8UL, true, 0)], twice.Select(entry => (entry.Place.Sequence, entry.Repeated, entry.Content.Length)));
        Assert.Equal(Enumerable.Range(1, 11).Select(number => (ulong)number), pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
        Assert.Equal((4UL, 7UL), (Assert.Single(pair.Alice.Store.Gaps).First, pair.Alice.Store.Gaps[0].Last));
        Assert.Equal(0, pair.Bob.Store.PartialCount);
        Assert.Equal(10, pair.Bob.Snapshot().InboxMessages);
    }

    [Fact]
    [Trait("Spec", "MSG-50")]
    [Trait("Spec", "MSG-51")]
    public void An_ordinary_restart_costs_one_mark_each_way_and_one_round_trip()
    {
        var pair = new EndpointPair(34);
        pair.Pipe.Relays = 0;
        pair.Start();
        SendThree(pair);
        pair.Alice.Kill();
        pair.Alice.Start();
        Assert.Equal(0, pair.Alice.Snapshot().MarksSent);
        var marks = pair.Bob.Snapshot().MarksSent;
        var sent = pair.Pipe.Sent;
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        Assert.True(pair.RunUntilQuiet(200), "it took longer than a round trip and some commits");
        Assert.Equal(1, pair.Alice.Snapshot().MarksSent);
        Assert.True(pair.Bob.Snapshot().MarksSent - marks <= 2);
        Assert.True(pair.Pipe.Sent - sent <= 4, "mark, answer, message, acknowledgement");
        Assert.Equal(4, pair.Bob.Store.Inbox.Count);
        Assert.Empty(pair.Alice.Store.Gaps);
        pair.JudgeBoth();
    }

    [Fact]
    [Trait("Spec", "MSG-51")]
    public void A_restart_while_the_recipient_is_away_accepts_and_waits()
    {
        var pair = new EndpointPair(35);
        pair.Start();
        SendThree(pair);
        for (var restart = 0; restart < 3; restart++)
        {
            pair.Bob.Kill();
            pair.Alice.Kill();
            pair.Alice.Start();
            pair.Submit(pair.Alice, pair.Bob, "c", 100);
            pair.RunFor(90_000);
        }

        pair.Bob.Start();
        Assert.True(pair.RunUntilQuiet(200_000));
        Assert.Equal(6, pair.Bob.Store.Inbox.Count);
        Assert.Empty(pair.Alice.Store.Gaps);
        pair.JudgeBoth();
    }

    private static void SendThree(EndpointPair pair)
    {
        for (var i = 0; i < 3; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 100);
        }

        Assert.True(pair.RunUntilQuiet(60_000));
    }
}
