using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Anonymous.Replying;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;
using static MixMq.Endpoint.Tests.Anonymous.AnonymousRun;

namespace MixMq.Endpoint.Tests.Anonymous;

/// <summary>Replies of applications to anonymous messages, over a bad network and between crashes.</summary>
public sealed class ReplyTests
{
    [Theory]
    [Trait("Spec", "MSG-78")]
    [Trait("Spec", "MSG-79")]
    [Trait("Spec", "MSG-80")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(400)]
    [InlineData(5_000)]
    [InlineData(100_000)]
    [InlineData(AnonymousConstants.MaxReplyBytes)]
    public void A_reply_of_any_length_is_in_the_askers_inbox_once_and_says_what_it_answers(int bytes)
    {
        var run = new ReplyRun(200);
        run.Pair.Start();
        var question = run.AskAndWait();
        var reply = run.Reply(question, bytes);
        Assert.True(run.Settles(20 * Minute));
        Assert.Equal(StoredReply.IdOf(question), run.Bob.Outcomes[reply].Id);
        Assert.Equal(question, AnonymousPlaces.AnsweredBy(Assert.Single(run.Answers)));
        Assert.Equal((QuestionStatus.Noted, ReplyStatus.Acknowledged), (run.Alice.Store.Questions[question], run.Bob.Store.Replies[question]));
        run.Judge();
    }

    [Fact]
    [Trait("Spec", "MSG-80")]
    public void A_message_has_one_reply_and_only_one_whose_sender_wants_it()
    {
        var run = new ReplyRun(201);
        run.Pair.Start();
        var question = run.AskAndWait();
        var plain = run.IdOf(run.AskAndAccept(replyWithinMillis: 0));
        Assert.True(run.Pair.RunUntil(() => run.Bob.Snapshot().InboxMessages == 2, Minute));
        var first = run.Reply(question, 100);
        var second = run.Reply(question, 101);
        var unwanted = run.Reply(plain, 1);
        var unknown = run.Reply(StoredReply.IdOf(question), 1);
        run.Pair.RunFor(Second);
        Assert.Equal(
            [SubmitRefusal.None, SubmitRefusal.AlreadyAnswered, SubmitRefusal.NotAnswerable, SubmitRefusal.NotAnswerable],
            ((long[])[first, second, unwanted, unknown]).Select(token => run.Bob.Outcomes[token].Refusal));
        Assert.True(run.Settles(Minute));
        var late = run.Reply(question, 102);
        run.Pair.RunFor(Second);
        Assert.Equal(SubmitRefusal.AlreadyAnswered, run.Bob.Outcomes[late].Refusal);
        run.Judge();
        Assert.Single(run.Answers);
    }

    [Theory]
    [Trait("Spec", "MSG-79")]
    [InlineData(211)]
    [InlineData(212)]
    [InlineData(213)]
    public void Replies_arrive_once_over_a_network_that_loses_doubles_and_reorders(long seed)
    {
        var run = new ReplyRun(seed);
        run.Pair.Pipe.Loss = 0.25;
        run.Pair.Pipe.Doubling = 0.2;
        run.Pair.Start();
        for (var i = 0; i < 6; i++)
        {
            run.AskAndAccept();
        }

        int[] lengths = [0, 300, 9_000, 60_000];
        Assert.True(run.SettlesReplying(() => lengths[run.Pair.Random.NextInt32(lengths.Length)], 60 * Minute));
        run.Judge();
        Assert.Equal(6, run.Answers.Count);
    }

    [Theory]
    [Trait("Spec", "MSG-80")]
    [Trait("Spec", "MSG-81")]
    [InlineData(true)]
    [InlineData(false)]
    public void Either_side_killed_between_any_two_durable_steps_loses_and_doubles_no_reply(bool asker)
    {
        static ReplyRun Scenario(Action<ReplyRun> prepare)
        {
            var run = new ReplyRun(221);
            prepare(run);
            run.Pair.Pipe.Loss = 0.1;
            run.Pair.Start();
            run.Ask(300);
            run.Ask(300);
            run.Pair.RunFor(30);
            return run;
        }

        static void Finish(ReplyRun run)
        {
            Assert.True(run.SettlesReplying(() => 6_000, 6 * Hour), "not everything was settled in time");
            run.Judge();
            Assert.Equal(run.Alice.Store.Outbox.Count, run.Answers.Count);
        }

        var undisturbed = Scenario(static _ => { });
        Finish(undisturbed);
        var steps = (asker ? undisturbed.Alice : undisturbed.Bob).DurableSteps;
        Assert.True(steps >= 6);
        foreach (var point in new[] { CrashPoint.Before, CrashPoint.After })
        {
            for (var at = 1L; at <= steps; at++)
            {
                var step = at;
                var run = Scenario(made => (asker ? made.Alice : made.Bob).Crash = number => number == step ? point : CrashPoint.None);
                Finish(run);
                Assert.Equal(2, (asker ? run.Alice : run.Bob).Starts);
            }
        }
    }

