using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// Messages whose contents are longer than their recipients take. No quota that is free again makes room for them, so waiting would only hold back what is behind them in their conversations: they
/// are ended before their time, each by a tombstone, as if the application had cancelled them.
/// </summary>
internal sealed class ContentLimits(
    MessagingContext context, OutboundDirectory directory, Expiries expiries, HoldBacks holdBacks, Transmitter transmitter, Reconciliation reconciliation)
{
    private const int MostRemembered = 4096;
    private readonly Dictionary<MessageId, long> _limits = [];
    private readonly Queue<MessageId> _oldest = new();

    /// <summary>Messages ended so, since the start.</summary>
    public long Count { get; private set; }

    /// <summary>How many bytes the recipient of a message that was ended so takes; null: it wasn't, or that is forgotten. The last 4,096 are known, until the node stops.</summary>
    public long? Of(MessageId id) => _limits.TryGetValue(id, out var limit) ? limit : null;

    /// <summary>Takes the body of a content limit frame.</summary>
    public void Handle<TSink>(scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!ContentLimit.TryRead(body, out var limit))
        {
            context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (directory.Find(limit.Teller, limit.Conversation) is not { } conversation)
        {
            context.Counters.Drop(InboundDrop.UnknownConversation);
        }
        else if (!ContentLimit.HasTag(body, conversation.Secret))
        {
            context.Counters.Drop(InboundDrop.ForgedContentLimit);
        }
        else
        {
            Apply(conversation, limit.Bytes, now, ref sink);
        }
    }

    // What the recipient has a part of it has taken, whatever it takes now.
    private void Apply<TSink>(OutboundConversation conversation, long limit, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var end = Math.Min(conversation.NextSequence, conversation.Base + MessagingConstants.SequenceWindow);
        for (var sequence = conversation.Base; sequence < end; sequence++)
        {
            if (!conversation.TryGet(sequence, out var message) || message.ContentLength <= limit || message.IsBeingGathered || !message.Sendable || message.Tombstone)
            {
                continue;
            }

            if (message.Recalled)
            {
                // It had this one once. Nobody waits for an outcome: that is known.
                reconciliation.Finish(message, ref sink);
                holdBacks.OnReplaced(message, now);
                transmitter.OnContentRoom();
            }
            else if (!message.TooLarge)
            {
                message.TooLarge = true;
                expiries.ExpireNow(message);
                Remember(message.Id, limit);
            }
        }

        transmitter.MarkReady(conversation);
    }

    private void Remember(MessageId id, long limit)
    {
        if (!_limits.TryAdd(id, limit))
        {
            return;
        }

        Count++;
        _oldest.Enqueue(id);
        if (_oldest.Count > MostRemembered)
        {
            _limits.Remove(_oldest.Dequeue());
        }
    }
}
