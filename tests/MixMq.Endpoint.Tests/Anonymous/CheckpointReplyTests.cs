using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Anonymous.Replying;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;
using static MixMq.Endpoint.Tests.Anonymous.AnonymousRun;

namespace MixMq.Endpoint.Tests.Anonymous;

/// <summary>An application consumes an anonymous message and answers it by one checkpoint.</summary>
public sealed class CheckpointReplyTests
{
    private const string Consumer = "answers";
    private static readonly CheckpointId Id = CheckpointId.FromBytes(Enumerable.Range(1, 16).Select(number => (byte)number).ToArray());
    private long _token;

    [Theory]
    [Trait("Spec", "MSG-110")]
    [Trait("Spec", "MSG-111")]
    [InlineData(CrashPoint.Before)]
    [InlineData(CrashPoint.After)]
    public void Whatever_step_the_node_dies_at_question_state_and_answer_are_one_and_the_answer_arrives_once(CrashPoint point)
    {
        var steps = 0L;
        for (var step = 1L; step == 1 || step <= steps; step++)
        {
            var run = new ReplyRun(700);
            var victim = step;
            run.Bob.Crash = number =>
            {
                run.JudgeCheckpoints();
                return number == victim ? point : CrashPoint.None;
            };
            run.Pair.Start();
            run.ReplyByCheckpoints(static _ => true, static () => 3_000);
            run.Ask(300);
            run.Ask(5_000);
            run.Pair.RunFor(30);
            Assert.True(run.SettlesReplying(static () => 1, 2 * Hour) && run.Arrive(2, Minute), $"step {step}");
            Finish(run, 2);
            Assert.Equal(step <= run.Bob.DurableSteps ? 2 : 1, run.Bob.Starts);
            steps = Math.Max(steps, run.Bob.DurableSteps);

            // And again, long after: the same, and nothing is done.
            foreach (var question in run.Alice.Store.Questions.Keys)
            {
                var again = Make(run, Request(ReplyRun.CheckpointOf(question), run.ReplyOf(question, 1)));
                Assert.True(again is { Refusal: CheckpointRefusal.None, Repeat: true });
            }

            run.Pair.RunFor(Minute);
            Finish(run, 2);
        }

        Assert.True(steps > 6);
    }

    [Fact]
    [Trait("Spec", "MSG-110")]
    public void Both_killed_at_random_lose_and_double_nothing_while_replies_are_made_either_way()
    {
        for (var seed = 710; seed < 730; seed++)
        {
            var run = new ReplyRun(seed);
            foreach (var end in new[] { run.Alice, run.Bob })
            {
                end.DownMillis = 300;
                end.Crash = step =>
                {
                    run.JudgeCheckpoints();
                    return step < 40 && run.Pair.Random.NextInt32(6) == 0 ? (run.Pair.Random.NextInt32(2) == 0 ? CrashPoint.Before : CrashPoint.After) : CrashPoint.None;
                };
            }

            run.Pair.Pipe.Loss = 0.1 * run.Pair.Random.NextInt32(4);
            run.Pair.Pipe.Doubling = 0.1;
            run.Pair.Start();
            run.ReplyByCheckpoints(static question => question.ToArray()[0] % 3 > 0, () => run.Pair.Random.NextInt32(4) == 0 ? 30_000 : 200);
            for (var i = 0; i < 6; i++)
            {
                run.Ask(run.Pair.Random.NextInt32(3) == 0 ? 15_000 : 400);
                run.Pair.RunFor(run.Pair.Random.NextInt32(400));
            }

            Assert.True(run.SettlesReplying(() => run.Pair.Random.NextInt32(4) == 0 ? 30_000 : 200, 12.0 * Hour), $"seed {seed}");
            Finish(run, run.Alice.Store.Outbox.Count);
        }
    }

