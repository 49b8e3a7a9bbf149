using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Anonymous.Replying;
using MixMq.Endpoint.Messaging.Sending;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>
/// Makes checkpoints: what is consumed, what is sent and replied and the state go into one batch, and nothing goes anywhere before all of it can. A repeat is answered without doing anything;
/// one that comes while the first is under way waits for it.
/// </summary>
internal sealed class Checkpoints(MessagingContext context, Consumers consumers, Submissions submissions, AnonymousOutbox anonymous, Replies replies)
{
    private readonly Dictionary<CheckpointId, PendingCheckpoint> _byId = [];
    private readonly Dictionary<ContentRequestId, PendingCheckpoint> _lookups = [];
    private readonly Dictionary<string, int> _making = new(StringComparer.Ordinal);
    private int _count;
    private long _bytes;

    public bool IsIdle => _count == 0;

    /// <summary>Whether a checkpoint of a consumer is being made, which goes on whatever becomes of its session.</summary>
    public bool IsMaking(string consumer) => _making.ContainsKey(consumer);

    public void Handle<TSink>(CheckpointRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (CheckpointForm.Look(request) is var (fault, which) && fault != CheckpointFault.None)
        {
            Refuse(request.Token, new(CheckpointRefusal.Malformed) { Fault = fault, Which = which }, ref sink);
        }
        else if (request.Id is { } repeated && _byId.TryGetValue(repeated, out var first))
        {
            first.Repeats.Add(request.Token);
        }
        else if (submissions.Stopping)
        {
            Refuse(request.Token, new(CheckpointRefusal.Stopping), ref sink);
        }
        else if (_count >= ConsumingTuning.MaxCheckpoints || (_count > 0 && _bytes + request.Bytes > ConsumingTuning.MaxCheckpointBytes))
        {
            Refuse(request.Token, new(CheckpointRefusal.Busy), ref sink);
        }
        else
        {
            Begin(new(request), now, ref sink);
        }
    }

    /// <summary>Takes the answer to <see cref="IEndpointSink.ReadCheckpoint"/>.</summary>
    public void HandleKnowledge<TSink>(ContentRequestId id, CheckpointKnowledge knowledge, ReadOnlySpan<AnonymousKnowledge> questions, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_lookups.Remove(id, out var pending))
        {
            return;
        }

