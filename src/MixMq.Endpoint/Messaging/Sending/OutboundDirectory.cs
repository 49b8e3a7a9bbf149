using MixMq.Overlay.Map;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>All recipients and the conversations with them, and how full the outbox is.</summary>
internal sealed class OutboundDirectory
{
    private const int LeastPage = 4;
    private const int PagesAhead = 4;
    private readonly EndpointOptions _options;
    private readonly Dictionary<NodeAddress, Correspondent> _correspondents = [];
    private long _numbers;
    private int _moving;
    private int _stalled;
    private int _stalledConversations;
    private readonly double _firstTimeout;
    private readonly double _timeoutFloor;

    public OutboundDirectory(EndpointOptions options)
    {
        _options = options;

        // The last hop doesn't hold a packet, so L links have L − 1 delays; at first one more a way is allowed for.
        var links = options.Network.PathLinks;
        _firstTimeout = (2 * MixingDelay.Percentile(links) * options.MeanDelayMs) + options.TimeoutSlackMs;
        _timeoutFloor = (MixingDelay.Percentile(2 * (links - 1)) * options.MeanDelayMs) + options.TimeoutSlackMs;
    }

    /// <summary>Messages not settled.</summary>
    public int Unsettled { get; private set; }

    /// <summary>Of these, messages that are in the store alone.</summary>
    public int Waiting { get; private set; }

    /// <summary>Whether so many messages are in memory that conversations that don't get on have to give up theirs, or those that were found not to hold as many above the few that each keeps.</summary>
    public bool IsScarce => Math.Max(_moving, _stalled - ((long)_stalledConversations * LeastHeld)) >= (_options.MaxLoadedMessages + 1) / 2;

    /// <summary>Messages that a conversation that doesn't get on keeps in memory where memory is scarce.</summary>
    public int LeastHeld => Math.Min(LeastPage, _options.OutboxPage);

    /// <summary>Messages that are loaded at once: fewer where many conversations that get on have loaded some, and in one that doesn't.</summary>
    public int Page(OutboundConversation conversation) =>
        !conversation.Stalled && _moving < _options.MaxLoadedMessages ? _options.OutboxPage : Math.Min(LeastPage, _options.OutboxPage);

    /// <summary>Whether a place is so far ahead that its message isn't kept in memory, or behind one that isn't.</summary>
    public bool MustWait(OutboundConversation conversation, ulong sequence) =>
        sequence >= conversation.Waiting.From || sequence >= conversation.Base + (ulong)(PagesAhead * Page(conversation));

    /// <summary>Content bytes of messages not settled, tombstones left out.</summary>
    public long UnsettledBytes { get; private set; }

    public int ConversationCount { get; private set; }

    public IEnumerable<Correspondent> Correspondents => _correspondents.Values;

    /// <summary>Which addresses are one correspondent's.</summary>
    public Successions Successions { get; set; } = Successions.None;

    public Correspondent FindOrAdd(NodeAddress address)
    {
        var correspondent = Find(address);
        if (correspondent is null)
        {
            address = Successions.First(address);
            correspondent = new(address, new(_firstTimeout, _timeoutFloor), new(_options.InitialWindow, _options.MaxWindow));
            _correspondents.Add(address, correspondent);
        }

        return correspondent;
    }

    /// <summary>A recipient by any of its addresses: it stands under the one by which this node came to know it.</summary>
    public Correspondent? Find(NodeAddress address) => _correspondents.GetValueOrDefault(address)
        ?? (Successions.IsEmpty ? null : Successions.All(address).Select(other => _correspondents.GetValueOrDefault(other)).FirstOrDefault(static found => found is not null));

    /// <summary>A recipient under each of its addresses that this node has written to: more than one where it was written to by a new address too early.</summary>
    public Correspondent[] FindAll(NodeAddress address) => [.. Successions.All(address).Select(_correspondents.GetValueOrDefault).OfType<Correspondent>()];

