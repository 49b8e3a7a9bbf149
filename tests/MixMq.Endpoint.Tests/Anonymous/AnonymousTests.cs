using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Simulation.Disk;
using static MixMq.Endpoint.Tests.Anonymous.AnonymousRun;

namespace MixMq.Endpoint.Tests.Anonymous;

/// <summary>Messages without a sender, over a bad network and between crashes.</summary>
public sealed class AnonymousTests
{
    [Theory]
    [Trait("Spec", "MSG-73")]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Messages_of_any_length_arrive_once_over_a_network_that_loses_doubles_and_reorders(long seed)
    {
        var run = new AnonymousRun(seed);
        run.Pair.Pipe.Loss = 0.2;
        run.Pair.Pipe.Doubling = 0.2;
        run.Pair.Pipe.ReplyLoss = 0.4;
        run.Pair.Start();
        foreach (var bytes in new[] { 0, 1, 1_000, 1_281, 1_282, 1_283, 20_000, 200_000 })
        {
            run.Submit(bytes);
        }

        Assert.True(run.Settles(10 * Minute));
        run.Judge();
        Assert.Equal(8, run.Received);
        Assert.Equal(0, run.Bob.Snapshot().Partials);
    }

    [Theory]
    [Trait("Spec", "MSG-73")]
    [Trait("Spec", "MSG-74")]
    [Trait("Spec", "MSG-75")]
    [InlineData(true)]
    [InlineData(false)]
    public void Either_side_killed_between_any_two_durable_steps_loses_and_doubles_nothing(bool sender)
    {
        static AnonymousRun Scenario(Action<AnonymousRun> prepare)
        {
            var run = new AnonymousRun(21);
            prepare(run);
            run.Pair.Pipe.Loss = 0.15;
            run.Pair.Pipe.Doubling = 0.1;
            run.Pair.Start();
            run.Submit(300);
            run.Submit(9_000);
            run.Pair.RunFor(30);
            run.Submit(40_000);
            run.Submit(10);
            return run;
        }

        static void Finish(AnonymousRun run)
        {
            Assert.True(run.Settles(3 * Hour), "not everything was settled in time");
            run.Pair.RunFor(2 * Second);
            Assert.True(run.Settles(Hour));
            run.Judge();
        }

        var undisturbed = Scenario(static _ => { });
        Finish(undisturbed);
        var steps = (sender ? undisturbed.Alice : undisturbed.Bob).DurableSteps;
        Assert.True(steps >= 4);
        foreach (var point in new[] { CrashPoint.Before, CrashPoint.After })
        {
            for (var at = 1L; at <= steps; at++)
            {
                var step = at;
                var run = Scenario(made => (sender ? made.Alice : made.Bob).Crash = number => number == step ? point : CrashPoint.None);
                Finish(run);
                Assert.Equal(2, (sender ? run.Alice : run.Bob).Starts);
            }
        }
    }

    [Fact]
    [Trait("Spec", "MSG-73")]
    public void Both_killed_at_random_lose_and_double_nothing_whatever_the_seed()
    {
        var starts = 0;
        for (var seed = 100; seed < 140; seed++)
        {
            var run = new AnonymousRun(seed);
            foreach (var end in new[] { run.Alice, run.Bob })
            {
                end.DownMillis = 300;
                end.Crash = step => step < 30 && run.Pair.Random.NextInt32(6) == 0
                    ? (run.Pair.Random.NextInt32(2) == 0 ? CrashPoint.Before : CrashPoint.After)
                    : CrashPoint.None;
            }

            run.Pair.Pipe.Loss = 0.1 * run.Pair.Random.NextInt32(4);
            run.Pair.Pipe.Doubling = 0.1;
            run.Pair.Start();
            for (var i = 0; i < 12; i++)
            {
                run.Submit(run.Pair.Random.NextInt32(3) == 0 ? 15_000 : 400, run.Pair.Random.NextInt32(4) == 0 ? 1 : 0);
                run.Pair.RunFor(run.Pair.Random.NextInt32(400));
            }

            Assert.True(run.Settles(12 * Hour), $"seed {seed}");
            run.Pair.RunFor(5 * Second);
            Assert.True(run.Settles(Hour));
            run.Judge();
            starts += run.Alice.Starts + run.Bob.Starts;
        }

        Assert.True(starts > 2 * 80);
    }