    [Fact]
    [Trait("Spec", "MSG-111")]
    public void A_repeat_says_the_same_also_when_the_time_for_a_reply_is_over()
    {
        var run = new ReplyRun(740);
        run.Pair.Start();
        var question = run.AskAndWait(replyWithinMillis: Hour);
        var request = Request(Id, run.ReplyOf(question, 500));
        var made = Make(run, request);
        var reply = Assert.Single(made.Replied);
        Assert.Equal((false, StoredReply.IdOf(question), 0ul), (made.Repeat, reply.Id, reply.Sequence));
        Assert.True(run.Settles(Minute));
        run.Pair.RunFor(6.0 * Hour);
        var repeat = Make(run, request);
        Assert.Equal((CheckpointRefusal.None, true), (repeat.Refusal, repeat.Repeat));
        run.Pair.RunFor(Minute);
        Assert.Single(run.Answers);
        run.Judge();

        // Another checkpoint can't answer it a second time, nor one that was never made too late.
        Refused(run, [run.ReplyOf(question, 500)], 0, SubmitRefusal.AlreadyAnswered);
        var late = run.AskAndWait(replyWithinMillis: Hour);
        run.Pair.RunFor(3.0 * Hour);
        Refused(run, [run.ReplyOf(late, 500)], 0, SubmitRefusal.NotAnswerable);
    }

    [Fact]
    [Trait("Spec", "MSG-110")]
    public void A_reply_that_cannot_be_given_refuses_all_says_which_and_nothing_is_done()
    {
        var run = new ReplyRun(750);
        run.Pair.Start();
        MessageId[] questions = [run.AskAndWait(), run.AskAndWait()];
        var plain = run.IdOf(run.AskAndAccept(replyWithinMillis: 0));
        Assert.True(run.Pair.RunUntil(() => run.Bob.Snapshot().InboxMessages == 3, Minute));
        var good = run.ReplyOf(questions[0], 10);
        Refused(run, [good, good with { Answers = StoredReply.IdOf(questions[0]) }], 1, SubmitRefusal.NotAnswerable);
        Refused(run, [good, good with { Answers = plain }], 1, SubmitRefusal.NotAnswerable);
        Refused(run, [good, good], 1, SubmitRefusal.AlreadyAnswered);
        Refused(run, [good with { Content = new byte[AnonymousConstants.MaxReplyBytes + 1] }], 0, SubmitRefusal.ReplyTooLong);
        Refused(run, [good with { Label = new string('x', 256) }], 0, SubmitRefusal.LabelTooLong);
        Refused(run, [good with { Label = "\ud800" }], 0, SubmitRefusal.InvalidText);
        run.Reply(questions[1], 20);
        run.Pair.RunFor(Second);
        Refused(run, [good, run.ReplyOf(questions[1], 20)], 1, SubmitRefusal.AlreadyAnswered);
        run.Bob.StoreIsFull = true;
        Assert.Equal(CheckpointRefusal.StoreFull, Make(run, Request(null, good) with { Id = Id, State = null }).Refusal);
        run.Bob.StoreIsFull = false;

        // A send that is refused leaves the question free, as does what isn't a checkpoint's form.
        Assert.Equal(CheckpointRefusal.Send, Make(run, Request(Id, good) with { Sends = [Named(run) with { ExpiresAfterMillis = -1 }] }).Refusal);
        Assert.Equal(CheckpointRefusal.Malformed, Make(run, Request(null, good) with { State = null }).Refusal);
        Assert.Equal(CheckpointRefusal.Malformed, Make(run, Request(Id, good with { Answers = null })).Refusal);
        Assert.Equal(CheckpointRefusal.Malformed, Make(run, Request(Id) with { Sends = [good] }).Refusal);
        Assert.Equal(CheckpointRefusal.Malformed, Make(run, Request(Id, [.. Enumerable.Repeat(good, ConsumingLimits.MaxSends)]) with { Sends = [Named(run)] }).Refusal);
        Assert.Equal(ReplyStatus.Open, run.Bob.Store.Replies[questions[0]]);
        Assert.Empty(run.Bob.Store.Outbox);
        Assert.Null(run.Bob.Store.Consumer(Consumer));
        Assert.Equal(CheckpointRefusal.None, Make(run, Request(Id, good)).Refusal);
        Assert.True(run.Settles(10 * Minute));
        run.Judge();
        Assert.Equal(2, run.Answers.Count);
    }