    /// <summary>Messages not settled that are for a recipient, under whichever of its addresses.</summary>
    public int UnsettledFor(NodeAddress address)
    {
        if (Successions.IsEmpty)
        {
            return _correspondents.GetValueOrDefault(address)?.Unsettled ?? 0;
        }

        var sum = 0;
        foreach (var other in Successions.All(address))
        {
            sum += _correspondents.GetValueOrDefault(other)?.Unsettled ?? 0;
        }

        return sum;
    }

    public OutboundConversation? Find(NodeAddress recipient, ConversationId conversation) =>
        Find(recipient)?.Conversations.GetValueOrDefault(conversation)
        ?? (Successions.IsEmpty ? null : Successions.All(recipient)
            .Select(other => _correspondents.GetValueOrDefault(other)?.Conversations.GetValueOrDefault(conversation)).FirstOrDefault(static found => found is not null));

    /// <summary>The conversation that takes what is written to a recipient now; null: it is still to be opened.</summary>
    public OutboundConversation? FindToWrite(NodeAddress recipient, ConversationId conversation)
    {
        var found = Find(recipient, conversation);
        return found?.ApartFrom ?? found;
    }

    public OutboundConversation Open(NodeAddress recipient, ConversationId id, string name, ConversationSecret secret, ulong nextSequence)
    {
        var correspondent = FindOrAdd(recipient);
        var conversation = new OutboundConversation(correspondent, id, name, secret, nextSequence, _numbers++);
        correspondent.Conversations.Add(id, conversation);
        ConversationCount++;
        return conversation;
    }

    /// <summary>A conversation's messages, all of which are in the store alone, are another's from now on, and it is no more.</summary>
    public void Join(OutboundConversation from, OutboundConversation into)
    {
        from.Correspondent.Unsettled -= from.Waiting.Count;
        into.Correspondent.Unsettled += from.Waiting.Count;
        from.Correspondent.Conversations.Remove(from.Id);
        ConversationCount--;
    }

    public void OnAdded(OutboundMessage message)
    {
        Unsettled++;
        UnsettledBytes += message.ContentLength;
        message.Conversation.Correspondent.Unsettled++;
        Hold(message.Conversation, 1);
    }

    /// <summary>A message is in the store alone from now on.</summary>
    public void OnLeft(OutboundConversation conversation)
    {
        Waiting++;
        Hold(conversation, -1);
    }

    /// <summary>A message isn't in the store alone any longer.</summary>
    public void OnLoaded(OutboundConversation conversation)
    {
        Waiting--;
        Hold(conversation, 1);
    }

    /// <summary>The recipient has acknowledged something: the conversation gets on.</summary>
    public void OnProgress(OutboundConversation conversation, long nowMicros)
    {
        conversation.ProgressMicros = nowMicros;
        if (conversation.Stalled)
        {
            conversation.Stalled = false;
            _stalledConversations--;
            _stalled -= conversation.Held;
            _moving += conversation.Held;
        }
    }

    /// <summary>Nothing is acknowledged in the conversation: what it holds takes no room from others.</summary>
    public void OnStalled(OutboundConversation conversation)
    {
        if (!conversation.Stalled)
        {
            conversation.Stalled = true;
            _stalledConversations++;
            _moving -= conversation.Held;
            _stalled += conversation.Held;
        }
    }

    /// <summary>What the store alone has at a start.</summary>
    public void OnRestored(Correspondent correspondent, int count, long bytes)
    {
        Unsettled += count;
        UnsettledBytes += bytes;
        Waiting += count;
        correspondent.Unsettled += count;
    }

    /// <summary>The store doesn't have what it said to have.</summary>
    public void OnMissing(Correspondent correspondent, int count, long bytes) => OnRestored(correspondent, -count, -bytes);

    public void OnReplaced(OutboundMessage message) => UnsettledBytes -= message.ContentLength;

    public void OnSettled(OutboundMessage message)
    {
        Unsettled--;
        UnsettledBytes -= message.ContentLength;
        message.Conversation.Correspondent.Unsettled--;
        Hold(message.Conversation, -1);
    }

    private void Hold(OutboundConversation conversation, int count)
    {
        conversation.Held += count;
        if (conversation.Stalled)
        {
            _stalled += count;
        }
        else
        {
            _moving += count;
        }
    }
}
