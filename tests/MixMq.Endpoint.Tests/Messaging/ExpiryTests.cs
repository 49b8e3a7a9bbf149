using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Tests.Messaging;

public sealed class ExpiryTests
{
    [Fact]
    [Trait("Spec", "MSG-8")]
    [Trait("Spec", "MSG-16")]
    public void A_message_that_expires_on_the_way_leaves_a_tombstone_and_the_conversation_goes_on()
    {
        var pair = new EndpointPair(1);
        pair.Start();
        pair.Pipe.Passes = (_, _, _) => false;
        pair.Submit(pair.Alice, pair.Bob, "c", 5_000, expiresAfterMillis: 10_000);
        pair.Submit(pair.Alice, pair.Bob, "c", 5_000);
        pair.RunFor(20_000);
        Assert.Equal(1, pair.Alice.Snapshot().Expiring);
        Assert.Equal(0, pair.Alice.Snapshot().Expired);
        pair.Pipe.Passes = (_, _, _) => true;
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.JudgeBoth();
        Assert.Equal([true, false], pair.Bob.Store.Inbox.Select(entry => entry.Tombstone));
        Assert.Equal(1, pair.Alice.Snapshot().Expired);
        Assert.Equal(1, pair.Alice.Snapshot().Acknowledged);
    }

    [Fact]
    public void What_is_settled_is_not_kept_until_it_would_have_expired()
    {
        var pair = new EndpointPair(9);
        pair.Start();
        for (var i = 0; i < 60; i++)
        {
            for (var j = 0; j < 100; j++)
            {
                pair.Submit(pair.Alice, pair.Bob, "c", 1);
            }

            Assert.True(pair.RunUntilQuiet(60_000));
            Assert.InRange(pair.Alice.Snapshot().Watched, 0, 2 * 1024 + 100);
        }

        // The last ones still expire in time.
        pair.Pipe.Passes = (_, _, _) => false;
        pair.Submit(pair.Alice, pair.Bob, "c", 1, expiresAfterMillis: 3_000);
        pair.RunFor(4_000);
        Assert.Equal(1, pair.Alice.Snapshot().Expiring);
        Assert.Equal(6_000, pair.Alice.Snapshot().Acknowledged);
    }

    [Fact]
    public void A_message_that_came_in_time_is_acknowledged_though_its_acknowledgement_comes_after_the_expiry()
    {
        var pair = new EndpointPair(2);
        pair.Start();
        pair.Pipe.Passes = (from, _, _) => from != pair.Bob.Address;
        pair.Submit(pair.Alice, pair.Bob, "c", 500, expiresAfterMillis: 5_000);
        pair.RunFor(30_000);
        Assert.Equal(1, pair.Alice.Snapshot().Expiring);
        pair.Pipe.Passes = (_, _, _) => true;
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.JudgeBoth();
        Assert.Equal(1, pair.Alice.Snapshot().Acknowledged);
        Assert.False(Assert.Single(pair.Bob.Store.Inbox).Tombstone);
    }

    [Fact]
    public void A_message_that_comes_after_its_tombstone_stays_out()
    {
        var pair = new EndpointPair(3);
        var late = new List<byte[]>();
        pair.Pipe.Passes = (from, _, message) =>
        {
            if (from == pair.Alice.Address && message[0] == (byte)FrameType.Fragment)
            {
                late.Add(message);
                return false;
            }

            return true;
        };
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 6_000, expiresAfterMillis: 3_000);
        Assert.True(pair.RunUntilQuiet(60_000));
        Assert.NotEmpty(late);
        late.ForEach(pair.Bob.Receive);
        pair.RunFor(10_000);
        pair.JudgeBoth();
        Assert.True(Assert.Single(pair.Bob.Store.Inbox).Tombstone);
        Assert.Equal(1, pair.Alice.Snapshot().Expired);
        Assert.Equal(0, pair.Bob.Store.PartialCount);
    }

    [Fact]
    [Trait("Spec", "MSG-7")]
    public void A_tombstone_clears_away_the_fragments_of_its_message()
    {
        var pair = new EndpointPair(4);
        pair.Pipe.Passes = (from, to, message) =>
            from != pair.Alice.Address
            || message[0] != (byte)FrameType.Fragment
            || (FragmentHeader.TryRead(message.AsSpan(Frame.HeaderBytes), out var header, out _) && header.Index != 1);
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 20_000, expiresAfterMillis: 8_000);
        pair.RunFor(5_000);
        Assert.Equal(1, pair.Bob.Store.PartialCount);
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.JudgeBoth();
        Assert.Equal(0, pair.Bob.Store.PartialCount);
        Assert.Equal(0, pair.Bob.Snapshot().Partials);
        Assert.True(Assert.Single(pair.Bob.Store.Inbox).Tombstone);
    }

    [Fact]
    [Trait("Spec", "MSG-16")]
    public void What_expires_while_its_node_is_down_expires_at_the_next_start()
    {
        var pair = new EndpointPair(5);
        pair.Start();
        pair.Pipe.Passes = (_, _, _) => false;
        pair.Submit(pair.Alice, pair.Bob, "c", 500, expiresAfterMillis: 5_000);
        pair.RunFor(1_000);
        pair.Alice.Kill();
        pair.RunFor(60_000);
        pair.Pipe.Passes = (_, _, _) => true;
        pair.Alice.Start();
        Assert.True(pair.RunUntilQuiet(10_000));
        pair.JudgeBoth();
        Assert.True(Assert.Single(pair.Bob.Store.Inbox).Tombstone);
    }

    [Fact]
    [Trait("Spec", "MSG-14")]
    public void Hundreds_of_tombstones_are_told_apart_from_messages()
    {
        var pair = new EndpointPair(6);
        pair.Start();
        pair.Pipe.Passes = (_, _, _) => false;
        for (var i = 0; i < 400; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 50, i % 3 == 0 ? 5_000 : 0);
        }

        pair.RunFor(20_000);
        pair.Pipe.Passes = (_, _, _) => true;
        Assert.True(pair.RunUntilQuiet(120_000));
        pair.JudgeBoth();
        Assert.Equal(134, pair.Bob.Store.Inbox.Count(entry => entry.Tombstone));
        Assert.Equal(134, pair.Alice.Snapshot().Expired);
    }

    [Fact]
    [Trait("Spec", "MSG-7")]
    public void Whoever_wins_the_race_of_message_and_tombstone_both_ends_agree() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            var pair = new EndpointPair(seed);
            pair.Pipe.Loss = 0.5 * pair.Random.NextDouble();
            pair.Pipe.Doubling = 0.3 * pair.Random.NextDouble();
            pair.Alice.CommitMillis = pair.Bob.CommitMillis = 1 + (50 * pair.Random.NextDouble());
            pair.Start();
            for (var i = 0; i < 20; i++)
            {
                pair.Submit(pair.Alice, pair.Bob, i % 2 == 0 ? "a" : "b", pair.Random.NextInt32(9_000), 1 + pair.Random.NextInt32(1_500));
            }

            Assert.True(pair.RunUntilQuiet(7_200_000), "not everything was settled in time");
            pair.JudgeBoth();
            Assert.Equal(20, pair.Bob.Store.Inbox.Count);
            Assert.Equal(pair.Bob.Store.Inbox.Count(entry => entry.Tombstone), pair.Alice.Store.Outbox.Values.Count(status => status == OutboxStatus.Expired));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithReplay(5, 7));
}