        var known = replies.Unwatch(pending.Request.Replies, questions);
        if (knowledge == CheckpointKnowledge.Unknown)
        {
            Make(pending, known, now, ref sink);
        }
        else
        {
            var outcome = knowledge == CheckpointKnowledge.Made
                ? new CheckpointOutcome(CheckpointRefusal.None) { Repeat = true }
                : new CheckpointOutcome(CheckpointRefusal.IdForgotten);
            Complete(pending, outcome, ref sink);
        }
    }

    /// <summary>The checkpoint is durable.</summary>
    public void OnStored<TSink>(PendingCheckpoint pending, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        foreach (var head in pending.Heads)
        {
            consumers.OnConsumed(head);
        }

        Complete(pending, new CheckpointOutcome(CheckpointRefusal.None) { Sent = pending.Outcomes(), Replied = pending.Replied() }, ref sink);
    }

    private void Begin<TSink>(PendingCheckpoint pending, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _count++;
        _bytes += pending.Request.Bytes;
        if (pending.Request.Id is not { } id)
        {
            Make(pending, [], now, ref sink);
            return;
        }

        _byId.Add(id, pending);
        var lookup = context.NextContentRequestId();
        _lookups.Add(lookup, pending);
        replies.Watch(pending.Request.Replies);
        sink.ReadCheckpoint(lookup, id, pending.Request.Sends.Length, [.. pending.Request.Replies.Select(static reply => reply.Answers!.Value)]);
    }

    // Once it is done nothing refuses it: the positions are its own, the sends have their places, the questions wait for its replies.
    private void Make<TSink>(PendingCheckpoint pending, ImmutableArray<AnonymousKnowledge> known, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var request = pending.Request;
        var consumer = consumers.Find(request.Consumer);
        if (consumer?.Session != (request.Session == 0 ? null : request.Session))
        {
            Complete(pending, new(CheckpointRefusal.SessionEnded), ref sink);
            return;
        }

        foreach (var position in request.Consumed)
        {
            if (consumer is null || !consumers.TryGetGiven(consumer, position, out var head))
            {
                Complete(pending, new(CheckpointRefusal.NotWithConsumer) { Which = position }, ref sink);
                return;
            }

            pending.Heads.Add(head);
        }

        if (context.StoreIsFull && request.State is not null)
        {
            Complete(pending, new(CheckpointRefusal.StoreFull), ref sink);
            return;
        }

        var (which, refusal) = CheckSends(request);
        if (refusal != SubmitRefusal.None)
        {
            Complete(pending, Refused(CheckpointRefusal.Send, refusal, which), ref sink);
            return;
        }

        (which, refusal) = replies.Reserve(pending, known, now);
        if (refusal != SubmitRefusal.None)
        {
            Complete(pending, Refused(CheckpointRefusal.Reply, refusal, which), ref sink);
            return;
        }

        foreach (var head in pending.Heads)
        {
            consumers.BeginConsuming(consumer!, head);
        }

        pending.IsBeingMade = true;
        CollectionsMarshal.GetValueRefOrAddDefault(_making, request.Consumer, out _)++;
        if (request.Sends.Any(static send => send.Anonymous))
        {
            anonymous.Reserve(pending);
            pending.Storing += at => anonymous.Append(pending, at);
        }

        if (pending.Replies.Count > 0)
        {
            pending.Storing += _ => replies.Append(pending);
        }

        submissions.Take(pending, now, ref sink);
    }

    // Which of all sends is refused, and why.
    private (int Which, SubmitRefusal Refusal) CheckSends(CheckpointRequest request)
    {
        var (which, refusal) = anonymous.CheckAll(request.Sends);
        if (refusal != SubmitRefusal.None)
        {
            return (which, refusal);
        }

        int[] named = [.. Enumerable.Range(0, request.Sends.Length).Where(i => !request.Sends[i].Anonymous)];
        (which, refusal) = submissions.Check([.. named.Select(i => request.Sends[i])], request.State?.Length ?? 0);
        return (named.Length > 0 ? named[which] : 0, refusal);
    }

    private void Complete<TSink>(PendingCheckpoint pending, CheckpointOutcome outcome, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _count--;
        _bytes -= pending.Request.Bytes;
        if (pending.Request.Id is { } id)
        {
            _byId.Remove(id);
        }

        sink.CheckpointCompleted(pending.Request.Token, outcome);
        if (pending.IsBeingMade)
        {
            Made(pending.Request.Consumer, ref sink);
        }

        foreach (var token in pending.Repeats)
        {
            sink.CheckpointCompleted(token, outcome.Refusal == CheckpointRefusal.None ? outcome with { Repeat = true, Sent = [], Replied = [] } : outcome);
        }
    }

    private void Made<TSink>(string consumer, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (--CollectionsMarshal.GetValueRefOrNullRef(_making, consumer) == 0)
        {
            _making.Remove(consumer);
            consumers.TellOpen(consumer, ref sink);
        }
    }

    private static void Refuse<TSink>(long token, CheckpointOutcome outcome, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => sink.CheckpointCompleted(token, outcome);

    private static CheckpointOutcome Refused(CheckpointRefusal what, SubmitRefusal refusal, int which) => refusal switch
    {
        SubmitRefusal.Busy => new(CheckpointRefusal.Busy),
        SubmitRefusal.StoreFull => new(CheckpointRefusal.StoreFull),
        SubmitRefusal.Stopping => new(CheckpointRefusal.Stopping),
        _ => new(what) { Send = refusal, Which = (ulong)which },
    };
}
