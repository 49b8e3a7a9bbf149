using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>Contents that are stored and sent in parts. What counts as such is set low here, so that the tests take little time.</summary>
public sealed class LargeContentTests
{
    private const int Whole = 16 << 10;
    private const int Large = 9 << 20;
    private static readonly NodeAddress Mallory = NodeAddress.FromBytes([.. Enumerable.Repeat((byte)7, 32)]);

    [Fact]
    [Trait("Spec", "MSG-40")]
    public void A_content_of_more_fragments_than_a_span_arrives_whole()
    {
        var pair = Pair(1);
        pair.Pipe.Loss = 0.02;
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", Large);
        Assert.True(pair.RunUntilQuiet(120_000));
        pair.JudgeBoth();
        Assert.True(Large / 1937 > MessagingConstants.FragmentSpan);
        Assert.Equal(0, pair.Bob.Store.PartialCount);
        Assert.InRange(pair.Alice.Snapshot().Retransmissions, 1, 400);
    }

    [Fact]
    [Trait("Spec", "MSG-41")]
    public void Nothing_but_the_first_fragment_is_sent_before_the_recipient_has_it()
    {
        var pair = Pair(2);
        pair.Start();
        pair.Bob.Kill();
        pair.Submit(pair.Alice, pair.Bob, "c", 1 << 20);
        pair.RunFor(5_000);
        var snapshot = pair.Alice.Snapshot();
        Assert.InRange(snapshot.FragmentsSent, 2, 20);
        Assert.Equal(snapshot.FragmentsSent - 1, snapshot.Retransmissions);
        pair.Bob.Start();
        Assert.True(pair.RunUntilQuiet(120_000));
        pair.JudgeBoth();
    }

    [Fact]
    [Trait("Spec", "MSG-42")]
    public void What_the_recipient_has_is_not_sent_again_after_a_crash_of_either_end()
    {
        var pair = Pair(3);
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", Large);
        var sent = 0L;
        for (var crash = 0; crash < 6; crash++)
        {
            pair.RunFor(700);
            sent += crash % 2 == 0 ? pair.Alice.Snapshot().FragmentsSent : 0;
            var end = crash % 2 == 0 ? pair.Alice : pair.Bob;
            end.Kill();
            pair.RunFor(300);
            end.Start();
        }

        Assert.True(pair.RunUntilQuiet(120_000));
        sent += pair.Alice.Snapshot().FragmentsSent;
        pair.JudgeBoth();

        // What was under way at the three crashes of the recipient, a window each, and its repetitions until he is silent for three flights.
        Assert.InRange(sent - (Large / 1937), 1, 3 * 2 * 512);
    }

