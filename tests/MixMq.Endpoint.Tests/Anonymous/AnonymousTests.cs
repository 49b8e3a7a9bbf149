using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;
using static MixMq.Endpoint.Tests.Anonymous.AnonymousRun;

namespace MixMq.Endpoint.Tests.Anonymous;

/// <summary>Messages without a sender, over a bad network and between crashes.</summary>
public sealed class AnonymousTests
{
    [Fact]
    [Trait("Spec", "MSG-70")]
    [Trait("Spec", "MSG-71")]
    public void Nothing_that_reaches_the_recipient_names_the_sender_or_ties_two_messages_together()
    {
        var run = new AnonymousRun(1);
        var packets = new List<byte[]>();
        run.Pair.Pipe.Watch = (from, _, message) =>
        {
            if (from == run.Alice.Address)
            {
                packets.Add(message);
            }
        };
        run.Pair.Start();
        run.Submit(500);
        run.Submit(500);
        Assert.True(run.Settles(Minute));
        run.Judge();
        Assert.Equal(2, run.Received);

        byte[] name = run.Alice.Address.ToArray();
        Assert.All(packets, packet => Assert.Equal(-1, packet.AsSpan().IndexOf(name)));
        Assert.All(run.Bob.Store.Inbox, entry => Assert.Equal(default, entry.Place.Sender));
        Assert.All(run.Bob.Store.Load().InboundConversations, conversation => Assert.Equal(default, conversation.Sender));

        // Besides lengths the two have in common whom they are for and an hour, which is everybody's.
        var heads = packets.Select(packet => packet.AsSpan(Frame.HeaderBytes, AnonymousConstants.SecretBytes).ToArray()).Distinct(EqualityComparer<byte[]>.Create((a, b) => a!.AsSpan().SequenceEqual(b), a => a[0])).ToArray();
        Assert.Equal(2, heads.Length);
        Assert.All(run.Bob.Store.Inbox, entry => Assert.Equal(0, entry.ExpiresUnixMillis % AnonymousConstants.ExpiryUnitMillis));
        Assert.All(run.Bob.Store.Inbox, entry => Assert.Equal(entry.ReceivedUnixMillis, entry.CreatedUnixMillis));
    }

    [Fact]
    [Trait("Spec", "MSG-29")]
    [Trait("Spec", "MSG-72")]
    public void An_anonymous_packet_carries_one_frame_and_a_SURB_also_while_acknowledgements_to_the_same_node_are_due()
    {
        var run = new AnonymousRun(2);
        run.Pair.Pipe.Watch = (from, _, message) =>
        {
            if (message[0] == (byte)FrameType.Anonymous)
            {
                ReadOnlySpan<byte> rest = message;
                Assert.True(Frame.TryTake(ref rest, out var type, out var body) && type == FrameType.Anonymous);
                Assert.True(rest.IsEmpty);
                Assert.True(AnonymousFrame.TryRead(body, PacketGeometry.Default, out var frame));
                Assert.NotEqual(-1, frame.Surb.IndexOfAnyExcept((byte)0));
            }
        };
        run.Pair.Start();
        for (var i = 0; i < 20; i++)
        {
            run.Pair.Submit(run.Bob, run.Alice, "c", 300);
            run.Pair.Submit(run.Alice, run.Bob, "c", 300);
            run.Submit(300);
            run.Pair.RunFor(20);
        }

        Assert.True(run.Settles(Minute));
        Assert.Equal(20, run.Received);
    }

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

    [Fact]
    [Trait("Spec", "MSG-76")]
    public void A_recipient_that_takes_no_anonymous_messages_answers_nothing_and_stores_nothing()
    {
        var run = new AnonymousRun(41, options => options with { AllowAnonymous = false });
        run.Pair.Start();
        var token = run.Submit(300, Hour);
        run.Pair.RunFor(30 * Minute);
        Assert.Equal((0, 0L), (run.Received, run.Pair.Pipe.Replies));
        Assert.True(run.Bob.Snapshot().Drops[InboundDrop.AnonymousNotAllowed] > 2);
        Assert.True(run.Settles(30.0 * Hour));
        Assert.Equal(OutboxStatus.Expired, run.StatusOf(token));
        run.Judge();
    }

    [Fact]
    [Trait("Spec", "MSG-77")]
    public void All_without_a_name_share_one_quota_and_are_told_when_it_is_used_up()
    {
        var run = new AnonymousRun(51, options => options with { MaxAnonymousMessages = 5 });
        run.Pair.Start();
        var tokens = Enumerable.Range(0, 20).Select(_ => run.Submit(200)).ToArray();
        run.Pair.Submit(run.Alice, run.Bob, "named", 200);
        run.Pair.RunFor(Minute);
        Assert.Equal(5, run.Received);
        Assert.Equal(6, run.Bob.Store.Inbox.Count);
        Assert.Equal(15, tokens.Count(token => run.Alice.IsRefused(token, run.Bob.Address)));
        run.Pair.RunFor(20 * Minute);
        var before = run.Pair.Pipe.Sent;
        run.Pair.RunFor(10 * Minute);
        Assert.InRange(run.Pair.Pipe.Sent - before, 15 * 7, 15 * 14);

        run.Bob.Consumer.Take(40);
        Assert.True(run.Settles(10 * Minute));
        Assert.Equal(20, run.Received);
        Assert.DoesNotContain(tokens, token => run.Alice.IsRefused(token, run.Bob.Address));
        Assert.True(run.Pair.RunUntil(() => run.Bob.Snapshot().InboxMessages == 0, Minute));
    }

