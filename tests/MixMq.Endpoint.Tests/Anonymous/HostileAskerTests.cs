using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Anonymous.Replying;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;
using static MixMq.Endpoint.Tests.Anonymous.AnonymousRun;

namespace MixMq.Endpoint.Tests.Anonymous;

/// <summary>An asker that says what is untrue, at the worst moment, ends nothing but its own question.</summary>
public sealed class HostileAskerTests
{
    [Fact]
    [Trait("Spec", "MSG-80")]
    public void A_reply_given_while_its_asker_settles_the_question_is_refused()
    {
        var refused = 0;
        for (var seed = 600; seed < 610; seed++)
        {
            var (run, question, secret) = Asked(seed);
            run.Bob.Kill();
            run.Bob.Start();
            run.Bob.CommitMillis = 5_000;
            run.Bob.Receive(Supply(secret, SupplyState.Received));
            var reply = run.Reply(question, 100);
            run.Pair.RunFor(10.0 * Minute);
            Assert.True(run.Bob.Alive);
            Assert.Equal(ReplyStatus.Acknowledged, run.Bob.Store.Replies[question]);

            // Which of the two reads the store answers first is chance.
            Assert.Contains(run.Bob.Outcomes[reply].Refusal, (SubmitRefusal[])[SubmitRefusal.None, SubmitRefusal.AlreadyAnswered]);
            refused += run.Bob.Outcomes[reply].Accepted ? 0 : 1;
        }

        Assert.InRange(refused, 1, 9);
    }

    [Fact]
    [Trait("Spec", "MSG-80")]
    public void A_reply_whose_content_is_read_while_its_asker_settles_it_is_settled_once()
    {
        var (run, question, secret) = Asked(610);
        var reply = run.Reply(question, 100);
        run.Pair.RunFor(Second);
        Assert.True(run.Bob.Outcomes[reply].Accepted);
        run.Bob.Kill();
        run.Bob.Start();
        run.Bob.CommitMillis = 5_000;
        run.Bob.LosesReplies = true;
        run.Bob.Receive(Supply(secret, SupplyState.Waiting));

        // Until the store has said what it knows, and is asked for the content.
        Assert.True(run.Pair.RunUntil(() => run.Bob.ReplyReads == 1, Minute));
        run.Bob.Receive(Supply(secret, SupplyState.Received));
        run.Pair.RunFor(10.0 * Minute);
        Assert.Equal(ReplyStatus.Acknowledged, run.Bob.Store.Replies[question]);
        Assert.Equal(0, run.Bob.Snapshot().Replies);
    }

    [Theory]
    [Trait("Spec", "MSG-80")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_reply_that_is_being_given_up_is_not_settled_a_second_time(long seed)
    {
        var (run, question, secret) = Asked(620 + seed);
        run.Reply(question, 100);
        run.Pair.RunFor(Second);
        run.Bob.Kill();
        run.Bob.Start();
        run.Bob.CommitMillis = 5_000;
        run.Bob.LosesReplies = true;
        run.Bob.Receive(Supply(secret, SupplyState.Waiting));
        run.Pair.RunFor(100);
        run.Bob.Receive(Supply(secret, SupplyState.Received));
        run.Bob.Receive(Supply(secret, SupplyState.Waiting));
        run.Pair.RunFor(10.0 * Minute);
        Assert.Equal(ReplyStatus.Expired, run.Bob.Store.Replies[question]);
        Assert.Equal(0, run.Bob.Snapshot().Replies);
    }

    [Fact]
    [Trait("Spec", "MSG-81")]
    public void Askers_that_fell_silent_make_room_for_the_reply_to_another()
    {
        var run = new ReplyRun(640);
        run.Pair.Start();
        var count = (int)(AnonymousLimits.MaxReplyBytesHeld / AnonymousConstants.MaxReplyBytes);
        var silent = Enumerable.Range(0, count + 1).Select(_ => run.AskAndWait()).ToArray();
        run.Pair.Pipe.Passes = (from, _, _) => from != run.Alice.Address;
        run.Pair.Pipe.ReplyLoss = 1;
        foreach (var question in silent[..count])
        {
            var reply = run.Reply(question, AnonymousConstants.MaxReplyBytes);
            run.Pair.RunFor(Second);
            Assert.Equal(SubmitRefusal.None, run.Bob.Outcomes[reply].Refusal);
        }

        var early = run.Reply(silent[^1], 1);
        run.Pair.RunFor(Second);
        Assert.Equal(SubmitRefusal.TooManyReplies, run.Bob.Outcomes[early].Refusal);
        run.Pair.RunFor(31.0 * Minute);
        var late = run.Reply(silent[^1], 1);
        run.Pair.RunFor(Minute);
        Assert.True(run.Bob.Outcomes[late].Accepted);
        Assert.Equal(1, silent.Count(question => run.Bob.Store.Replies[question] == ReplyStatus.Expired));
        Assert.Equal(count, run.Bob.Snapshot().Replies);
    }

    // Alice has asked, and is silent from then on; what she knows is the test's.
    private static (ReplyRun Run, MessageId Question, byte[] Secret) Asked(long seed)
    {
        var run = new ReplyRun(seed);
        byte[] secret = [];
        run.Pair.Pipe.Watch = (from, _, message) =>
            secret = from == run.Alice.Address && message[0] == (byte)FrameType.Supply ? message[Frame.HeaderBytes..(Frame.HeaderBytes + AnonymousConstants.SecretBytes)] : secret;
        run.Pair.Start();
        var question = run.AskAndWait();
        run.Pair.Pipe.Passes = (from, _, _) => from != run.Alice.Address;
        run.Pair.Pipe.ReplyLoss = 1;
        return (run, question, secret);
    }

    private static byte[] Supply(byte[] secret, SupplyState state)
    {
        var message = new byte[200];
        return message[..new SupplyFrame { Secret = secret, State = state, Asks = false, Count = 0, Leading = 0, There = default }.Write(message, PacketGeometry.Default, 0)];
    }
}