    [Fact]
    public void A_recipient_that_has_lost_the_partial_gets_all_of_it_again()
    {
        var pair = Pair(4);
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 2 << 20);
        Assert.True(pair.RunUntil(() => pair.Bob.Store.PartialBytes > 1 << 20, 60_000));
        pair.Bob.Kill();
        var partial = Assert.Single(pair.Bob.Store.Load().Partials);
        Assert.True(partial.InParts);
        pair.Bob.Store.Apply([new StoreOperation.DropPartial(partial.Place)]);
        pair.Bob.Start();
        Assert.True(pair.RunUntilQuiet(600_000));
        pair.JudgeBoth();
    }

    [Fact]
    public void A_recipient_that_has_lost_the_partial_when_all_was_acknowledged_gets_all_of_it_again()
    {
        var pair = Pair(5);
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 1 << 20);
        Assert.True(pair.RunUntil(() => pair.Bob.Store.PartialBytes == 1 << 20, 60_000));
        pair.Bob.Kill();
        pair.Bob.Store.Apply([new StoreOperation.DropPartial(Assert.Single(pair.Bob.Store.Load().Partials).Place)]);
        pair.Bob.Start();
        Assert.True(pair.RunUntilQuiet(600_000));
        pair.JudgeBoth();
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    public void Ends_killed_at_durable_steps_lose_and_double_nothing(long seed)
    {
        var pair = Pair(seed);
        pair.Pipe.Loss = 0.05;
        foreach (var end in new[] { pair.Alice, pair.Bob })
        {
            end.DownMillis = 200;
            end.Crash = step => step < 400 && pair.Random.NextInt32(30) == 0 ? (pair.Random.NextInt32(2) == 0 ? CrashPoint.Before : CrashPoint.After) : CrashPoint.None;
        }

        pair.Start();
        for (var i = 0; i < 6; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c" + (i % 2), i % 3 == 0 ? 100 : 300_000 + (i * 1_000));
            pair.Submit(pair.Bob, pair.Alice, "d", i % 2 == 0 ? 100 : 200_000);
            pair.RunFor(50);
        }

        Assert.True(pair.RunUntilQuiet(600_000));
        pair.JudgeBoth();
        Assert.True(pair.Alice.Starts + pair.Bob.Starts > 4);
    }

    [Fact]
    [Trait("Spec", "MSG-43")]
    public void Small_messages_of_another_conversation_overtake_a_large_one()
    {
        var pair = Pair(6);
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "large", Large);
        pair.RunFor(2_000);
        var before = pair.Bob.Store.PartialBytes;
        for (var i = 0; i < 50; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "small", 1_000);
        }

        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count(entry => entry.ConversationName == "small") == 50, 60_000));
        // Less than a fifth of what it has to go: they had to wait for a turn, and not for the window.
        Assert.InRange(pair.Bob.Store.PartialBytes - before, 0, Large / 5);
        Assert.True(pair.RunUntilQuiet(120_000));
        pair.JudgeBoth();
    }

    [Fact]
    public void Large_contents_both_ways_at_once_are_acknowledged_though_their_fragments_leave_no_room_beside_them()
    {
        var pair = Pair(10);
        pair.Pipe.Loss = 0.1;
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 3 << 20);
        pair.Submit(pair.Bob, pair.Alice, "c", 3 << 20);
        pair.Submit(pair.Bob, pair.Alice, "d", 1_300);
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.JudgeBoth();
    }

    [Fact]
    public void Little_of_a_large_content_is_in_memory()
    {
        var pair = Pair(7);
        pair.Pipe.Loss = 0.05;
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", Large);
        var most = 0L;
        Assert.True(pair.RunUntil(
            () =>
            {
                most = Math.Max(most, pair.Alice.Snapshot().HeldContentBytes);
                return pair.IsQuiet;
            },
            120_000));
        Assert.InRange(most, 1, 4 << 20);
        Assert.Equal(0, pair.Alice.Snapshot().HeldContentBytes);
        pair.JudgeBoth();
    }

    [Fact]
    [Trait("Spec", "MSG-44")]
    public void A_content_whose_parts_have_another_hash_is_not_delivered()
    {
        var pair = Pair(8);
        pair.Start();
        var mallory = new CraftedFrames(pair, Mallory, pair.Bob.Address) { Content = new byte[40_000], Hash = new byte[32] };
        for (var index = 0; index <= 40_000 / 1937; index++)
        {
            pair.Bob.Receive(mallory.Fragment(index));
            pair.RunFor(50);
        }

        pair.RunFor(1_000);
        Assert.Empty(pair.Bob.Store.Inbox);
        Assert.Equal(0, pair.Bob.Store.PartialCount);
        Assert.Equal(1, pair.Bob.Snapshot().Drops[InboundDrop.ContentHash]);
    }

    [Fact]
    [Trait("Spec", "MSG-45")]
    public void A_content_beyond_what_a_node_takes_is_refused_by_both_ends()
    {
        var pair = new EndpointPair(9, options => options with { WholeContentBytes = Whole, MaxContentBytes = 1 << 20 });
        pair.Start();
        var token = pair.Submit(pair.Alice, pair.Bob, "c", (1 << 20) + 1);
        pair.RunFor(100);
        Assert.Equal(SubmitRefusal.ContentTooLarge, pair.Alice.Outcomes[token].Refusal);
        var refusals = 0;
        pair.Pipe.Watch = (_, to, message) => refusals += to == Mallory && HasRefusal(message) ? 1 : 0;
        pair.Bob.Receive(new CraftedFrames(pair, Mallory, pair.Bob.Address) { Content = new byte[(1 << 20) + 1] }.Fragment());
        pair.RunFor(1_000);
        Assert.Equal(1, pair.Bob.Snapshot().Drops[InboundDrop.ContentTooLarge]);
        Assert.Equal(1, refusals);
        Assert.Equal(0, pair.Bob.Store.PartialCount);
    }

    private static bool HasRefusal(ReadOnlySpan<byte> message)
    {
        var found = false;
        while (Frame.TryTake(ref message, out var type, out _))
        {
            found |= type == FrameType.Refusal;
        }

        return found;
    }

    private static EndpointPair Pair(long seed) => new(seed, options => options with { WholeContentBytes = Whole, PacketsPerSecond = 2_000 });
}