    [Fact]
    [Trait("Spec", "MSG-77")]
    public void What_is_being_gathered_takes_its_room_and_gives_it_back_when_its_sender_is_gone()
    {
        var run = new AnonymousRun(52, options => options with { MaxAnonymousBytes = 100_000 });
        run.Pair.Start();
        run.Submit(90_000);
        Assert.True(run.Pair.RunUntil(() => run.Bob.Snapshot().Partials == 1, Minute));
        run.Alice.DownMillis = 1e9;
        run.Alice.Kill();
        run.Pair.RunFor(2 * Second);
        Assert.Equal((1, 90_000), (run.Bob.Snapshot().Partials, run.Bob.Snapshot().InboxBytes));
        run.Pair.RunFor(11 * Minute);
        run.Alice.Start();
        run.Submit(50_000);
        Assert.True(run.Pair.RunUntil(() => run.Received > 0, 10 * Minute));
        run.Bob.Consumer.Take(5);
        Assert.True(run.Settles(20 * Minute));
        Assert.Equal(2, run.Received);
        run.Judge();
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
    public void What_can_not_be_anonymous_is_refused_at_once()
    {
        var run = new AnonymousRun(91);
        run.Pair.Start();
        SubmitOutcome Answer(Func<SubmitRequest, SubmitRequest> change)
        {
            var request = change(new SubmitRequest { Token = 1, To = run.Bob.Address, Content = new byte[10], Anonymous = true });
            run.Alice.Outcomes.Remove(1);
            run.Alice.Submit(request);
            run.Pair.RunFor(100);
            return run.Alice.Outcomes[1];
        }

        Assert.Equal(SubmitRefusal.AnonymousConversation, Answer(request => request with { Conversation = "c" }).Refusal);
        Assert.Equal(SubmitRefusal.AnonymousExpiry, Answer(request => request with { ExpiresAfterMillis = AnonymousConstants.MaxExpiryMillis + 1 }).Refusal);
        Assert.Equal(SubmitRefusal.RecipientIsSelf, Answer(request => request with { To = run.Alice.Address }).Refusal);
        Assert.Equal(SubmitRefusal.LabelTooLong, Answer(request => request with { Label = new string('x', 256) }).Refusal);
        Assert.Equal(SubmitRefusal.None, Answer(request => request).Refusal);
    }

    [Fact]
    [Trait("Spec", "MSG-76")]
    public void Frames_that_are_no_such_thing_are_dropped_without_an_answer()
    {
        var run = new AnonymousRun(92);
        run.Pair.Start();
        var frame = new byte[2044];
        var length = AnonymousFrame.Write(frame, PacketGeometry.Default, new byte[32], AnonymousFrameKind.Fragment, 0, 1, 5);
        for (var cut = 1; cut < length; cut += 7)
        {
            run.Bob.Receive([(byte)FrameType.Anonymous, (byte)cut, (byte)(cut >> 8), .. frame[3..(3 + Math.Min(cut, length - 3))]]);
        }

        run.Bob.Receive(frame[..length]);
        run.Pair.RunFor(Minute);
        Assert.Equal((0, 0L, 0), (run.Received, run.Pair.Pipe.Replies, run.Bob.Snapshot().Partials));
    }

    [Fact]
    [Trait("Spec", "MSG-70")]
    public void What_one_message_learns_of_the_round_trip_changes_no_time_of_another()
    {
        // The same two messages; before the second one the first is answered, or not at all.
        static double[] TimesOfSecond(bool answered)
        {
            var run = new AnonymousRun(111);
            run.Pair.Pipe.MeanDelayMs = answered ? 1 : 50;
            run.Pair.Pipe.ReplyLoss = answered ? 0 : 1;
            run.Pair.Start();
            run.Submit(100_000);
            run.Pair.RunFor(20.0 * Second);
            Assert.Equal(answered ? 0 : 1, run.Alice.Snapshot().Unsettled);
            run.Pair.Pipe.Loss = 1;
            var times = new List<double>();
            run.Pair.Pipe.Watch = (_, _, message) =>
            {
                if (AnonymousFrame.TryRead(message.AsSpan(Frame.HeaderBytes), PacketGeometry.Default, out var frame) && frame.Count == 1)
                {
                    times.Add(run.Pair.Clock.Seconds);
                }
            };
            run.Submit(300);
            run.Pair.RunFor(2.0 * Minute);
            return [.. times.Skip(1).Zip(times, (next, former) => next - former)];
        }

        // First the timeout that follows from the path's length alone, then twice as long each time, times 0.75 to 1.25.
        var first = AnonymousTiming.FirstTimeout(new AnonymousRun(1).Options) / 1000;
        foreach (var answered in new[] { true, false })
        {
            var waits = TimesOfSecond(answered);
            Assert.True(waits.Length >= 4);
            for (var i = 0; i < 4; i++)
            {
                Assert.InRange(waits[i], first * (1 << i) * 0.75, (first * (1 << i) * 1.25) + 0.001);
            }
        }
    }

    [Fact]
    [Trait("Spec", "MSG-75")]
    public void Messages_that_expire_at_one_moment_are_withdrawn_at_times_of_their_own()
    {
        var run = new AnonymousRun(112);
        run.Pair.Pipe.Loss = 1;
        run.Pair.Start();
        for (var i = 0; i < 12; i++)
        {
            run.Submit(300, Hour);
        }

        var withdrawn = new Dictionary<string, long>();
        run.Pair.Pipe.Watch = (_, _, message) =>
        {
            if (message[Frame.HeaderBytes + AnonymousConstants.SecretBytes] == (byte)AnonymousFrameKind.Withdrawal)
            {
                withdrawn.TryAdd(Convert.ToHexString(message, Frame.HeaderBytes, AnonymousConstants.SecretBytes), run.Pair.Clock.Moment().UnixMillis % Hour);
            }
        };
        Assert.True(run.Pair.RunUntil(() => withdrawn.Count == 12, 3 * Hour));
        Assert.InRange(withdrawn.Values.Max(), 30 * Second, Minute + Second);
        Assert.InRange(withdrawn.Values.Min(), 0, 20 * Second);
        Assert.Equal(12, withdrawn.Values.Distinct().Count());
    }

    [Fact]
    [Trait("Spec", "MSG-70")]
    public void After_an_outage_each_message_goes_on_at_a_time_of_its_own()
    {
        var run = new AnonymousRun(113, options => options with { AnonymousStartMs = 10_000 });
        run.Pair.Start();
        run.Pair.AliceRoutes.Open = false;
        for (var i = 0; i < 20; i++)
        {
            run.Submit(300);
        }

        run.Pair.RunFor(10.0 * Minute);
        var times = new List<double>();
        run.Pair.Pipe.Watch = (from, _, _) =>
        {
            if (from == run.Alice.Address)
            {
                times.Add(run.Pair.Clock.Seconds);
            }
        };
        var healed = run.Pair.Clock.Seconds;
        run.Pair.AliceRoutes.Open = true;
        run.Alice.Topology();
        Assert.True(run.Settles(3 * Minute));

        // Exponential of mean 10 s each: within the first second one in ten, and half of them within the first 7 s.
        var waits = times.Select(time => time - healed).Order().ToArray();
        Assert.True(waits.Count(wait => wait < 1) <= 8, "they go on together");
        Assert.InRange(waits[waits.Length / 2], 3, 14);
        Assert.Equal(20, run.Received);
    }

    [Fact]
    [Trait("Spec", "MSG-77")]
    public void What_is_gathered_and_comes_no_further_is_dropped_after_ten_minutes_and_gives_its_room_back()
    {
        var run = new AnonymousRun(114);
        run.Pair.Start();
        run.Submit(90_000);
        Assert.True(run.Pair.RunUntil(() => run.Bob.Snapshot().Partials == 1, Minute));
        run.Alice.DownMillis = 1e9;
        run.Alice.Kill();
        run.Pair.RunFor(9.0 * Minute);
        Assert.Equal((1, 90_000L), (run.Bob.Snapshot().Partials, run.Bob.Snapshot().InboxBytes));
        run.Pair.RunFor(2.5 * Minute);
        Assert.Equal((0, 0L, 0L), (run.Bob.Snapshot().Partials, run.Bob.Snapshot().InboxBytes, run.Bob.Snapshot().InboxMessages));
        run.Alice.Start();
        Assert.True(run.Settles(10 * Minute));
        run.Judge();
    }

    [Fact]
    [Trait("Spec", "MSG-74")]
    public void More_messages_than_are_known_by_heart_are_still_taken_once_each()
    {
        var run = new AnonymousRun(115, options => options with { MaxAnonymousMessages = 100_000 });
        var kept = new List<byte[]>();
        run.Pair.Pipe.Watch = (from, _, message) =>
        {
            if (from == run.Alice.Address && kept.Count < 3)
            {
                kept.Add(message);
            }
        };
        run.Pair.Start();
        while (run.Received <= AnonymousLimits.MaxKept + 3)
        {
            for (var i = 0; i < 500; i++)
            {
                run.Submit(0);
            }

            Assert.True(run.Settles(10 * Minute));
        }

        var before = run.Received;
        var answers = run.Pair.Pipe.Replies;
        foreach (var packet in kept)
        {
            run.Bob.Receive(packet);
        }

        run.Pair.RunFor(Minute);
        Assert.Equal((before, answers + 3), (run.Received, run.Pair.Pipe.Replies));
        run.Judge();
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