    [Fact]
    [Trait("Spec", "MSG-80")]
    public void Both_killed_at_random_lose_and_double_no_reply_whatever_the_seed()
    {
        for (var seed = 300; seed < 330; seed++)
        {
            var run = new ReplyRun(seed);
            foreach (var end in new[] { run.Alice, run.Bob })
            {
                end.DownMillis = 300;
                end.Crash = step => step < 40 && run.Pair.Random.NextInt32(6) == 0
                    ? (run.Pair.Random.NextInt32(2) == 0 ? CrashPoint.Before : CrashPoint.After)
                    : CrashPoint.None;
            }

            run.Pair.Pipe.Loss = 0.1 * run.Pair.Random.NextInt32(4);
            run.Pair.Pipe.Doubling = 0.1;
            run.Pair.Start();
            for (var i = 0; i < 6; i++)
            {
                run.Ask(run.Pair.Random.NextInt32(3) == 0 ? 15_000 : 400);
                run.Pair.RunFor(run.Pair.Random.NextInt32(400));
            }

            Assert.True(run.SettlesReplying(() => run.Pair.Random.NextInt32(4) == 0 ? 30_000 : 200, 12 * Hour), $"seed {seed}");
            run.Judge();
            Assert.Equal(run.Alice.Store.Outbox.Count, run.Answers.Count);
        }
    }

    [Fact]
    [Trait("Spec", "MSG-78")]
    public void Nothing_that_reaches_the_recipient_names_the_asker_or_ties_two_questions_together()
    {
        var run = new ReplyRun(231);
        var packets = new List<byte[]>();
        run.Pair.Pipe.Watch = (from, _, message) =>
        {
            if (from == run.Alice.Address)
            {
                packets.Add(message);
            }
        };
        run.Pair.Start();
        MessageId[] questions = [run.AskAndWait(), run.AskAndWait()];
        run.Reply(questions[0], 3_000);
        run.Reply(questions[1], 3_000);
        Assert.True(run.Settles(10 * Minute));
        var name = run.Alice.Address.ToArray();
        Assert.All(packets, packet => Assert.Equal(-1, packet.AsSpan().IndexOf(name)));
        var supplies = packets.Where(packet => packet[0] == (byte)FrameType.Supply).ToArray();
        Assert.True(supplies.Length > 6);
        Assert.All(supplies, packet =>
        {
            ReadOnlySpan<byte> rest = packet;
            Assert.True(Frame.TryTake(ref rest, out _, out var body) && rest.IsEmpty && SupplyFrame.TryRead(body, PacketGeometry.Default, out var frame));
            Assert.Contains(AnonymousFrame.IdOf(body[..AnonymousConstants.SecretBytes]), questions);
        });
        Assert.Equal(2, supplies.Select(packet => Convert.ToHexString(packet, Frame.HeaderBytes, AnonymousConstants.SecretBytes)).Distinct().Count());
    }

    [Fact]
    [Trait("Spec", "MSG-81")]
    public void A_reply_that_is_given_when_all_SURBs_have_gone_waits_for_the_next_ones_and_says_so()
    {
        var run = new ReplyRun(241);
        run.Pair.Start();
        var question = run.AskAndWait();
        run.Bob.DownMillis = 200;
        run.Bob.Kill();
        run.Pair.RunFor(Second);
        run.Bob.Start();
        run.Reply(question, 50);
        run.Pair.RunFor(Second);
        Assert.Equal((0, 0), (run.Bob.SurbsFor(question), run.Answers.Count));
        Assert.True(run.Arrive(1, 13 * Minute));
        Assert.True(run.Settles(Minute));
        run.Judge();
    }

