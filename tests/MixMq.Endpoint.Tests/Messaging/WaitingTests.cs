using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Tests.KeyChanges;
using MixMq.Simulation.Disk;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>Messages whose turn is far off are in the store alone: with pages of few messages, hundreds wait here as millions do in a node.</summary>
public sealed class WaitingTests
{
    /// <summary>Four pages from the base, one that is being read, and what is on its way into the store.</summary>
    private static int MostLoaded(int page) => (5 * page) + 1;

    [Theory]
    [Trait("Spec", "MSG-100")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Hundreds_wait_in_the_store_alone_and_arrive_once_and_in_order(int page)
    {
        var pair = Unreachable(40 + page, page);
        Submit(pair, 300);
        Assert.Equal(300, pair.Alice.Snapshot().Unsettled);
        AssertFewLoaded(pair, page);
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntilQuiet(600_000));
        Assert.Equal(300, pair.Bob.Store.Inbox.Count);
        pair.JudgeBoth();
    }

    [Theory]
    [Trait("Spec", "MSG-100")]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(3, 2)]
    public void After_a_restart_they_wait_on_and_those_submitted_since_come_after_them(int page, int firstPage)
    {
        var pair = Unreachable(50 + page, page);
        pair.Alice.FirstPage = firstPage;
        Submit(pair, 100);
        for (var restart = 0; restart < 3; restart++)
        {
            pair.Alice.Kill();
            pair.Alice.Start();
            Assert.Equal(100 * (restart + 1), pair.Alice.Snapshot().Unsettled);
            Assert.True(pair.Alice.Snapshot().Unsettled - pair.Alice.Snapshot().Waiting <= firstPage);
            Submit(pair, 100);
            AssertFewLoaded(pair, page);
        }

        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        pair.RunFor(300);
        pair.Alice.Kill();
        pair.Alice.Start();
        Assert.True(pair.RunUntilQuiet(600_000));
        Assert.Equal(400, pair.Bob.Store.Inbox.Count);
        pair.JudgeBoth();
    }

    [Fact]
    [Trait("Spec", "MSG-101")]
    public void What_expires_while_it_waits_becomes_a_tombstone_in_time_and_waits_on()
    {
        var pair = Unreachable(61, 2);
        Submit(pair, 300, i => i % 3 == 1 ? 20_000 + i : i % 100 == 99 ? 90_000 : 0);
        pair.RunFor(15_000);
        Assert.Equal(0, pair.Alice.Snapshot().Expiring);
        pair.RunFor(8_000);
        Assert.Equal(100, pair.Alice.Snapshot().Expiring);
        AssertFewLoaded(pair, 2);

        // Also what expired while the process was down.
        pair.Alice.Kill();
        pair.RunFor(80_000);
        pair.Alice.Start();
        pair.RunFor(3_000);
        Assert.Equal(102, pair.Alice.Snapshot().Expiring);
        AssertFewLoaded(pair, 2);
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntilQuiet(600_000));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => i % 3 == 1 || i % 100 == 99), pair.Bob.Store.Inbox.Select(entry => entry.Tombstone));
        pair.JudgeBoth();
    }

    [Fact]
    [Trait("Spec", "MSG-101")]
    public void What_is_cancelled_while_it_waits_is_not_sent()
    {
        var pair = Unreachable(62, 2);
        var tokens = Submit(pair, 100);
        foreach (var index in (int[])[0, 5, 50, 51, 99])
        {
            pair.Alice.Cancel(tokens[index], pair.Bob.Address);
        }

        // Twice the same, and one while it is being looked for.
        pair.Alice.Cancel(tokens[50], pair.Bob.Address);
        pair.RunFor(2_000);
        Assert.Equal(5, pair.Alice.Snapshot().Expiring);
        AssertFewLoaded(pair, 2);
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntilQuiet(600_000));
        Assert.Equal([0, 5, 50, 51, 99], pair.Bob.Store.Inbox.Select((entry, index) => (entry.Tombstone, index)).Where(entry => entry.Tombstone).Select(entry => entry.index));
        pair.JudgeBoth();
    }

    [Fact]
    [Trait("Spec", "MSG-31")]
    public void A_damaged_row_among_those_that_wait_has_its_place_taken_by_a_tombstone()
    {
        var pair = Unreachable(63, 2);
        var tokens = Submit(pair, 60);
        pair.Alice.Store.Damage(pair.Alice.Outcomes[tokens[40]].Id);
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntilQuiet(600_000));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => i == 40), pair.Bob.Store.Inbox.Select(entry => entry.Tombstone));
    }

    [Fact]
    [Trait("Spec", "MSG-53")]
    public void What_waits_is_moved_behind_what_the_recipient_has_of_a_store_put_back()
    {
        var pair = new EndpointPair(64, options => options with { OutboxPage = 2 });
        pair.Start();
        Submit(pair, 20);
        Assert.True(pair.RunUntilQuiet(60_000));
        var image = pair.Alice.Backup();
        Submit(pair, 30);
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.AliceRoutes.Open = false;
        pair.Alice.Restore(image);
        Submit(pair, 200, i => i % 50 == 7 ? 5_000 : 0);
        pair.RunFor(10_000);
        pair.Alice.Kill();
        pair.Alice.Start();
        Submit(pair, 40);
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntilQuiet(600_000));
        var inbox = pair.Bob.Store.Inbox;
        Assert.Equal(290, inbox.Count);
        Assert.Equal(290, inbox.Select(entry => entry.Id).Distinct().Count());
        Assert.Equal(Enumerable.Range(50, 240).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), inbox.Skip(50).Select(entry => entry.Label));
        Assert.Equal([57, 107, 157, 207], inbox.Select((entry, index) => (entry.Tombstone, index)).Where(entry => entry.Tombstone).Select(entry => entry.index));
        Assert.Equal((21UL, 50UL), (Assert.Single(pair.Alice.Store.Gaps).First, pair.Alice.Store.Gaps[0].Last));
    }

    /// <summary>Of two conversations more expire at once than are signed for at once: those of the second are fetched and can't be replaced yet when its messages are to move.</summary>
    [Fact]
    [Trait("Spec", "MSG-53")]
    public void What_waits_moves_as_one_although_some_of_it_was_fetched_to_be_replaced()
    {
        for (var run = 0; run < 6; run++)
        {
            var pair = new EndpointPair(640 + run, options => options with { OutboxPage = 2 });
            pair.Start();
            var image = pair.Alice.Backup();
            SubmitBoth(pair, 15, 0);
            Assert.True(pair.RunUntilQuiet(60_000));
            pair.AliceRoutes.Open = false;
            pair.Alice.Restore(image);
            SubmitBoth(pair, 10, 0);
            SubmitBoth(pair, 70, 5_000);
            SubmitBoth(pair, 10, 0);
            pair.Alice.Kill();
            pair.RunFor(10_000);
            pair.Alice.SignMillis = 200;
            pair.AliceRoutes.Open = run % 2 == 0;
            pair.Alice.FirstPage = 0;
            pair.Alice.Start();
            pair.RunFor(100 + (50 * run));
            pair.AliceRoutes.Open = true;
            pair.Alice.Topology();
            Assert.True(pair.RunUntilQuiet(600_000));
            foreach (var conversation in (string[])["c", "d"])
            {
                var inbox = pair.Bob.Store.Inbox.Where(entry => entry.ConversationName == conversation).ToArray();
                Assert.Equal(Enumerable.Range(0, 105).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), inbox.Select(entry => entry.Label));
                Assert.Equal(70, inbox.Count(entry => entry.Tombstone));
            }
        }
    }

    /// <summary>The recipient has said where its messages are when something stands in the way of moving those that wait, and is gone then.</summary>
    [Fact]
    [Trait("Spec", "MSG-53")]
    [Trait("Spec", "MSG-101")]
    public void What_is_to_move_expires_in_its_time_although_the_recipient_is_gone()
    {
        var moved = 0;
        for (var run = 0; run < 12; run++)
        {
            var pair = new EndpointPair(690 + run, options => options with { OutboxPage = 2 });
            pair.Start();
            var image = pair.Alice.Backup();
            SubmitBoth(pair, 15, 0);
            Assert.True(pair.RunUntilQuiet(60_000));
            pair.AliceRoutes.Open = false;
            pair.Alice.Restore(image);
            SubmitBoth(pair, 10, 0);
            SubmitBoth(pair, 70, 5_000);
            SubmitBoth(pair, 10, 20_000);
            pair.Alice.Kill();
            pair.RunFor(10_000);
            pair.Alice.SignMillis = 200;
            pair.Alice.FirstPage = 0;
            pair.Alice.Start();
            pair.AliceRoutes.Open = true;
            pair.Alice.Topology();
            pair.RunFor(60 + (25 * run));
            pair.AliceRoutes.Open = false;
            pair.RunFor(40_000);
            moved += pair.Alice.Store.Gaps.Count;
            Assert.True(pair.Alice.Snapshot().Expiring == 160, $"run {run}: {pair.Alice.Snapshot().Expiring}");
            pair.AliceRoutes.Open = true;
            pair.Alice.Topology();
            Assert.True(pair.RunUntilQuiet(600_000));
            Assert.Equal(2 * 80, pair.Bob.Store.Inbox.Count(entry => entry.Tombstone));
        }

        Assert.True(moved > 4, $"{moved} moves");
    }

    /// <summary>Where one message is sent, refused and asked with, those behind it that have become tombstones pass, also such as were so before.</summary>
    [Fact]
    [Trait("Spec", "MSG-62")]
    public void Tombstones_that_are_loaded_while_others_are_refused_pass()
    {
        var pair = new EndpointPair(699, options => options with { OutboxPage = 4, InitialWindow = 2, MaxWindow = 2, MaxInboxMessagesPerSender = 2 });
        pair.AliceRoutes.Open = false;
        Assert.Equal(0, pair.Bob.Consumer.Consumed);
        pair.Start();
        Submit(pair, 12, i => i < 5 ? 0 : 3_000);
        pair.RunFor(5_000);
        pair.Alice.Kill();
        pair.Alice.FirstPage = 0;
        pair.Alice.Start();
        Assert.Equal(7, pair.Alice.Snapshot().Expiring);
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count >= 6, 60_000), $"{pair.Bob.Store.Inbox.Count}");
        Assert.Equal(1, pair.Alice.Snapshot().HeldBackConversations);
        pair.Bob.Consumer.Take(20);
        Assert.True(pair.RunUntilQuiet(600_000));
        pair.JudgeBoth();
    }

    /// <summary>It is cancelled before the core hears that it is stored, and asked for again and again while what the store says of it grows old.</summary>
    [Fact]
    [Trait("Spec", "MSG-101")]
    public void What_is_cancelled_while_others_are_looked_for_is_counted_once()
    {
        for (var run = 0; run < 10; run++)
        {
            var pair = Unreachable(660 + run, 1 + (run % 3));
            pair.Alice.SignMillis = 30;
            var tokens = Submit(pair, 60, i => i % 4 == 1 ? 300 + (5 * i) : 0);
            for (var i = 0; i < 60; i += 3)
            {
                pair.Alice.Cancel(tokens[i], pair.Bob.Address);
                pair.Alice.Cancel(tokens[59 - i], pair.Bob.Address);
                pair.RunFor(1);
            }

            pair.RunFor(5_000);
            Assert.Equal(60, pair.Alice.Snapshot().Unsettled);
            Assert.True(pair.Alice.Snapshot().Unsettled - pair.Alice.Snapshot().Waiting <= MostLoaded(3));
            pair.AliceRoutes.Open = true;
            pair.Alice.Topology();
            Assert.True(pair.RunUntilQuiet(600_000));
            Assert.Equal((0, 0), (pair.Alice.Snapshot().Unsettled, pair.Alice.Snapshot().Waiting));
            Assert.Equal(60, pair.Bob.Store.Inbox.Count);
            pair.JudgeBoth();
        }
    }

    [Theory]
    [Trait("Spec", "MSG-100")]
    [InlineData(-25)]
    [InlineData(25)]
    public void A_wrong_count_of_what_waits_loses_nothing(int wrong)
    {
        var pair = Unreachable(68, 7);
        var tokens = Submit(pair, 60, i => i % 20 == 19 ? 6_000 : 0);
        pair.Alice.Kill();
        pair.Alice.Loaded = state => state with { Waiting = [.. state.Waiting.Select(waiting => waiting with { Count = waiting.Count + wrong })] };
        pair.Alice.FirstPage = 7;
        pair.Alice.Start();
        foreach (var token in tokens[25..53])
        {
            pair.Alice.Cancel(token, pair.Bob.Address);
            pair.RunFor(20);
        }

        pair.RunFor(8_000);
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.True(pair.RunUntil(() => pair.IsQuiet && pair.Bob.Store.Inbox.Count == 60, 600_000));
        Assert.Equal(60, pair.Bob.Store.Inbox.Count);
        Assert.Equal((0, 0), (pair.Alice.Snapshot().Unsettled, pair.Alice.Snapshot().Waiting));
        pair.JudgeBoth();
    }

    [Theory]
    [Trait("Spec", "MSG-100")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Killed_again_and_again_while_hundreds_wait_nothing_is_lost_or_doubled(int page)
    {
        for (var run = 0; run < 5; run++)
        {
            var pair = new EndpointPair((100 * page) + run, options => options with { OutboxPage = page });
            pair.Alice.FirstPage = run % 2 == 0 ? 0 : null;
            pair.Pipe.Loss = 0.05;
            pair.Alice.DownMillis = pair.Bob.DownMillis = 150;
            pair.Start();
            Submit(pair, 60, i => i % 7 == 3 ? 1_500 : 0);
            pair.Alice.Crash = step => step < 160 && pair.Random.NextInt32(12) == 0 ? (pair.Random.NextInt32(2) == 0 ? CrashPoint.Before : CrashPoint.After) : CrashPoint.None;
            pair.Bob.Crash = step => step < 160 && pair.Random.NextInt32(20) == 0 ? CrashPoint.After : CrashPoint.None;
            for (var burst = 0; burst < 6; burst++)
            {
                pair.AliceRoutes.Open = burst % 2 == 1;
                Submit(pair, 40, i => i % 5 == 2 ? 1_000 : 0);
                pair.RunFor(1_500);
            }

            pair.AliceRoutes.Open = true;
            Assert.True(pair.RunUntil(() => pair.Alice.Alive, 10_000));
            pair.Alice.Topology();
            Assert.True(pair.RunUntilQuiet(3_600_000), "something is stuck");
            pair.JudgeBoth();
            Assert.True(pair.Alice.Starts > 3);
        }
    }

    [Fact]
    public void After_changes_of_keys_what_waited_is_signed_by_the_new_one()
    {
        for (var seed = 0; seed < 25; seed++)
        {
            new SuccessionRun(7000 + seed, 1 + (seed % 3)).Run();
        }
    }

    private static EndpointPair Unreachable(long seed, int page)
    {
        var pair = new EndpointPair(seed, options => options with { OutboxPage = page });
        pair.AliceRoutes.Open = false;
        pair.Start();
        return pair;
    }

    private static void SubmitBoth(EndpointPair pair, int count, long expiry)
    {
        var tokens = new List<long>();
        for (var i = 0; i < count; i++)
        {
            tokens.Add(pair.Submit(pair.Alice, pair.Bob, "c", 20, expiry));
            tokens.Add(pair.Submit(pair.Alice, pair.Bob, "d", 20, expiry));
            pair.RunFor(2);
        }

        pair.RunFor(200);
        Assert.All(tokens, token => Assert.True(pair.Alice.Outcomes[token].Accepted));
    }

    private static List<long> Submit(EndpointPair pair, int count, Func<int, long>? expiry = null)
    {
        var tokens = new List<long>();
        for (var i = 0; i < count; i++)
        {
            tokens.Add(pair.Submit(pair.Alice, pair.Bob, "c", 20, expiry?.Invoke(i) ?? 0));
            pair.RunFor(2);
        }

        pair.RunFor(200);
        return tokens;
    }

    private static void AssertFewLoaded(EndpointPair pair, int page)
    {
        var state = pair.Alice.Snapshot();
        Assert.True(state.Unsettled - state.Waiting <= MostLoaded(page), $"{state.Unsettled - state.Waiting} of {state.Unsettled} are loaded");
    }
}
