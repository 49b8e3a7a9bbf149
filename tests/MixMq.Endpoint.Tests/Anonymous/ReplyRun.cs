using System.Globalization;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Tests.Messaging;
using MixMq.Simulation.Nodes;

namespace MixMq.Endpoint.Tests.Anonymous;

/// <summary>Alice asks without her name, Bob's application replies; the judge compares what each of them was told with what is in the other's store.</summary>
internal sealed class ReplyRun
{
    private readonly AnonymousRun _run;
    private readonly Dictionary<MessageId, byte[]> _replies = [];
    private Func<MessageId, bool> _isByCheckpoint = static _ => false;
    private long _token = 1_000_000;

    public ReplyRun(long seed, Func<EndpointOptions, EndpointOptions>? configure = null)
    {
        _run = new(seed, configure);
        _ = Alice.Consumer;
    }

    public EndpointPair Pair => _run.Pair;

    public PairEnd Alice => _run.Alice;

    public PairEnd Bob => _run.Bob;

    /// <summary>Replies in Alice's inbox.</summary>
    public IReadOnlyList<InboxEntry> Answers => [.. Alice.Store.Inbox.Where(entry => AnonymousPlaces.AnsweredBy(entry) is not null)];

    /// <summary>Alice asks.</summary>
    /// <returns>The token of her submission.</returns>
    public long Ask(int bytes, long replyWithinMillis = 4L * 24 * AnonymousRun.Hour) => _run.Submit(bytes, replyWithinMillis: replyWithinMillis);

    /// <summary>Alice asks, and her node accepts it.</summary>
    public long AskAndAccept(long replyWithinMillis = 4L * 24 * AnonymousRun.Hour)
    {
        var token = Ask(300, replyWithinMillis);
        Assert.True(Pair.RunUntil(() => Alice.Outcomes.ContainsKey(token), AnonymousRun.Minute));
        return token;
    }

    /// <summary>Alice asks, and Bob has the message and SURBs for his reply.</summary>
    public MessageId AskAndWait(long replyWithinMillis = 4L * 24 * AnonymousRun.Hour)
    {
        var question = IdOf(AskAndAccept(replyWithinMillis));
        Assert.True(Pair.RunUntil(() => Bob.SurbsFor(question) == AnonymousLimits.StandingSurbs - 1, AnonymousRun.Minute));
        Pair.RunFor(AnonymousRun.Second);
        return question;
    }

    /// <summary>The id of a question that was asked.</summary>
    public MessageId IdOf(long token) => Alice.Outcomes[token].Id;

    /// <summary>Bob's application replies to a message; what it is answered is there after a while.</summary>
    public long Reply(MessageId question, int bytes)
    {
        var content = new byte[bytes];
        Pair.Random.Fill(content);
        var request = new SubmitRequest
        {
            Token = ++_token,
            To = default,
            Label = bytes.ToString(CultureInfo.InvariantCulture),
            Content = content,
            Answers = question,
        };
        _replies.TryAdd(question, content);
        Bob.Submit(request);
        return request.Token;
    }

    /// <summary>A reply of Bob's for a checkpoint; to one message it is the same each time.</summary>
    public SubmitRequest ReplyOf(MessageId question, int bytes)
    {
        if (!_replies.TryGetValue(question, out var content))
        {
            content = new byte[bytes];
            Pair.Random.Fill(content);
            _replies.Add(question, content);
        }

        return new() { Token = 0, To = default, Label = content.Length.ToString(CultureInfo.InvariantCulture), Content = content, Answers = question };
    }

    /// <summary>Where this says so, Bob's application answers a message by the checkpoint that consumes it, with a message under its own name beside; the others it only consumes.</summary>
    public void ReplyByCheckpoints(Func<MessageId, bool> which, Func<int> bytes)
    {
        _isByCheckpoint = which;
        Bob.Consumer.Carry = (position, request) =>
        {
            var question = Bob.Store.Inbox.Single(entry => entry.Position == position).Id;
            return !which(question) ? request : request with
            {
                Id = CheckpointOf(question),
                Replies = [ReplyOf(question, bytes())],
                Sends = [new() { Token = 0, To = Alice.Address, Conversation = "named", Content = question.ToArray() }],
                State = question.ToArray(),
            };
        };
        Bob.Consumer.Take(1_000);
    }

