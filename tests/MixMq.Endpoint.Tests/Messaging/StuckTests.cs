using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>Orders of events after which something could wait for an event that nothing brings.</summary>
public sealed class StuckTests
{
    [Fact]
    public void A_submission_leaves_at_once_after_a_recipient_was_settled_and_came_back_while_there_was_no_path()
    {
        var pair = new EndpointPair(1);
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        Assert.True(pair.RunUntil(() => pair.Pipe.Sent > 0, 1_000));

        // The only packet is under way when the path goes: it is noted, and the acknowledgement comes all the same.
        pair.AliceRoutes.Open = false;
        pair.Alice.Topology();
        Assert.Equal(1, pair.Alice.Snapshot().UnreachableRecipients);
        Assert.True(pair.RunUntilQuiet(950));

        pair.RunFor(100);
        pair.AliceRoutes.Open = true;
        pair.Alice.Topology();
        Assert.Equal(0, pair.Alice.Snapshot().UnreachableRecipients);
        var sent = pair.Pipe.Sent;
        pair.Submit(pair.Alice, pair.Bob, "c", 100);
        Assert.True(pair.RunUntil(() => pair.Pipe.Sent > sent, 100), "the submission waits for something");
        Assert.True(pair.RunUntilQuiet(5_000));
        pair.JudgeBoth();
    }

    [Fact]
    public void Whatever_happened_before_once_packets_pass_everything_is_settled() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            var pair = new EndpointPair(seed, options => options with { MaxHeldContentBytes = 4 << 20 });
            pair.Start();
            for (var step = 0; step < 60; step++)
            {
                Disturb(pair);
                pair.RunFor(pair.Random.NextInt32(3) == 0 ? pair.Random.NextInt32(5_000) : pair.Random.NextInt32(100));
            }

            // No event from here on: what waits must have a timer of its own.
            pair.AliceRoutes.Open = true;
            pair.BobRoutes.Open = true;
            pair.Pipe.Passes = static (_, _, _) => true;
            pair.Pipe.Loss = 0;
            pair.RunFor(1_000);
            Assert.True(pair.RunUntilQuiet(200_000), $"stuck with seed {seed}");
            pair.JudgeBoth();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(80).WithReplay(5, 9));

    private static void Disturb(EndpointPair pair)
    {
        var (from, to, routes) = pair.Random.NextInt32(2) == 0
            ? (pair.Alice, pair.Bob, pair.AliceRoutes)
            : (pair.Bob, pair.Alice, pair.BobRoutes);
        switch (pair.Random.NextInt32(9))
        {
            case 0 or 1 when from.Alive:
                pair.Submit(from, to, "c" + pair.Random.NextInt32(3), pair.Random.NextInt32(3) == 0 ? 5_000 : 100);
                break;
            case 2 when from.Alive:
                pair.Submit(from, to, "expiring", 100, expiresAfterMillis: 1 + pair.Random.NextInt32(2_000));
                break;
            case 3:
                routes.Open = !routes.Open;
                break;
            case 4:
                routes.Open = !routes.Open;
                from.Topology();
                break;
            case 5:
                from.Topology();
                break;
            case 6:
                var passes = pair.Random.NextInt32(2) == 0;
                pair.Pipe.Passes = (_, _, _) => passes;
                break;
            case 7 when from.Alive && pair.Random.NextInt32(3) == 0:
                from.Kill();
                from.Start();
                break;
            case 8:
                pair.Pipe.Loss = pair.Random.NextInt32(2) * 0.3;
                break;
            default:
                break;
        }
    }

    // So there is never the silence after which the sender asks with the first fragment.
    [Fact]
    public void What_a_recipient_has_lost_a_part_of_arrives_although_others_are_acknowledged_all_the_time()
    {
        var pair = new EndpointPair(6, options => options with { PacketsPerSecond = 50, PacketBurst = 4 });
        pair.Start();
        pair.Submit(pair.Alice, pair.Bob, "d", 10);
        Assert.True(pair.RunUntilQuiet(60_000));
        var image = pair.Bob.Backup();
        var large = pair.Submit(pair.Alice, pair.Bob, "c", 300_000);
        Assert.True(pair.RunUntil(() => pair.Bob.Snapshot().AcknowledgementsSent >= 6, 60_000));
        Assert.Equal(1, pair.Bob.Snapshot().Partials);
        pair.Bob.Restore(image);
        for (var i = 0; i < 600 && pair.Alice.Store.StatusOf(pair.Alice.Outcomes[large].Id) != OutboxStatus.Acknowledged; i++)
        {
            pair.Submit(pair.Alice, pair.Bob, "d", 10);
            pair.RunFor(200);
        }

        Assert.Equal(OutboxStatus.Acknowledged, pair.Alice.Store.StatusOf(pair.Alice.Outcomes[large].Id));
        Assert.True(pair.RunUntilQuiet(60_000));
        pair.Judge(pair.Alice, pair.Bob);
    }
}
