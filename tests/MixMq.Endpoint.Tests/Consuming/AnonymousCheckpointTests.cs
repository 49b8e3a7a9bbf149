using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Simulation.Disk;

namespace MixMq.Endpoint.Tests.Consuming;

/// <summary>Checkpoints some of whose sends are anonymous.</summary>
public sealed class AnonymousCheckpointTests
{
    private const double Minute = 60_000;
    private const string Consumer = "books";
    private static readonly CheckpointId Id = CheckpointId.FromBytes(Enumerable.Range(1, 16).Select(number => (byte)number).ToArray());
    private long _token;

    [Theory]
    [Trait("Spec", "MSG-95")]
    [InlineData(CrashPoint.Before)]
    [InlineData(CrashPoint.After)]
    public void Whatever_step_the_node_dies_at_a_repeated_checkpoint_is_the_same_and_all_of_it_arrives_once(CrashPoint point)
    {
        var steps = 0L;
        for (var step = 1L; step == 1 || step <= steps; step++)
        {
            var pair = Start((int)step);
            var victim = step;
            pair.Alice.Crash = number => number == victim ? point : CrashPoint.None;
            Make(pair, Id);
            Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count == 4 && pair.IsQuiet, 10 * Minute), $"step {step}");
            Judge(pair);

            // And again, long after.
            var sent = Make(pair, Id);
            Assert.True(sent.Repeat);
            pair.RunFor(Minute);
            Judge(pair);
            steps = pair.Alice.DurableSteps;
        }

        Assert.True(steps > 3);
    }

    [Fact]
    [Trait("Spec", "MSG-95")]
    public void Ids_follow_from_the_checkpoint_here_and_from_a_random_secret_there()
    {
        var ids = new HashSet<MessageId>();
        for (var seed = 0; seed < 2; seed++)
        {
            var pair = Start(100 + seed);
            var sent = Make(pair, Id).Sent;
            Assert.Equal(Enumerable.Range(0, 4).Select(index => Id.MessageAt(pair.Alice.Address, index)), sent.Select(one => one.Id));
            Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Count == 4 && pair.IsQuiet, Minute));
            foreach (var entry in pair.Bob.Store.Inbox.Where(entry => AnonymousPlaces.IsAnonymous(entry.Place)))
            {
                Assert.DoesNotContain(entry.Id, sent.Select(one => one.Id));
                Assert.True(ids.Add(entry.Id), "two nodes' messages have one id, since their checkpoints had");
            }
        }
    }

    [Fact]
    [Trait("Spec", "MSG-95")]
    public void A_question_of_a_checkpoint_is_answered_under_the_id_that_the_application_was_told()
    {
        var pair = Start(200);
        var question = Make(pair, Id).Sent[2].Id;
        Assert.True(pair.RunUntil(() => pair.Bob.Store.Inbox.Any(entry => entry.Label == "question"), Minute));
        var there = pair.Bob.Store.Inbox.Single(entry => entry.Label == "question").Id;
        Assert.True(pair.RunUntil(() => pair.Bob.SurbsFor(there) > 0, Minute));
        pair.Bob.Submit(new SubmitRequest { Token = 77, To = default, Label = "answer", Content = new byte[700], Answers = there });
        Assert.True(pair.RunUntil(() => pair.Alice.Store.Inbox.Count == 1, 5 * Minute));
        var answer = pair.Alice.Store.Inbox.Single();
        Assert.Equal(("answer", 700, question), (answer.Label, answer.Content.Length, AnonymousPlaces.AnsweredBy(answer)));
    }

    [Fact]
    public void A_send_that_is_refused_refuses_all_and_says_which()
    {
        var pair = Start(300);
        Refused(pair, [Named("n"), Anonymous(new byte[10]) with { Conversation = "c" }], 1, SubmitRefusal.AnonymousConversation);
        Refused(pair, [Anonymous(new byte[10]), Named("n") with { Label = new string('x', 300) }], 1, SubmitRefusal.LabelTooLong);
        Refused(pair, [Named("n"), Anonymous(new byte[10]), Named("n") with { ExpiresAfterMillis = -1 }], 2, SubmitRefusal.ExpiryOutOfRange);
        Refused(pair, [Anonymous(new byte[10]) with { ExpiresAfterMillis = AnonymousConstants.MaxExpiryMillis + 1 }], 0, SubmitRefusal.AnonymousExpiry);
        Assert.Empty(pair.Alice.Store.Outbox);
        Assert.Equal(0, pair.Alice.Snapshot().Unsettled);
    }

    [Fact]
    public void Those_of_checkpoints_count_in_what_may_be_unsettled_also_while_they_are_being_signed()
    {
        var pair = Start(400);
        pair.Pipe.Loss = 1;

        // Beside a named send each, for which a signature is waited for; asked for at once, so that none is stored when the next is checked.
        var tokens = Enumerable.Range(0, 6).Select(number => Ask(pair, CheckpointId.FromBytes(Bytes(number)), [Named("n"), .. Enumerable.Repeat(Anonymous([]), 200)])).ToList();
        Assert.True(pair.RunUntil(() => tokens.All(pair.Alice.Checkpoints.ContainsKey), Minute));
        Assert.Equal(5, tokens.Count(token => pair.Alice.Checkpoints[token].Refusal == CheckpointRefusal.None));
        var refused = pair.Alice.Checkpoints.Values.Single(outcome => outcome.Refusal != CheckpointRefusal.None);
        Assert.Equal((CheckpointRefusal.Send, SubmitRefusal.OutboxFull, 25ul), (refused.Refusal, refused.Send, refused.Which));
        Assert.Equal(5 * 201, pair.Alice.Store.Outbox.Count);

        // What was refused holds no room.
        var rest = Ask(pair, CheckpointId.FromBytes(Bytes(9)), [.. Enumerable.Repeat(Anonymous([]), 24)]);
        Assert.True(pair.RunUntil(() => pair.Alice.Checkpoints.ContainsKey(rest), Minute));
        Assert.Equal(CheckpointRefusal.None, pair.Alice.Checkpoints[rest].Refusal);
    }

    private static byte[] Bytes(int number) => [(byte)(number + 1), .. new byte[15]];

    private static void Judge(EndpointPair pair)
    {
        var inbox = pair.Bob.Store.Inbox;
        Assert.Equal(["named", "note", "other", "question"], inbox.Select(entry => entry.Label).Order());
        Assert.Equal(3, inbox.Count(entry => AnonymousPlaces.IsAnonymous(entry.Place)));
        Assert.Equal(4, pair.Alice.Store.Outbox.Count);
        Assert.All(pair.Alice.Store.Outbox.Values, status => Assert.Equal(OutboxStatus.Acknowledged, status));
        Assert.Equal(Id, pair.Alice.Store.Consumer(Consumer)!.Value.Last);
        Assert.Equal(QuestionStatus.Waiting, Assert.Single(pair.Alice.Store.Questions).Value);
    }

    private static EndpointPair Start(int seed)
    {
        var pair = new EndpointPair(seed, options => options with { AllowAnonymous = true, AnonymousStartMs = 500 });
        _ = pair.Alice.Consumer;
        _ = pair.Bob.Consumer;
        pair.Start();
        return pair;
    }

    private static SubmitRequest Anonymous(byte[] content) => new() { Token = 0, To = default, Content = content, Anonymous = true };

    private static SubmitRequest Named(string label) => new() { Token = 0, To = default, Content = new byte[50], Label = label };

    private void Refused(EndpointPair pair, SubmitRequest[] sends, int which, SubmitRefusal refusal)
    {
        var token = Ask(pair, Id, sends);
        Assert.True(pair.RunUntil(() => pair.Alice.Checkpoints.ContainsKey(token), Minute));
        var outcome = pair.Alice.Checkpoints[token];
        Assert.Equal((CheckpointRefusal.Send, refusal, (ulong)which), (outcome.Refusal, outcome.Send, outcome.Which));
    }

    private long Ask(EndpointPair pair, CheckpointId id, SubmitRequest[] sends)
    {
        pair.Alice.Checkpoint(new CheckpointRequest
        {
            Token = ++_token,
            Consumer = Consumer,
            Id = id,
            Sends = [.. sends.Select(send => send with { To = pair.Bob.Address })],
            State = new byte[] { 1, 2, 3 },
        });
        return _token;
    }

    // As an application does it: until it is told that it was made, whoever crashes.
    private CheckpointOutcome Make(EndpointPair pair, CheckpointId id)
    {
        SubmitRequest[] sends =
        [
            Anonymous(new byte[10]) with { Label = "note" }, Named("named"),
            Anonymous(new byte[3_000]) with { Label = "question", ReplyWithinMillis = 3_600_000 }, Anonymous([]) with { Label = "other" },
        ];
        for (var tries = 0; tries < 20; tries++)
        {
            var token = Ask(pair, id, sends);
            if (pair.RunUntil(() => pair.Alice.Checkpoints.ContainsKey(token), 2_000) && pair.Alice.Checkpoints[token] is { Refusal: CheckpointRefusal.None } made)
            {
                return made;
            }
        }

        throw new InvalidOperationException("The checkpoint was never made.");
    }
}