    [Fact]
    [Trait("Spec", "MSG-73")]
    public void While_no_answer_comes_back_the_sender_asks_ever_more_rarely_and_goes_on_when_one_does()
    {
        var run = new AnonymousRun(31);
        run.Pair.Pipe.ReplyLoss = 1;
        run.Pair.Start();
        run.Submit(300);
        run.Submit(30_000);
        run.Pair.RunFor(10 * Minute);
        Assert.Equal(1, run.Received);
        var before = run.Pair.Pipe.Sent;
        run.Pair.RunFor(10 * Minute);

        // Two messages, one packet a minute each, times 0.75 to 1.25.
        Assert.InRange(run.Pair.Pipe.Sent - before, 14, 30);
        run.Pair.Pipe.ReplyLoss = 0;
        Assert.True(run.Settles(3 * Minute));
        run.Judge();
        Assert.Equal(2, run.Received);
        Assert.Equal(0, run.Pair.Pipe.UselessReplies);
    }

    [Theory]
    [Trait("Spec", "MSG-75")]
    [InlineData(true)]
    [InlineData(false)]
    public void What_expires_is_delivered_and_said_to_be_or_never_comes(bool delivered)
    {
        var run = new AnonymousRun(61);
        run.Pair.Pipe.ReplyLoss = 1;
        run.Pair.Pipe.Loss = delivered ? 0 : 1;
        run.Pair.Start();
        var token = run.Submit(300, 1);
        run.Pair.RunFor(2.0 * Hour);
        run.Pair.Pipe.ReplyLoss = 0;
        run.Pair.Pipe.Loss = 0;
        Assert.True(run.Settles(2.0 * Hour));
        Assert.Equal(delivered ? OutboxStatus.Acknowledged : OutboxStatus.Expired, run.StatusOf(token));
        run.Judge();
    }

    [Fact]
    [Trait("Spec", "MSG-75")]
    public void A_packet_that_comes_after_its_message_was_withdrawn_is_not_taken()
    {
        var run = new AnonymousRun(62);
        byte[]? kept = null;
        run.Pair.Pipe.Passes = (_, to, message) =>
        {
            kept ??= to == run.Bob.Address && message[0] == (byte)FrameType.Anonymous ? message : null;
            return kept is null || message[Frame.HeaderBytes + AnonymousConstants.SecretBytes] != (byte)AnonymousFrameKind.Fragment;
        };
        run.Pair.Start();
        var token = run.Submit(300);
        run.Pair.RunFor(Second);
        Assert.NotNull(kept);
        run.Alice.Cancel(token, run.Bob.Address);
        Assert.True(run.Settles(10 * Minute));
        Assert.Equal(OutboxStatus.Expired, run.StatusOf(token));
        run.Bob.Receive(kept);
        run.Pair.RunFor(Minute);
        Assert.Equal(0, run.Received);
    }

    [Fact]
    [Trait("Spec", "MSG-74")]
    public void A_message_that_was_received_and_consumed_is_not_taken_again_by_the_next_process()
    {
        var run = new AnonymousRun(71);
        run.Pair.Pipe.ReplyLoss = 1;
        run.Pair.Start();
        run.Bob.Consumer.Take(1);
        run.Submit(300);
        Assert.True(run.Pair.RunUntil(() => run.Bob.Consumer.Consumed == 1, Minute));
        run.Bob.Kill();
        run.Pair.RunFor(Second);
        run.Bob.Start();
        run.Pair.RunFor(10 * Minute);
        Assert.Equal(1, run.Received);
        run.Pair.Pipe.ReplyLoss = 0;
        Assert.True(run.Settles(3 * Minute));
        run.Judge();
    }

    [Fact]
    [Trait("Spec", "MSG-73")]
    public void A_recipient_that_lost_what_it_gathered_is_given_all_of_it_again()
    {
        var run = new AnonymousRun(81);
        run.Pair.Start();
        run.Submit(400_000);
        Assert.True(run.Pair.RunUntil(() => run.Alice.Snapshot().FragmentsSent > 60, Minute));
        run.Bob.DownMillis = 300;
        run.Bob.Kill();
        run.Pair.RunFor(300);
        if (!run.Bob.Alive)
        {
            run.Bob.Start();
        }

        Assert.True(run.Settles(10 * Minute));
        run.Judge();
        Assert.Equal(1, run.Received);
    }

    [Fact]
    public void The_content_of_an_acknowledged_message_is_dropped_at_once()
    {
        var run = new AnonymousRun(116);
        run.Pair.Start();
        var token = run.Submit(5_000);
        Assert.True(run.Settles(Minute));
        Assert.Equal(OutboxStatus.Acknowledged, run.StatusOf(token));
        Assert.Null(run.Alice.Store.ReadOutboxContent(run.Alice.Outcomes[token].Id));
    }
}
