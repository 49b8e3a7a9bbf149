using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>Gives places to what takes them, and inbox positions in each conversation's order.</summary>
internal sealed class Settlement(MessagingContext context, InboxQuota quota, ulong lastPosition)
{
    private ulong _lastPosition = lastPosition;

    /// <summary>A message or tombstone takes its place. The place is free, or the caller is wrong. In parts: the content is that of the place's partial, which is no more in the store.</summary>
    public void Settle(InboundConversation conversation, Envelope envelope, ReadOnlyMemory<byte> content, Moment now, bool inParts = false)
    {
        var sequence = envelope.Sequence;
        var repeated = conversation.Exchange.Former?.Contains(envelope.Id) == true;
        var tombstone = envelope.Kind == EnvelopeKind.Tombstone && !repeated;
        if (repeated)
        {
            // The application has had it, or has it in the inbox: only its new place is to be settled. So too where the sender gave it up: it wasn't in vain.
            context.Counters.Repeated++;
            content = ReadOnlyMemory<byte>.Empty;
            if (inParts)
            {
                context.Store.Add(new StoreOperation.DropPartial(envelope.Place));
                inParts = false;
            }
        }

        var next = sequence == conversation.Decided.Watermark + 1;
        var held = next ? conversation.Decided.Above.ToArray() : [];
        if (!repeated)
        {
            quota.Take(conversation, sequence, envelope.ContentLength);
        }

        conversation.Decided.Add(sequence);
        quota.OnAdvanced(conversation);
        if (tombstone)
        {
            conversation.Tombstones.Add(sequence);
        }

        context.Store.Touch(conversation);
        context.Store.Add(
            new StoreOperation.AppendInbox(new InboxEntry
            {
                Place = envelope.Place,
                ConversationName = envelope.Name,
                Id = envelope.Id,
                Label = envelope.Label,
                CreatedUnixMillis = envelope.CreatedUnixMillis,
                ExpiresUnixMillis = envelope.ExpiresUnixMillis,
                Content = content,
                PartedContentBytes = inParts ? envelope.ContentLength : 0,
                Tombstone = tombstone,
                Repeated = repeated,
                State = next ? InboxState.Ready : InboxState.Held,
                Position = next ? ++_lastPosition : 0,
                ReceivedUnixMillis = now.UnixMillis,
            }),
            content.Length);
        context.Store.Then(tombstone ? CommitEffectKind.TombstoneSettled : CommitEffectKind.MessageSettled, conversation, (long)sequence);
        if (next)
        {
            Release(conversation, held);
        }
    }

    /// <summary>
    /// The sender says that it knows what became of everything below its base. Where this node knows less (its store was lost or put back), and the sender has heard that, the
    /// gap can't be filled any more: it is noted, and the conversation goes on after it.
    /// </summary>
    public void RaiseBase(InboundConversation conversation, ulong value, Moment now)
    {
        conversation.RaiseBase(value);
        if (value - 1 > conversation.Decided.Watermark)
        {
            var held = conversation.Decided.Above.ToArray();
            RecordGaps(conversation, held, value, now);
            PassOver(conversation, held, value);
            conversation.Decided.MoveTo(value - 1);
            conversation.Durable.MoveTo(value - 1);
            quota.OnAdvanced(conversation);
            context.Store.Touch(conversation);
            Release(conversation, held);
        }
    }

    /// <summary>The next inbox position, for what has no conversation.</summary>
    public ulong TakePosition() => ++_lastPosition;

    /// <summary>
    /// Where nothing of this secret was taken below, nothing will be. The sender is told: were its store put back to before it left these places out, it would have messages there that it had moved, and take them
    /// for settled.
    /// </summary>
    private static void PassOver(InboundConversation conversation, ulong[] held, ulong end)
    {
        var exchange = conversation.Exchange;
        if (conversation.Decided.Watermark <= exchange.Foreign)
        {
            exchange.Foreign = Math.Max(exchange.Foreign, held.Where(sequence => sequence > exchange.Foreign && sequence < end).DefaultIfEmpty(end).Min() - 1);
        }
    }

    private void RecordGaps(InboundConversation conversation, ulong[] held, ulong end, Moment now)
    {
        var gaps = new List<Gap>();
        var first = conversation.Decided.Watermark + 1;
        foreach (var there in held.Where(sequence => sequence < end).Append(end))
        {
            if (there > first)
            {
                gaps.Add(new(GapKind.Received, conversation.Sender.Address, conversation.Id, conversation.Name, first, there - 1, now.UnixMillis));
            }

            first = there + 1;
        }

        // More than a store keeps apart it needn't be told one by one.
        if (gaps.Count > GapRecords.MaxOfConversation)
        {
            var folded = gaps.Count - GapRecords.MaxOfConversation;
            gaps[folded] = gaps[folded] with { First = gaps[0].First, Folded = true };
            gaps.RemoveRange(0, folded);
        }

        foreach (var gap in gaps)
        {
            context.Store.Add(new StoreOperation.RecordGap(gap));
        }
    }

    private void Release(InboundConversation conversation, ulong[] held)
    {
        foreach (var sequence in held)
        {
            if (sequence > conversation.Decided.Watermark)
            {
                break;
            }

            context.Store.Add(new StoreOperation.ReleaseInbox(conversation.At(sequence), ++_lastPosition));
        }

        context.Store.Then(CommitEffectKind.InboxReady, null, (long)_lastPosition);
    }
}