    [Fact]
    [Trait("Spec", "MSG-81")]
    [Trait("Spec", "MSG-82")]
    public void SURBs_that_have_expired_are_not_used_and_new_ones_follow_each_at_a_time_of_its_own()
    {
        var run = new ReplyRun(242);
        var expiry = (run.Pair.Clock.Moment().UnixMillis / 1000) + 120;
        run.Pair.AliceRoutes.SurbExpiry = () => (uint)expiry;
        run.Pair.Start();
        var questions = Enumerable.Range(0, 12).Select(_ => run.AskAndWait()).ToArray();
        Assert.All(questions, question => Assert.True(run.Bob.SurbsFor(question) > 0));
        var times = new List<double>();
        run.Pair.Pipe.Watch = (from, _, message) =>
        {
            if (from == run.Alice.Address && message[0] == (byte)FrameType.Supply)
            {
                times.Add(run.Pair.Clock.Seconds);
            }
        };
        Assert.True(run.Pair.RunUntil(() => run.Pair.Clock.Moment().UnixMillis / 1000 >= expiry, 3 * Minute));
        Assert.Empty(times);
        expiry += 3_600;
        run.Pair.RunFor(70 * Second);

        // Keys end for all at once; what follows is spread over the next minute.
        Assert.Equal(12, times.Count);
        Assert.True(times[^1] - times[0] > 20);
        Assert.All(questions, question => Assert.True(run.Bob.SurbsFor(question) > 0));
        foreach (var question in questions)
        {
            run.Reply(question, 20);
        }

        Assert.True(run.Settles(5 * Minute));
        Assert.Equal(12, run.Answers.Count);
        run.Judge();
        Assert.Equal(0, run.Pair.Pipe.UselessReplies);
    }

    [Theory]
    [Trait("Spec", "MSG-83")]
    [InlineData(true)]
    [InlineData(false)]
    public void After_its_time_no_reply_is_waited_for_or_taken_and_one_that_came_is_said_to_have_come(bool arrives)
    {
        var run = new ReplyRun(251);
        run.Pair.Start();
        var question = run.AskAndWait(replyWithinMillis: Hour);
        run.Pair.Pipe.ReplyLoss = arrives ? 0 : 1;
        var reply = run.Reply(question, 2_000);
        if (arrives)
        {
            // It comes, and nothing that says so comes back.
            run.Pair.Pipe.Passes = (from, _, message) => from != run.Alice.Address || message[0] != (byte)FrameType.Supply || message[Frame.HeaderBytes + AnonymousConstants.SecretBytes] != (byte)SupplyState.Received;
            Assert.True(run.Arrive(1, Minute));
        }

        run.Pair.RunFor(3.0 * Hour);
        run.Pair.Pipe.ReplyLoss = 0;
        run.Pair.Pipe.Passes = static (_, _, _) => true;
        Assert.True(run.Settles(26.0 * Hour));
        Assert.Equal(arrives ? QuestionStatus.Noted : QuestionStatus.Unanswered, run.Alice.Store.Questions[question]);
        Assert.Equal(arrives ? ReplyStatus.Acknowledged : ReplyStatus.Expired, run.Bob.Store.Replies[question]);
        Assert.True(run.Bob.Outcomes[reply].Accepted);
        run.Judge();
        var late = run.Reply(run.IdOf(run.AskAndAccept(replyWithinMillis: 1)), 5);
        run.Pair.RunFor(2.0 * Hour);
        Assert.Equal(SubmitRefusal.NotAnswerable, run.Bob.Outcomes[late].Refusal);
    }

    [Fact]
    [Trait("Spec", "MSG-83")]
    public void A_recipient_that_lost_its_store_says_that_no_reply_will_come()
    {
        var run = new ReplyRun(252);
        run.Pair.Start();
        var before = run.Bob.Backup();
        var question = run.AskAndWait();
        run.Bob.Restore(before);
        Assert.True(run.Pair.RunUntil(() => run.Alice.Snapshot().Questions == 0, 15 * Minute));
        run.Pair.RunFor(Second);
        Assert.Equal(QuestionStatus.Unanswered, run.Alice.Store.Questions[question]);
    }

    [Fact]
    [Trait("Spec", "MSG-79")]
    public void What_does_not_have_the_messages_secret_is_no_reply()
    {
        var run = new ReplyRun(253);
        run.Pair.Start();
        var question = run.AskAndWait();
        var secret = new byte[AnonymousConstants.SecretBytes];
        var content = "wrong"u8.ToArray();
        var envelope = new ReplyEnvelope { ContentLength = content.Length, ContentHash = System.Security.Cryptography.SHA256.HashData(content), Label = "" };
        var message = new byte[200];
        var length = new ReplyPiece { Index = 0, Count = 1, Bytes = (byte[])[.. envelope.ToBytes(secret), .. content] }.Write(message);
        run.Alice.ReceiveReply(question, message[..length]);
        run.Pair.RunFor(Minute);
        Assert.Empty(run.Answers);
        Assert.Equal(1, run.Alice.Snapshot().Drops[InboundDrop.ContentHash]);
        run.Reply(question, 40);
        Assert.True(run.Settles(10 * Minute));
        run.Judge();
    }

