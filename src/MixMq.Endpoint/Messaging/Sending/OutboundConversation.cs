namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>A conversation in which this node sends.</summary>
internal sealed class OutboundConversation(Correspondent correspondent, ConversationId id, string name, ConversationSecret secret, ulong nextSequence)
{
    private readonly Dictionary<ulong, OutboundMessage> _unsettled = [];

    public Correspondent Correspondent { get; } = correspondent;

    public ConversationId Id { get; } = id;

    public string Name { get; } = name;

    public ConversationSecret Secret { get; } = secret;

    /// <summary>The store knows the conversation, or will with a batch already begun.</summary>
    public bool Stored { get; set; }

    public ulong NextSequence { get; private set; } = nextSequence;

    /// <summary>The lowest sequence that isn't durably settled. Travels in every fragment: below it the recipient may forget.</summary>
    public ulong Base { get; private set; } = nextSequence;

    /// <summary>The lowest sequence that may have fragments never sent.</summary>
    public ulong Cursor { get; set; } = nextSequence;

    /// <summary>Messages with lost fragments.</summary>
    public Queue<OutboundMessage> Retransmit { get; } = new();

    /// <summary>The recipient refuses its messages for now; null: it doesn't.</summary>
    public HoldBack? HoldBack { get; set; }

    /// <summary>It stands in its recipient's queue.</summary>
    public bool InReady { get; set; }

    public bool TryGet(ulong sequence, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OutboundMessage? message) =>
        _unsettled.TryGetValue(sequence, out message);

    /// <summary>Gives out the next sequence.</summary>
    public ulong TakeSequence() => NextSequence++;

    public void Add(OutboundMessage message) => _unsettled.Add(message.Sequence, message);

    /// <summary>Takes over a message from the store, in ascending order.</summary>
    public void Restore(OutboundMessage message)
    {
        if (_unsettled.Count == 0)
        {
            Base = message.Sequence;
            Cursor = message.Sequence;
        }

        _unsettled.Add(message.Sequence, message);
    }

    /// <summary>The store knows what became of the message.</summary>
    public void Remove(ulong sequence)
    {
        _unsettled.Remove(sequence);
        while (Base < NextSequence && !_unsettled.ContainsKey(Base))
        {
            Base++;
        }

        Cursor = Math.Max(Cursor, Base);
    }
}
