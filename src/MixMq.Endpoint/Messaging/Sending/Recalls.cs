using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>Sends again what recipients once had and have lost: settled messages that the store still keeps, a few of each conversation at a time.</summary>
internal sealed class Recalls(MessagingContext context, OutboundDirectory directory)
{
    private const int MaxMessages = 64;
    private readonly Dictionary<ContentRequestId, (OutboundConversation Conversation, ulong First, ulong End)> _reads = [];

    public int UnderWay => _reads.Count;

    /// <summary>The recipient has everything up to a watermark and nothing that it once had above.</summary>
    public void Begin<TSink>(OutboundConversation conversation, ulong watermark, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        conversation.Lower(watermark + 1);
        Continue(conversation, ref sink);
    }

    /// <summary>Something was settled: there may be room for more.</summary>
    public void Continue<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var recall = conversation.Recall;
        if (recall.IsOver || recall.Reading || conversation.Base + (MaxMessages / 2) < recall.Next)
        {
            return;
        }

        recall.Reading = true;
        var id = context.NextContentRequestId();
        _reads.Add(id, (conversation, recall.Next, recall.End));
        sink.ReadKept(id, conversation.Correspondent.Address, conversation.Id, recall.Next, recall.End, MaxMessages);
    }

    /// <summary>Takes the answer to a read.</summary>
    /// <returns>What can be sent to now; null: not a read of this part's.</returns>
    public OutboundConversation? HandleKept<TSink>(ContentRequestId id, ReadOnlySpan<KeptMessage> kept, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_reads.Remove(id, out var read))
        {
            return null;
        }

        var conversation = read.Conversation;
        var recall = conversation.Recall;
        recall.Reading = false;
        if (recall.Next == read.First)
        {
            var messages = new List<OutboundMessage>();
            foreach (var found in kept)
            {
                if (found.Sequence >= read.First && found.Sequence < recall.End && !conversation.TryGet(found.Sequence, out _))
                {
                    var message = ToMessage(found, conversation);
                    messages.Add(message);
                    context.Resignatures.Add(message);
                    directory.OnAdded(message);
                    context.Counters.Recalled++;
                }
            }

            conversation.Reopen(messages, kept.Length < MaxMessages ? read.End : kept[^1].Sequence + 1);
        }

        Continue(conversation, ref sink);
        return conversation;
    }

    private static OutboundMessage ToMessage(KeptMessage kept, OutboundConversation conversation)
    {
        var message = new OutboundMessage(
            conversation, kept.Sequence, kept.Id, kept.Label, kept.ContentLength, kept.CreatedUnixMillis, kept.ExpiresUnixMillis)
        {
            Envelope = kept.Envelope.ToArray(),
            Committed = true,
            Stored = true,
            Recalled = true,
            InParts = kept.InParts,
        };
        if (kept.Tombstone)
        {
            message.RestoreTombstone();
        }

        return message;
    }
}
