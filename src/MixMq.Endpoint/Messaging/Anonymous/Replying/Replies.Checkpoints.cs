using System.Collections.Immutable;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <content>
/// Replies of checkpoints. What the store knows of their questions is read together with what it knows of the checkpoint; from the last check on until all of it is stored, which may wait for signatures, a question counts as answered.
/// </content>
internal sealed partial class Replies
{
    private readonly Dictionary<MessageId, Watched> _watched = [];

    /// <summary>The store is about to be asked about these replies' questions: what changes meanwhile isn't lost. Followed by one <see cref="Unwatch"/>.</summary>
    public void Watch(ImmutableArray<SubmitRequest> replies)
    {
        foreach (var reply in replies)
        {
            if (!_watched.TryGetValue(reply.Answers!.Value, out var watch))
            {
                _watched.Add(reply.Answers!.Value, watch = new());
            }

            watch.Readers++;
        }
    }

    /// <summary>What is known by now.</summary>
    /// <param name="replies">Those that were watched.</param>
    /// <param name="read">What the store said of their questions, in their order.</param>
    /// <exception cref="ArgumentException">Not as many.</exception>
    public ImmutableArray<AnonymousKnowledge> Unwatch(ImmutableArray<SubmitRequest> replies, ReadOnlySpan<AnonymousKnowledge> read)
    {
        if (read.Length != replies.Length)
        {
            throw new ArgumentException("Each message that was asked about has an answer.", nameof(read));
        }

        var known = ImmutableArray.CreateBuilder<AnonymousKnowledge>(read.Length);
        for (var i = 0; i < read.Length; i++)
        {
            var watch = _watched[replies[i].Answers!.Value];
            known.Add(watch.Newer is { } newer ? read[i] with { Reply = newer } : read[i]);
            if (--watch.Readers == 0)
            {
                _watched.Remove(replies[i].Answers!.Value);
            }
        }

        return known.MoveToImmutable();
    }

    /// <summary>Takes a checkpoint's replies, all or none. The last that may refuse the checkpoint, for it makes room where none is; <see cref="Append(PendingCheckpoint)"/> follows.</summary>
    /// <param name="checkpoint">The checkpoint; has them then.</param>
    /// <param name="known">What is known of their questions, in their order.</param>
    /// <param name="now">Now.</param>
    /// <returns>Which is refused, and why; <see cref="SubmitRefusal.None"/>: none is.</returns>
    public (int Which, SubmitRefusal Refusal) Reserve(PendingCheckpoint checkpoint, ImmutableArray<AnonymousKnowledge> known, Moment now)
    {
        var requests = checkpoint.Request.Replies;
        var answered = new HashSet<MessageId>(requests.Length);
        for (var i = 0; i < requests.Length; i++)
        {
            var refusal = answered.Add(requests[i].Answers!.Value) ? Check(requests[i], known[i], now) : SubmitRefusal.AlreadyAnswered;
            if (refusal != SubmitRefusal.None)
            {
                return (i, refusal);
            }
        }

        if (!requests.IsEmpty && !MakeRoom(requests.Length, requests.Sum(static request => (long)request.Content.Length), now))
        {
            return (0, SubmitRefusal.TooManyReplies);
        }

        for (var i = 0; i < requests.Length; i++)
        {
            checkpoint.Replies.Add(Take(requests[i], known[i], now));
        }

        return (0, SubmitRefusal.None);
    }

    /// <summary>Puts the checkpoint's replies into the batch in which it is stored.</summary>
    public void Append(PendingCheckpoint checkpoint)
    {
        foreach (var reply in checkpoint.Replies)
        {
            Append(reply);
            _context.Store.Then(CommitEffectKind.ReplyAppendedByCheckpoint, reply);
        }
    }

    /// <summary>It is durable, with its checkpoint: it leaves after a random time of its own, for beside the checkpoint's other messages it would be known as one of them.</summary>
    public void OnAppended(PendingReply reply, Moment now)
    {
        reply.Committed = true;
        reply.LeavesMicros = now.Micros + AnonymousTiming.WaitApart(_context);
        if (_askers.Find(reply.Question) is { } asker)
        {
            _askers.Schedule(asker, reply.LeavesMicros);
        }
    }

    private sealed class Watched
    {
        public int Readers { get; set; }

        /// <summary>How it stands by now, where that changed after the store was asked.</summary>
        public ReplyStatus? Newer { get; set; }
    }
}