    [Fact]
    [Trait("Spec", "MSG-110")]
    public void Where_there_is_no_room_for_all_replies_none_is_taken_and_nobody_else_is_given_up()
    {
        var run = new ReplyRun(760);
        run.Pair.Start();
        var held = (int)(AnonymousLimits.MaxReplyBytesHeld / AnonymousConstants.MaxReplyBytes);

        // Only the first one's asker will have been silent for long enough.
        var first = run.AskAndWait();
        run.Pair.Pipe.Passes = (from, _, message) => from != run.Alice.Address || message[0] != (byte)FrameType.Supply
            || AnonymousFrame.IdOf(message.AsSpan(Frame.HeaderBytes, AnonymousConstants.SecretBytes)) != first;
        run.Pair.RunFor(20.0 * Minute);
        MessageId[] questions = [first, .. Enumerable.Range(0, held + 3).Select(_ => run.AskAndWait())];
        run.Pair.Pipe.Passes = (from, _, _) => from != run.Alice.Address;
        run.Pair.Pipe.ReplyLoss = 1;
        for (var i = 0; i < held; i++)
        {
            Assert.Equal(CheckpointRefusal.None, Make(run, Request(ReplyRun.CheckpointOf(questions[i]), run.ReplyOf(questions[i], AnonymousConstants.MaxReplyBytes))).Refusal);
        }

        run.Pair.RunFor(11.0 * Minute);
        SubmitRequest[] two = [run.ReplyOf(questions[^1], AnonymousConstants.MaxReplyBytes), run.ReplyOf(questions[^2], AnonymousConstants.MaxReplyBytes)];
        var refused = Make(run, Request(Id, two));
        Assert.Equal((CheckpointRefusal.Reply, SubmitRefusal.TooManyReplies), (refused.Refusal, refused.Send));
        Assert.DoesNotContain(ReplyStatus.Expired, run.Bob.Store.Replies.Values);
        run.Pair.RunFor(20.0 * Minute);
        Assert.Equal(CheckpointRefusal.None, Make(run, Request(Id, two)).Refusal);
        run.Pair.RunFor(Minute);
        Assert.Equal(2, run.Bob.Store.Replies.Values.Count(status => status == ReplyStatus.Expired));

        // What was given up has made the room that it had, and no more.
        Assert.Equal(CheckpointRefusal.None, Make(run, Request(ReplyRun.CheckpointOf(questions[^3]), run.ReplyOf(questions[^3], AnonymousConstants.MaxReplyBytes))).Refusal);
        run.Pair.RunFor(Minute);
        Assert.Equal(3, run.Bob.Store.Replies.Values.Count(status => status == ReplyStatus.Expired));
    }

    [Fact]
    [Trait("Spec", "MSG-110")]
    public void Who_could_not_be_heard_while_the_node_was_down_is_not_given_up_for_others_after_its_start()
    {
        var run = new ReplyRun(765);
        run.Pair.Start();
        var held = (int)(AnonymousLimits.MaxReplyBytesHeld / AnonymousConstants.MaxReplyBytes);
        MessageId[] questions = [.. Enumerable.Range(0, held + 1).Select(_ => run.AskAndWait())];
        run.Pair.Pipe.Passes = (from, _, _) => from != run.Alice.Address;
        run.Pair.Pipe.ReplyLoss = 1;
        foreach (var question in questions.SkipLast(1))
        {
            Assert.Equal(CheckpointRefusal.None, Make(run, Request(ReplyRun.CheckpointOf(question), run.ReplyOf(question, AnonymousConstants.MaxReplyBytes))).Refusal);
        }

        run.Bob.Kill();
        run.Pair.RunFor(AnonymousLimits.AskerSilentMs + (2.0 * Minute));
        run.Bob.Start();
        run.Pair.RunFor(Minute);
        var refused = Make(run, Request(Id, run.ReplyOf(questions[^1], AnonymousConstants.MaxReplyBytes)));
        Assert.Equal((CheckpointRefusal.Reply, SubmitRefusal.TooManyReplies), (refused.Refusal, refused.Send));
        run.Pair.RunFor((double)AnonymousLimits.AskerSilentMs);
        Assert.Equal(CheckpointRefusal.None, Make(run, Request(Id, run.ReplyOf(questions[^1], AnonymousConstants.MaxReplyBytes))).Refusal);
    }