    /// <summary>What a checkpoint does to a question is done together, whatever crashed: consumed, answered, written under Bob's name, and remembered, or nothing of it.</summary>
    public void JudgeCheckpoints()
    {
        foreach (var item in Bob.Store.ReadInbox(0).Where(item => _isByCheckpoint(item.Entry.Id)))
        {
            Assert.Equal(item.Consumed, Bob.Store.HasCheckpoint(CheckpointOf(item.Entry.Id)));
            Assert.Equal(item.Consumed, Bob.Store.Replies[item.Entry.Id] != ReplyStatus.Open);
            Assert.Equal(item.Consumed, Bob.Store.StatusOf(CheckpointOf(item.Entry.Id).MessageAt(Bob.Address, 0)) is not null);
        }

        Assert.Equal(
            Bob.Store.ReadInbox(0).Any(item => item.Consumed && _isByCheckpoint(item.Entry.Id)), Bob.Store.Consumer(SimConsumer.Name) is not null);
    }

    /// <summary>The checkpoint that answers a question.</summary>
    public static CheckpointId CheckpointOf(MessageId question) => CheckpointId.FromBytes(question.ToArray());

    /// <summary>Bob's application replies to whatever came that has no reply yet; again where a crash kept the answer from it.</summary>
    public void ReplyToAll(Func<int> bytes)
    {
        foreach (var entry in Bob.Store.Inbox.Where(entry => AnonymousPlaces.IsAnonymous(entry.Place) && Bob.Alive))
        {
            if (!_isByCheckpoint(entry.Id) && Bob.Store.ReadAnonymous(entry.Id) is { Reply: ReplyStatus.Open, ReplyUntilUnixMillis: > 0 })
            {
                _replies.Remove(entry.Id);
                Reply(entry.Id, bytes());
            }
        }
    }

    /// <summary>Runs until nobody waits for anything.</summary>
    public bool Settles(double limitMillis)
    {
        if (!Pair.RunUntil(IsQuiet, limitMillis))
        {
            return false;
        }

        // What a question's or a reply's end writes down last is waited for by nobody.
        Pair.RunFor(AnonymousRun.Second);
        return IsQuiet();
    }

    /// <summary>The same while Bob's application replies to what comes.</summary>
    public bool SettlesReplying(Func<int> bytes, double limitMillis)
    {
        for (var until = Pair.Clock.Seconds + (limitMillis / 1000); Pair.Clock.Seconds < until;)
        {
            Pair.RunFor(5 * AnonymousRun.Second);
            if (Bob.Alive)
            {
                ReplyToAll(bytes);
            }

            if (IsQuiet() && !Bob.Store.Replies.Values.Contains(ReplyStatus.Open) && Settles(AnonymousRun.Second))
            {
                return true;
            }
        }

        return false;
    }

    public bool Arrive(int replies, double limitMillis) => Pair.RunUntil(() => Answers.Count >= replies, limitMillis);

    /// <summary>Each reply that is in Alice's inbox is there once, whole, from Bob, and about a question of hers; what Bob was told is so.</summary>
    public void Judge()
    {
        _run.Judge();
        var answers = Answers;
        Assert.Equal(answers.Count, answers.Select(AnonymousPlaces.AnsweredBy).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, answers.Count), answers.Select(entry => (int)entry.Place.Sequence).Order());
        foreach (var entry in answers)
        {
            var question = AnonymousPlaces.AnsweredBy(entry)!.Value;
            Assert.Equal(Bob.Address, entry.Place.Sender);
            Assert.Equal(StoredReply.IdOf(question), entry.Id);
            Assert.True(_replies[question].AsSpan().SequenceEqual(entry.Content.Span), "corrupted");
            Assert.Equal(_replies[question].Length.ToString(CultureInfo.InvariantCulture), entry.Label);
            Assert.True(Alice.Store.Questions[question] is QuestionStatus.Answered or QuestionStatus.Noted);
        }

        var arrived = answers.Select(entry => AnonymousPlaces.AnsweredBy(entry)!.Value).ToHashSet();
        Assert.All(Bob.Store.Replies.Where(reply => reply.Value == ReplyStatus.Acknowledged), reply => Assert.Contains(reply.Key, arrived));
        Assert.All(Alice.Store.Questions, question => Assert.Equal(arrived.Contains(question.Key), question.Value is QuestionStatus.Answered or QuestionStatus.Noted));
    }

    private bool IsQuiet() => Alice.Alive && Bob.Alive && Pair.IsQuiet && Alice.Snapshot() is { Questions: 0 } && Bob.Snapshot() is { Replies: 0 };
}
