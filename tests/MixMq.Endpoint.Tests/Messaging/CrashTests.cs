using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>Kills a process before and after every durable step of a scenario; the recipient's inbox is the judge.</summary>
public sealed class CrashTests
{
    private const long Seed = 7;

    [Fact]
    [Trait("Spec", "MSG-13")]
    [Trait("Spec", "MSG-17")]
    public void A_sender_killed_between_any_two_durable_steps_loses_and_doubles_nothing() => AtEveryStep(pair => pair.Alice);

    [Fact]
    [Trait("Spec", "MSG-7")]
    [Trait("Spec", "MSG-10")]
    [Trait("Spec", "MSG-14")]
    public void A_recipient_killed_between_any_two_durable_steps_loses_and_doubles_nothing() => AtEveryStep(pair => pair.Bob);

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void Both_killed_again_and_again_lose_and_double_nothing(long seed)
    {
        var starts = 0;
        for (var i = 0; i < 8; i++)
        {
            var pair = Scenario((seed * 100) + i, made =>
            {
                foreach (var endpoint in new[] { made.Alice, made.Bob })
                {
                    endpoint.DownMillis = 200;
                    endpoint.Crash = step => step < 120 && made.Random.NextInt32(8) == 0
                        ? (made.Random.NextInt32(2) == 0 ? CrashPoint.Before : CrashPoint.After)
                        : CrashPoint.None;
                }
            });

            Finish(pair);
            starts += pair.Alice.Starts + pair.Bob.Starts;
        }

        // More than the two of each run with which it begins.
        Assert.True(starts > 24);
    }

    [Fact]
    [Trait("Spec", "MSG-55")]
    [Trait("Spec", "MSG-56")]
    public void A_recipient_that_lost_its_store_has_again_what_the_sender_kept_and_goes_on_after_the_rest()
    {
        var pair = new EndpointPair(21);
        pair.Start();
        for (var i = 0; i < 5; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 100);
        }

        Assert.True(pair.RunUntilQuiet(20_000));

        // Another Bob, with the same address and an empty store.
        pair.Bob.Kill();
        pair.Bob.Store.Clear();
        pair.Bob.Start();
        var second = pair.Alice.Store.Sent.Single(entry => entry.Sequence == 2).Id;
        pair.Alice.Store.DropKept(id => id == second);
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        pair.Submit(pair.Alice, pair.Bob, "c", 5_000);
        Assert.True(pair.RunUntil(() => pair.Bob.InboxReady == 6 && pair.IsQuiet, 20_000));
        Assert.Equal([1UL, 3UL, 4UL, 5UL, 6UL, 7UL], pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
        Assert.Equal([1UL, 2UL, 3UL, 4UL, 5UL, 6UL], pair.Bob.Store.Inbox.Select(entry => entry.Position));
        var gap = Assert.Single(pair.Bob.Store.Gaps);
        Assert.Equal((GapKind.Received, pair.Alice.Address, "c", 2UL, 2UL), (gap.Kind, gap.Peer, gap.Name, gap.First, gap.Last));
        Assert.Empty(pair.Alice.Store.Gaps);
    }

    [Fact]
    public void The_judge_sees_a_message_that_a_lying_disk_lost()
    {
        var pair = new EndpointPair(22);
        pair.Bob.Crash = _ => CrashPoint.Lost;
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        Assert.True(pair.RunUntilQuiet(20_000));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(pair.JudgeBoth);
    }

    private static void AtEveryStep(Func<EndpointPair, PairEnd> victim)
    {
        var undisturbed = Scenario(Seed);
        Finish(undisturbed);
        var steps = victim(undisturbed).DurableSteps;
        Assert.True(steps > 5);
        foreach (var point in new[] { CrashPoint.Before, CrashPoint.After })
        {
            for (var at = 1L; at <= steps; at++)
            {
                var step = at;
                var pair = Scenario(Seed, made => victim(made).Crash = number => number == step ? point : CrashPoint.None);
                Finish(pair);
                Assert.Equal(2, victim(pair).Starts);
            }
        }
    }

    // Single and multi-fragment messages, an expiry, a bad network, both directions.
    private static EndpointPair Scenario(long seed, Action<EndpointPair>? prepare = null)
    {
        var pair = new EndpointPair(seed, geometry: new PacketGeometry(10, 16_384, 512));
        prepare?.Invoke(pair);
        pair.Pipe.Loss = 0.15;
        pair.Pipe.Doubling = 0.1;
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "a", 300);
        pair.Submit(pair.Alice, pair.Bob, "a", 6_000);
        pair.Submit(pair.Bob, pair.Alice, "r", 300);
        pair.RunFor(30);
        pair.Submit(pair.Alice, pair.Bob, "b", 300_000);
        pair.RunFor(30);
        pair.Submit(pair.Alice, pair.Bob, "a", 0, expiresAfterMillis: 450);
        pair.Submit(pair.Alice, pair.Bob, "a", 4_000, expiresAfterMillis: 600);
        pair.Submit(pair.Alice, pair.Bob, "a", 10);
        return pair;
    }

    private static void Finish(EndpointPair pair)
    {
        Assert.True(pair.RunUntilQuiet(3_600_000), "not everything was settled in time");

        // A batch without content may still be under way, and its crash too.
        pair.RunFor(2_000);
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.JudgeBoth();
        Assert.Equal(0, pair.Bob.Store.PartialCount);
    }
}