    [Fact]
    [Trait("Spec", "MSG-112")]
    public void While_a_checkpoint_waits_for_a_signature_its_question_is_answered_for_everybody_else()
    {
        var run = new ReplyRun(770);
        var secrets = Secrets(run);
        run.Pair.Start();
        var question = run.AskAndWait();
        run.Bob.SignMillis = 60_000;
        var token = Ask(run, Request(Id, run.ReplyOf(question, 100)) with { Sends = [Named(run)] });
        run.Pair.RunFor(Second);
        var other = run.Reply(question, 50);
        var second = Ask(run, Request(CheckpointId.FromBytes(new byte[16]), run.ReplyOf(question, 100)));

        // Somebody who says that he has a reply that nobody gave: a store can't settle it and then be given one.
        run.Bob.Receive(Supply(secrets[question], SupplyState.Received));
        run.Pair.RunFor(Second);
        Assert.Equal(SubmitRefusal.AlreadyAnswered, run.Bob.Outcomes[other].Refusal);
        Assert.Equal((CheckpointRefusal.Reply, SubmitRefusal.AlreadyAnswered), (run.Bob.Checkpoints[second].Refusal, run.Bob.Checkpoints[second].Send));
        Assert.False(run.Bob.Checkpoints.ContainsKey(token));
        Assert.Equal(ReplyStatus.Open, run.Bob.Store.Replies[question]);
        Assert.True(run.Pair.RunUntil(() => run.Bob.Checkpoints.ContainsKey(token), 60 * Minute));
        Assert.Equal(CheckpointRefusal.None, run.Bob.Checkpoints[token].Refusal);
        Assert.True(run.Bob.Alive);
    }

    [Fact]
    [Trait("Spec", "MSG-112")]
    public void Of_what_comes_together_with_a_reply_by_call_or_an_untrue_word_of_the_asker_one_is_taken()
    {
        var (made, refused) = (0, 0);
        for (var seed = 1_000; seed < 1_100; seed++)
        {
            var run = new ReplyRun(seed);
            var secrets = Secrets(run);
            run.Pair.Start();
            var question = run.AskAndWait();
            run.Bob.Kill();
            run.Bob.Start();
            run.Bob.CommitMillis = seed % 5 == 0 ? 50 : 0.2;
            var request = Request(Id, run.ReplyOf(question, 100));
            var token = seed % 4 < 3 ? 0 : Ask(run, request);
            if (seed % 8 == 0)
            {
                run.Reply(question, 100);
            }
            else
            {
                run.Bob.Receive(Supply(secrets[question], SupplyState.Received));
            }

            // In the middle of reads and commits, which take from a tenth of a millisecond to one.
            run.Pair.RunFor(seed % 16 * 0.1);
            token = token == 0 ? Ask(run, request) : token;
            run.Pair.RunFor(10.0 * Minute);

            // A store that was told to answer what is answered would have ended the node.
            Assert.Equal(2, run.Bob.Starts);
            var outcome = run.Bob.Checkpoints[token];
            Assert.True(outcome is { Refusal: CheckpointRefusal.None } or { Refusal: CheckpointRefusal.Reply, Send: SubmitRefusal.AlreadyAnswered }, $"seed {seed}: {outcome.Describe()}");
            Assert.Equal(outcome.Refusal == CheckpointRefusal.None, run.Bob.Store.Consumer(Consumer) is not null);
            made += outcome.Refusal == CheckpointRefusal.None ? 1 : 0;
            refused += outcome.Refusal == CheckpointRefusal.None ? 0 : 1;
        }

        Assert.True(made > 2 && refused > 2, $"{made} made, {refused} refused");
    }

    [Fact]
    [Trait("Spec", "MSG-113")]
    public void Replies_of_one_checkpoint_leave_at_times_of_their_own_and_not_with_what_it_sends_under_its_name()
    {
        var run = new ReplyRun(810, static options => options with { AnonymousStartMs = 10_000 });
        var secrets = Secrets(run);
        run.Pair.Start();
        var questions = Enumerable.Range(0, 20).Select(_ => run.AskAndWait()).ToArray();
        var start = run.Pair.Clock.Seconds;
        Assert.Equal(CheckpointRefusal.None, Make(run, Request(Id, [.. questions.Select(question => run.ReplyOf(question, 30))]) with { Sends = [Named(run)] }).Refusal);

        // Those who ask meanwhile get it no sooner.
        foreach (var question in questions)
        {
            run.Bob.Receive(Supply(secrets[question], SupplyState.Waiting));
        }

        var arrived = new SortedDictionary<int, double>();
        Assert.True(run.Pair.RunUntil(
            () =>
            {
                arrived.TryAdd(run.Answers.Count, run.Pair.Clock.Seconds - start);
                return run.Answers.Count == 20;
            },
            5 * Minute));
        Assert.Contains(run.Alice.Store.Inbox, entry => entry.ConversationName == "named");

        // Exponential with mean 10 s: of 20 the mean is rarely outside of half and double, and they don't come in groups.
        Assert.True(arrived.Count > 15);
        Assert.InRange(arrived.Where(pair => pair.Key > 0).Average(pair => pair.Value), 5, 20);
        Assert.True(run.Settles(10 * Minute));
        run.Judge();

        // By a call of its own a reply leaves at once.
        var last = run.AskAndWait();
        start = run.Pair.Clock.Seconds;
        run.Reply(last, 30);
        Assert.True(run.Arrive(21, 10 * Second));
        Assert.InRange(run.Pair.Clock.Seconds - start, 0, 2);
    }

