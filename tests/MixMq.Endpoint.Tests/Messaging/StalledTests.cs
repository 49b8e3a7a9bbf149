using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>Memory for messages is scarce, and many conversations that don't get on would hold all of it.</summary>
public sealed class StalledTests
{
    private const int Conversations = 12;
    private const int Page = 32;
    private const int Budget = 256;

    [Theory]
    [Trait("Spec", "MSG-102")]
    [InlineData(false)]
    [InlineData(true)]
    public void What_does_not_get_on_in_many_conversations_takes_no_memory_from_what_does(bool hasPath)
    {
        // A disk that has much to do: what is read a few at a time comes slowly.
        var alone = MillisToSend(Begin(hasPath, conversations: 0));
        var pair = Begin(hasPath, Conversations);
        Assert.Equal(Conversations * 150, pair.Alice.Snapshot().Unsettled);
        Assert.True(Loaded(pair) < Budget, $"{Loaded(pair)} are in memory");
        var beside = MillisToSend(pair);
        Assert.True(beside < 1.3 * alone, $"{beside} ms, {alone} ms alone");

        Assert.True(pair.RunUntil(() => pair.Alice.Snapshot().Unsettled == Conversations * 150, 20_000));
        Assert.True(Loaded(pair) < Budget, $"{Loaded(pair)} are in memory");
        Assert.Equal(Enumerable.Range(1, 900).Select(number => (ulong)number), pair.Bob.Store.Inbox.Select(entry => entry.Place.Sequence));
    }

    /// <summary>What was sent and not acknowledged is given back too: it is sent again, and nothing is lost, doubled, out of order or miscounted.</summary>
    [Theory]
    [Trait("Spec", "MSG-102")]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void What_was_given_back_arrives_once_and_in_order_through_outages_refusals_and_crashes(int page)
    {
        var fewest = int.MaxValue;
        for (var run = 0; run < 8; run++)
        {
            var pair = new EndpointPair((100 * page) + run, options => options with { OutboxPage = page, MaxLoadedMessages = 12, MaxInboxMessagesPerSender = run % 2 == 0 ? 40 : 65_536 });
            pair.Pipe.Loss = 0.03;
            Assert.Equal(0, pair.Bob.Consumer.Consumed);
            pair.Start();
            pair.Alice.DownMillis = pair.Bob.DownMillis = 200;
            pair.Alice.Crash = step => step is > 100 and < 900 && pair.Random.NextInt32(80) == 0 ? CrashPoint.After : CrashPoint.None;
            for (var burst = 0; burst < 6; burst++)
            {
                pair.AliceRoutes.Open = burst % 3 != 1;
                pair.Pipe.Loss = burst % 3 == 2 ? 1 : 0.03;
                for (var i = 0; i < 60; i++)
                {
                    pair.Submit(pair.Alice, pair.Bob, "c" + (i % 3), i % 11 == 4 ? 5_000 : 40, i % 9 == 2 ? 9_000 : 0);
                    pair.RunFor(3);
                }

                pair.RunFor(burst % 2 == 0 ? 9_000 : 14_000);
                Assert.True(pair.RunUntil(() => pair.Alice.Alive, 10_000));
                fewest = pair.Alice.Snapshot().Unsettled < 60 ? fewest : Math.Min(fewest, Loaded(pair));
                pair.Bob.Consumer.Take(run % 2 == 0 ? 30 : 0);
            }

            pair.Pipe.Loss = 0.03;
            pair.AliceRoutes.Open = true;
            pair.Alice.Topology();
            pair.Bob.Consumer.Take(10_000);
            Assert.True(pair.RunUntilQuiet(3_600_000), $"run {run}: something is stuck");
            Assert.Equal((0, 0), (pair.Alice.Snapshot().Unsettled, pair.Alice.Snapshot().Waiting));
            pair.Judge(pair.Alice, pair.Bob);
        }

        Assert.True(fewest <= 3 * Math.Min(page, 4) + 12, $"at least {fewest} were in memory");
    }

    private static int Loaded(EndpointPair pair) => pair.Alice.Snapshot().Unsettled - pair.Alice.Snapshot().Waiting;

    private static EndpointPair Begin(bool hasPath, int conversations)
    {
        var pair = new EndpointPair(80, options => options with { OutboxPage = Page, MaxLoadedMessages = Budget, PacketsPerSecond = 5_000 }, readMillis: 20);
        pair.Start();
        for (var i = 0; i < conversations * 150; i++)
        {
            var stranger = NodeAddress.FromBytes([.. Enumerable.Repeat((byte)(1 + (i % conversations)), NodeAddress.ByteLength)]);
            if (!hasPath)
            {
                pair.AliceRoutes.Unreachable.Add(stranger);
            }

            pair.Alice.Submit(new SubmitRequest { Token = -1 - i, To = stranger, Conversation = "s", Label = "", Content = new byte[20] });
            pair.RunFor(1);
        }

        pair.RunFor(120_000);
        return pair;
    }

    private static double MillisToSend(EndpointPair pair)
    {
        for (var i = 0; i < 900; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "c", 20);
        }

        var begin = pair.Clock.Micros;
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count == 900, 600_000));
        return (pair.Clock.Micros - begin) / 1000.0;
    }
}
