using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>
/// How much of the inbox each sender takes, and all together: what isn't consumed, dead letters included, and what the messages being gathered will take. What is ahead of the next place of its
/// conversation may take half of a quota only: it can't be consumed before the gap is filled, so the message that fills it must always find room once the application has caught up.
/// </summary>
internal sealed partial class InboxQuota
{
    private readonly EndpointOptions _options;
    private readonly Dictionary<NodeAddress, Share> _senders = [];
    private readonly Share _all = new();
    private readonly InboxAmount _replies = new();

    public InboxQuota(EndpointOptions options, EndpointState state)
    {
        _options = options;
        foreach (var usage in state.InboxUsage)
        {
            if (usage.Replies)
            {
                _replies.Add(usage.Messages, usage.Bytes);
                continue;
            }

            Of(usage.Sender).Taken.Add(usage.Messages, usage.Bytes);
            _all.Taken.Add(usage.Messages, usage.Bytes);
        }
    }

    /// <summary>Messages and tombstones of all senders.</summary>
    public long Messages => _all.Taken.Messages + _replies.Messages;

    /// <summary>Their contents.</summary>
    public long Bytes => _all.Taken.Bytes + _replies.Bytes;

    /// <summary>Replies to this node's anonymous messages among them.</summary>
    public long Replies => _replies.Messages;

    /// <summary>Why a message can't be taken in now; null: it can.</summary>
    public InboundDrop? Refuses(InboundConversation conversation, ulong sequence, long bytes)
    {
        var ahead = IsAhead(conversation, sequence);
        var sender = _senders.GetValueOrDefault(conversation.Sender.Address);
        if (sender is not null && !HasRoom(sender, ahead, bytes, _options.MaxInboxMessagesPerSender, _options.MaxInboxBytesPerSender))
        {
            return InboundDrop.SenderQuota;
        }

        return HasRoom(_all, ahead, bytes, _options.MaxInboxMessages, _options.MaxInboxBytes) ? null : InboundDrop.InboxQuota;
    }

    /// <summary>Something that isn't settled yet is taken in.</summary>
    public void Take(InboundConversation conversation, ulong sequence, long bytes)
    {
        var sender = Of(conversation.Sender.Address);
        sender.Taken.Add(1, bytes);
        _all.Taken.Add(1, bytes);
        TakeAhead(conversation, sequence, bytes);
    }

    /// <summary>Something is ahead of the next place: it was taken in here, or the store says so.</summary>
    public void TakeAhead(InboundConversation conversation, ulong sequence, long bytes)
    {
        if (IsAhead(conversation, sequence) && conversation.Ahead.TryAdd(sequence, bytes))
        {
            Of(conversation.Sender.Address).Ahead.Add(1, bytes);
            _all.Ahead.Add(1, bytes);
        }
    }

    /// <summary>What was taken in is given up, or is about to be taken in by another way.</summary>
    public void GiveBack(InboundConversation conversation, ulong sequence, long bytes)
    {
        if (conversation.Ahead.Remove(sequence, out var ahead))
        {
            RemoveAhead(conversation, ahead);
        }

        Remove(conversation.Sender.Address, bytes);
    }

    /// <summary>The conversation's next place has moved on.</summary>
    public void OnAdvanced(InboundConversation conversation)
    {
        while (conversation.Ahead.Count > 0 && conversation.Ahead.First() is var (sequence, bytes) && !IsAhead(conversation, sequence))
        {
            conversation.Ahead.Remove(sequence);
            RemoveAhead(conversation, bytes);
        }
    }

    /// <summary>An application has durably consumed an entry.</summary>
    public void OnConsumed(NodeAddress sender, ConversationId conversation, long bytes)
    {
        if (conversation == AnonymousPlaces.Replies)
        {
            _replies.Remove(1, bytes);
        }
        else
        {
            Remove(sender, bytes);
        }
    }

    private static bool IsAhead(InboundConversation conversation, ulong sequence) => sequence > conversation.Decided.Watermark + 1;

    // Tombstones are never refused: so many of them may be ahead that, if all counted, nothing had room that lets them go.
    private static bool HasRoom(Share share, bool ahead, long bytes, long maxMessages, long maxBytes) => ahead
        ? share.Taken.HasRoom(bytes, maxMessages, maxBytes) && share.Ahead.HasRoom(bytes, maxMessages / 2, maxBytes / 2)
        : share.Taken.HasRoom(bytes, maxMessages + Math.Max(0, share.Ahead.Messages - (maxMessages / 2)), maxBytes);

    private void RemoveAhead(InboundConversation conversation, long bytes)
    {
        Of(conversation.Sender.Address).Ahead.Remove(1, bytes);
        _all.Ahead.Remove(1, bytes);
    }

    private void Remove(NodeAddress address, long bytes)
    {
        _all.Taken.Remove(1, bytes);
        if (_senders.TryGetValue(address, out var sender))
        {
            sender.Taken.Remove(1, bytes);
            if (sender.Taken.IsEmpty && sender.Ahead.IsEmpty)
            {
                _senders.Remove(address);
            }
        }
    }

    private Share Of(NodeAddress address)
    {
        if (!_senders.TryGetValue(address, out var share))
        {
            share = new();
            _senders.Add(address, share);
        }

        return share;
    }

    private sealed class Share
    {
        public InboxAmount Taken { get; } = new();

        /// <summary>Of these, what is ahead of the next place of its conversation.</summary>
        public InboxAmount Ahead { get; } = new();
    }
}
