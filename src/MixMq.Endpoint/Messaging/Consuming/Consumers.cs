using MixMq.Endpoint.Messaging.Receiving;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>
/// Gives messages to consumers: each conversation to one at a time and in order, as many as the consumer's credit allows, the oldest first. What a consumer doesn't keep is given
/// again at once and counted; past the consumer's limit it goes to the dead letters.
/// </summary>
/// <remarks>
/// A conversation stays with the consumer that got its first message until that one goes, so that what a consumer remembers of a conversation isn't split. A lost consumer counts
/// against the first message of each conversation that was with it: that is what it was at, the ones behind waited.
/// </remarks>
internal sealed class Consumers(MessagingContext context, Backlog backlog, InboxQuota quota)
{
    private const string LostCause = "The consumer was lost while it had the message.";
    private const string RejectedCause = "The consumer rejected the message.";
    private readonly List<Consumer> _consumers = [];
    private bool _hasChanged;

    public int Count => _consumers.Count;

    public Consumer? Find(long session) => _consumers.Find(consumer => consumer.Session == session);

    public Consumer? Find(string name) => _consumers.Find(consumer => consumer.Name == name);

    public void Open<TSink>(long session, string name, int maxDeliveries, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (Find(name) is { } former)
        {
            // Its application was started anew before the end of the old one was noticed.
            Close(former, lost: true, now);
            sink.ConsumerEnded(former.Session, ConsumerEnd.TakenOver);
        }

        if (_consumers.Count >= ConsumingLimits.MaxConsumers)
        {
            sink.ConsumerEnded(session, ConsumerEnd.TooMany);
            return;
        }

        _consumers.Add(new(session, name, maxDeliveries));
    }

    /// <summary>
    /// No checkpoint of a former session of this name is being made any more. Only then may the consumer go on: it would otherwise take up a state that is about to be replaced, and its next
    /// checkpoint would put the replaced one back, while the messages consumed with it don't come again.
    /// </summary>
    public void TellOpen<TSink>(string name, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (Find(name) is { IsOpen: false } consumer)
        {
            consumer.IsOpen = true;
            _hasChanged = true;
            sink.ConsumerOpened(consumer.Session);
        }
    }

    public void Grant(long session, int credit)
    {
        if (Find(session) is { } consumer)
        {
            consumer.Credit = (int)Math.Min((long)consumer.Credit + credit, ConsumingLimits.MaxCredit);
            _hasChanged = true;
        }
    }

    public void Close(long session, bool lost, Moment now)
    {
        if (Find(session) is { } consumer)
        {
            Close(consumer, lost, now);
        }
    }

    /// <summary>The consumer can't take a message. One that isn't with it is passed over: it was taken back before, or is being consumed.</summary>
    public void Reject(long session, ulong position, string cause, bool final, Moment now)
    {
        if (Find(session) is { } consumer && TryGetGiven(consumer, position, out var head))
        {
            if (!CountInVain(head, consumer, cause.Length > 0 ? cause : RejectedCause, final, now))
            {
                consumer.Has -= backlog.TakeBack(head.Queue, head.Sequence);
            }

            _hasChanged = true;
        }
    }

    /// <summary>The message couldn't be read for delivery: somebody has consumed it in the store.</summary>
    public void Vanish(ulong position)
    {
        if (backlog.TryGet(position, out var head) && !head.IsBeingConsumed)
        {
            if (head.Queue.Holder is { } holder && head.Queue.Given.Contains(head))
            {
                holder.Has--;
                holder.Credit++;
            }

            OnConsumed(head);
            _hasChanged = true;
        }
    }

    public bool TryGetGiven(Consumer consumer, ulong position, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Head? head) =>
        backlog.TryGet(position, out head) && !head.IsBeingConsumed && head.Queue.Holder == consumer && head.Queue.Given.Contains(head);

    /// <summary>A checkpoint under way consumes the message: whatever happens to its consumer, it isn't given again.</summary>
    public void BeginConsuming(Consumer consumer, Head head)
    {
        head.IsBeingConsumed = true;
        consumer.Has--;
        _hasChanged = true;
    }

    /// <summary>The checkpoint is durable.</summary>
    public void OnConsumed(Head head)
    {
        backlog.Forget(head);
        quota.OnConsumed(head.Queue.Sender, head.Queue.Conversation, head.ContentLength);
    }

    public void Advance<TSink>(ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_consumers.Count == 0)
        {
            return;
        }

        if ((_hasChanged || backlog.HasChanged) && !backlog.IsReplaying)
        {
            _hasChanged = false;
            backlog.HasChanged = false;
            GiveAll(ref sink);
        }

        backlog.Advance(ref sink);
        if (backlog.IsCaughtUp)
        {
            TellCaughtUp(ref sink);
        }
    }

    // In turns of one message each, so that conversations that nobody has are shared out.
    private void GiveAll<TSink>(ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        bool any;
        do
        {
            any = false;
            foreach (var consumer in _consumers)
            {
                any |= consumer.HasRoom && TryGive(consumer, ref sink);
            }
        }
        while (any);
    }

    private bool TryGive<TSink>(Consumer consumer, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var (own, free) = (consumer.Ready.Min, backlog.Unheld.Min);
        var queue = own is null || free?.Next < own.Next ? free : own;
        if (queue is null)
        {
            return false;
        }

        if (queue.Holder is null)
        {
            queue.In?.Remove(queue);
            queue.In = null;
            queue.Holder = consumer;
            consumer.Holds.Add(queue);
        }

        var head = backlog.Give(queue);
        consumer.Credit--;
        consumer.Has++;
        consumer.KnowsCaughtUp = false;
        sink.Deliver(consumer.Session, head.Position, head.Deliveries);
        return true;
    }

    private void TellCaughtUp<TSink>(ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        foreach (var consumer in _consumers)
        {
            if (!consumer.KnowsCaughtUp && consumer.HasRoom)
            {
                consumer.KnowsCaughtUp = true;
                sink.CaughtUp(consumer.Session);
            }
        }
    }

    private void Close(Consumer consumer, bool lost, Moment now)
    {
        _consumers.Remove(consumer);
        foreach (var queue in consumer.Holds)
        {
            if (lost && queue.Given.FirstOrDefault(head => !head.IsBeingConsumed) is { } first)
            {
                CountInVain(first, consumer, LostCause, final: false, now);
            }

            backlog.TakeBack(queue, 0);
            backlog.Release(queue);
        }

        _hasChanged = true;
    }

    /// <summary>Counts a delivery that was in vain.</summary>
    /// <returns>True: it was the last one, and the message is with the dead letters.</returns>
    private bool CountInVain(Head head, Consumer consumer, string cause, bool final, Moment now)
    {
        head.Deliveries++;
        context.Store.Add(new StoreOperation.CountDelivery(head.Position));
        if (!final && head.Deliveries < consumer.MaxDeliveries)
        {
            return false;
        }

        var kept = cause.Length <= MessagingConstants.MaxCauseChars ? cause : cause[..MessagingConstants.MaxCauseChars];
        context.Store.Add(new StoreOperation.MoveToDeadLetters(head.Position, consumer.Name, kept, now.UnixMillis));
        consumer.Has--;
        backlog.Forget(head);
        return true;
    }
}