    [Fact]
    [Trait("Spec", "MSG-111")]
    public void Where_the_store_was_put_back_the_checkpoint_is_made_again_and_the_asker_takes_one_reply()
    {
        var run = new ReplyRun(820);
        run.Pair.Start();
        var question = run.AskAndWait();
        var before = run.Bob.Backup();
        var request = Request(Id, run.ReplyOf(question, 400));
        Make(run, request);
        Assert.True(run.Settles(Minute));
        run.Bob.Restore(before);
        Assert.False(Make(run, request).Repeat);
        run.Pair.RunFor(30.0 * Minute);
        Assert.Single(run.Answers);
        Assert.True(run.Bob.Alive && run.Alice.Alive);
    }

    private static void Finish(ReplyRun run, int answers)
    {
        run.JudgeCheckpoints();
        Assert.Equal(answers, run.Answers.Count);
        Assert.DoesNotContain(ReplyStatus.Open, run.Bob.Store.Replies.Values);
        var named = run.Alice.Store.Inbox.Where(entry => entry.ConversationName == "named").Select(entry => MessageId.FromBytes(entry.Content.Span)).ToArray();
        Assert.Equal(named.Length, named.Distinct().Count());
    }

    // What Alice supplies her questions under.
    private static Dictionary<MessageId, byte[]> Secrets(ReplyRun run)
    {
        var secrets = new Dictionary<MessageId, byte[]>();
        run.Pair.Pipe.Watch = (from, _, message) =>
        {
            if (from == run.Alice.Address && message[0] == (byte)FrameType.Supply)
            {
                var secret = message[Frame.HeaderBytes..(Frame.HeaderBytes + AnonymousConstants.SecretBytes)];
                secrets[AnonymousFrame.IdOf(secret)] = secret;
            }
        };
        return secrets;
    }

    private static byte[] Supply(byte[] secret, SupplyState state)
    {
        var message = new byte[200];
        return message[..new SupplyFrame { Secret = secret, State = state, Asks = false, Count = 0, Leading = 0, There = default }.Write(message, PacketGeometry.Default, 0)];
    }

    private static SubmitRequest Named(ReplyRun run) => new() { Token = 0, To = run.Alice.Address, Conversation = "named", Content = new byte[MessageId.ByteCount] };

    private static CheckpointRequest Request(CheckpointId? id, params SubmitRequest[] replies) =>
        new() { Token = 0, Consumer = Consumer, Id = id, Replies = [.. replies], State = new byte[] { 1 } };

    private long Ask(ReplyRun run, CheckpointRequest request)
    {
        run.Bob.Checkpoint(request with { Token = ++_token });
        return _token;
    }

    private CheckpointOutcome Make(ReplyRun run, CheckpointRequest request)
    {
        var token = Ask(run, request);
        Assert.True(run.Pair.RunUntil(() => run.Bob.Checkpoints.ContainsKey(token), Minute));
        return run.Bob.Checkpoints[token];
    }

    private void Refused(ReplyRun run, SubmitRequest[] replies, int which, SubmitRefusal refusal)
    {
        var outcome = Make(run, Request(CheckpointId.FromBytes(Enumerable.Repeat((byte)200, 16).ToArray()), replies) with { Sends = [Named(run)] });
        Assert.Equal((CheckpointRefusal.Reply, refusal, (ulong)which), (outcome.Refusal, outcome.Send, outcome.Which));
        Assert.StartsWith($"Reply {which}: ", outcome.Describe(), StringComparison.Ordinal);
        Assert.Equal(refusal is SubmitRefusal.NotAnswerable or SubmitRefusal.AlreadyAnswered, outcome.Describe().Contains("make it without this reply", StringComparison.Ordinal));
    }
}