    [Theory]
    [Trait("Spec", "MSG-78")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_recipient_that_never_comes_to_an_end_gets_few_SURBs(bool beginsAnew)
    {
        var run = new ReplyRun(255);
        run.Pair.Start();
        var question = run.AskAndWait();
        var given = 0;
        run.Pair.Pipe.Passes = (from, _, message) =>
        {
            if (from == run.Alice.Address && SupplyFrame.TryRead(message.AsSpan(Frame.HeaderBytes), PacketGeometry.Default, out var frame))
            {
                given += frame.Surbs.Length / 645;
                for (var surbs = frame.Surbs.Length; surbs > 0; surbs -= 645)
                {
                    // Each SURB comes back with the same fragment of ten, or of another reply each time.
                    var message1 = new byte[600];
                    var count = beginsAnew ? 10 + (given % 7) : 10;
                    var length = new ReplyPiece { Index = 0, Count = count, Bytes = new byte[ReplyPiece.PieceBytes(PacketGeometry.Default)] }.Write(message1);
                    run.Pair.Clock.After(TimeSpan.FromMilliseconds(100), () => run.Alice.ReceiveReply(question, message1[..length]));
                }
            }

            return from != run.Alice.Address;
        };
        run.Pair.RunFor(2.0 * Hour);
        Assert.InRange(given, 50, 20_000);
        var before = given;
        run.Pair.RunFor(1.0 * Hour);
        Assert.InRange(given - before, 3, 60 * 8 * 20);
        Assert.Empty(run.Answers);
    }

    [Fact]
    [Trait("Spec", "MSG-81")]
    [Trait("Spec", "MSG-78")]
    public void What_a_recipient_has_in_the_inbox_under_its_name_says_nothing_about_room_for_its_replies()
    {
        var run = new ReplyRun(254, options => options with { MaxInboxMessagesPerSender = 2 });
        run.Pair.Start();
        var questions = Enumerable.Range(0, 4).Select(_ => run.AskAndWait()).ToArray();

        // The share of Bob's name has room for one more when the replies come, and is full then.
        run.Pair.Submit(run.Bob, run.Alice, "named", 10);
        Assert.True(run.Pair.RunUntil(() => run.Alice.Snapshot().InboxMessages == 1, Minute));
        run.Reply(questions[0], 100);
        run.Reply(questions[1], 100_000);
        Assert.True(run.Arrive(1, Minute));
        run.Pair.Submit(run.Bob, run.Alice, "named", 10);
        Assert.True(run.Pair.RunUntil(() => run.Alice.Store.Inbox.Count(entry => entry.ConversationName == "named") == 2, Minute));
        run.Reply(questions[2], 100);
        run.Reply(questions[3], 0);
        Assert.True(run.Arrive(4, Minute));

        // The account is the same after a restart, and once all is consumed, nothing is left in it.
        Assert.True(run.Settles(10 * Minute));
        Assert.Equal(6, run.Alice.Snapshot().InboxMessages);
        run.Alice.Kill();
        run.Alice.Start();
        Assert.Equal(6, run.Alice.Snapshot().InboxMessages);
        run.Alice.Consumer.Take(10);
        Assert.True(run.Pair.RunUntil(() => run.Alice.Snapshot() is { InboxMessages: 0, InboxBytes: 0 }, Minute));
        run.Judge();
    }

    [Fact]
    [Trait("Spec", "MSG-78")]
    public void After_a_restart_the_questions_of_an_asker_are_not_supplied_together()
    {
        var run = new ReplyRun(256);
        run.Pair.Start();
        for (var i = 0; i < 32; i++)
        {
            run.AskAndWait();
        }

        run.Pair.RunFor(Minute);
        var first = new Dictionary<string, double>();
        run.Pair.Pipe.Watch = (from, _, message) =>
        {
            if (from == run.Alice.Address && message[0] == (byte)FrameType.Supply)
            {
                first.TryAdd(Convert.ToHexString(message, Frame.HeaderBytes, AnonymousConstants.SecretBytes), run.Pair.Clock.Seconds);
            }
        };
        run.Alice.Kill();
        run.Alice.Start();
        var start = run.Pair.Clock.Seconds;
        run.Pair.RunFor(13.0 * Minute);
        Assert.Equal(32, first.Count);
        for (var minutes = 0; minutes < 12; minutes += 3)
        {
            var from = start + (60 * minutes);
            Assert.InRange(first.Values.Count(at => at >= from && at < from + 180), 2, 15);
        }
    }
}
