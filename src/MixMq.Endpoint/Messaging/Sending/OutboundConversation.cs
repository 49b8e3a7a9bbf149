using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>A conversation in which this node sends.</summary>
internal sealed class OutboundConversation
{
    private readonly Dictionary<ulong, OutboundMessage> _unsettled = [];

    /// <summary>A conversation that begins now, or one from the store.</summary>
    public OutboundConversation(Correspondent correspondent, ConversationId id, string name, ConversationSecret secret, ulong nextSequence, long number = 0)
    {
        Number = number;
        Correspondent = correspondent;
        Id = id;
        Name = name;
        Secret = secret;
        NextSequence = Base = Cursor = nextSequence;
        Exchange = new(secret);
    }

    public Correspondent Correspondent { get; }

    public ConversationId Id { get; }

    /// <summary>No other conversation of this process has it.</summary>
    public long Number { get; }

    /// <summary>What of it is in the store alone.</summary>
    public WaitingPart Waiting { get; } = new();

    public string Name { get; }

    public ConversationSecret Secret { get; }

    /// <summary>Where the exchange of marks with the recipient stands.</summary>
    public OutboundExchange Exchange { get; }

    /// <summary>What is sent again to a recipient that has lost it.</summary>
    public Recall Recall { get; } = new();

    /// <summary>The store knows the conversation, or will with a batch already begun.</summary>
    public bool Stored { get; set; }

    public ulong NextSequence { get; private set; }

    /// <summary>The lowest sequence that isn't durably settled. Travels in every fragment: below it the recipient may forget.</summary>
    public ulong Base { get; private set; }

    /// <summary>The lowest sequence that may have fragments never sent.</summary>
    public ulong Cursor { get; set; }

    /// <summary>Messages with lost fragments.</summary>
    public Queue<OutboundMessage> Retransmit { get; } = new();

    /// <summary>The recipient refuses its messages for now; null: it doesn't.</summary>
    public HoldBack? HoldBack { get; set; }

    /// <summary>Unsettled messages in memory.</summary>
    public int Held { get; set; }

    /// <summary>Nothing was acknowledged in it for a while, when memory was scarce.</summary>
    public bool Stalled { get; set; }

    /// <summary>When something was acknowledged in it last, microseconds.</summary>
    public long ProgressMicros { get; set; } = long.MinValue / 2;

    /// <summary>It stands in its recipient's queue.</summary>
    public bool InReady { get; set; }

    /// <summary>There is another one of its name with the same recipient: nothing of it leaves until it is known which of the two the recipient has, or ever again (spec/07 §19).</summary>
    public bool IsHeld { get; set; }

    /// <summary>The other one, with which it can't become one: what is accepted for this one from now on goes there (spec/07 §19); null: this one takes it.</summary>
    public OutboundConversation? ApartFrom { get; set; }

    /// <summary>It is just becoming one with such another: nothing new is taken for it.</summary>
    public bool Joining { get; set; }

    /// <summary>Whether the recipient is known to have had anything of it.</summary>
    public bool HasHistory => Base > MessagingConstants.FirstSequence || OutcomesNotStored > 0 || HasSettledAbove(0) || _unsettled.Values.Any(static message => message.Recalled);

    public bool HasUnsettled => _unsettled.Count > 0 || !Waiting.IsEmpty;

    public bool TryGet(ulong sequence, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out OutboundMessage? message) =>
        _unsettled.TryGetValue(sequence, out message);

    /// <summary>Messages that are to be signed by the node's new key before any is sent.</summary>
    public int Unsigned { get; set; }

    /// <summary>The lowest sequence of which it isn't known that it was given for good. What is accepted and isn't stored yet isn't tentative yet either.</summary>
    public ulong FirstUnsure => Exchange.Tentative != 0
        ? Exchange.Tentative
        : _unsettled.Values.Where(static message => !message.Stored).Select(static message => message.Sequence).DefaultIfEmpty(NextSequence).Min();

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

    /// <summary>Of what the store has nothing below this place is unsettled that wasn't taken over.</summary>
    public void RestoreWaiting(ulong first)
    {
        if (_unsettled.Count == 0)
        {
            Base = first;
            Cursor = first;
        }
    }

    /// <summary>The message is in the store alone from now on, and doesn't count as settled.</summary>
    public void Leave(OutboundMessage message) => _unsettled.Remove(message.Sequence);

    /// <summary>Another conversation's messages, which are in the store alone, have the next places.</summary>
    public void Extend(ulong places) => NextSequence += places;

    /// <summary>Messages have left that may have been sent before: nothing of them is sent again, or for the first time, until they are loaded.</summary>
    public void OnLeft()
    {
        Cursor = Math.Min(Cursor, Waiting.From);
        HoldBack?.PassedTo = Math.Min(HoldBack.PassedTo, Waiting.From);
        for (var turns = Retransmit.Count; turns > 0; turns--)
        {
            var message = Retransmit.Dequeue();
            if (_unsettled.GetValueOrDefault(message.Sequence) == message)
            {
                Retransmit.Enqueue(message);
            }
        }
    }

    /// <summary>Messages that waited are there: what lies between them is settled.</summary>
    public void OnLoaded() => MoveBase();

    /// <summary>The store knows what became of the message.</summary>
    public void Remove(ulong sequence)
    {
        _unsettled.Remove(sequence);
        MoveBase();
    }

    /// <summary>Messages of which it is known what became of them, and not durable yet.</summary>
    public int OutcomesNotStored { get; set; }

    /// <summary>Whether a place above, which isn't below the base, is settled: it has no message here.</summary>
    public bool HasSettledAbove(ulong sequence)
    {
        for (var place = Math.Max(Base, sequence + 1); place < Math.Min(EndOfSent, Waiting.From); place++)
        {
            if (!_unsettled.ContainsKey(place))
            {
                return true;
            }
        }

        // Of what waits it isn't known where it stands, but how much it is.
        return Waiting.From < EndOfSent && (ulong)(Waiting.Count + _unsettled.Keys.Count(place => place >= Waiting.From)) < NextSequence - Waiting.From;
    }

    /// <summary>The recipient may have lost what it had from a sequence on: nothing from there counts as settled until it is read again.</summary>
    public void Lower(ulong sequence)
    {
        Recall.Begin(sequence, EndOfSent);
        Base = Math.Min(Base, sequence);
        Cursor = Base;
    }

    /// <summary>Messages that the recipient is to have again take their places.</summary>
    /// <param name="messages">Ascending.</param>
    /// <param name="next">The lowest place that wasn't read.</param>
    public void Reopen(IEnumerable<OutboundMessage> messages, ulong next)
    {
        foreach (var message in messages)
        {
            _unsettled.Add(message.Sequence, message);
        }

        Recall.Advance(next);
        Cursor = Base;
        MoveBase();
    }

    /// <summary>Unsettled messages from a sequence on, ascending.</summary>
    public OutboundMessage[] From(ulong sequence) => [.. _unsettled.Values.Where(message => message.Sequence >= sequence).OrderBy(message => message.Sequence)];

    /// <summary>Whether a message that the store has is in memory although its place is among those that wait.</summary>
    public bool IsFetched(OutboundMessage message) => message is { Committed: true, Recalled: false } && message.Sequence >= Waiting.From;

    /// <summary>All messages from a sequence on move up, one after the other from a greater one on, and the next sequence behind them.</summary>
    /// <returns>Those messages, ascending, and the places of those between them that wait; null: none of these moves.</returns>
    public (OutboundMessage[] Messages, MovedRange? Waiting) Move(ulong from, ulong target)
    {
        var moved = From(from);
        foreach (var message in moved)
        {
            _unsettled.Remove(message.Sequence);
        }

        // What is in memory above those that wait has come after all of them.
        if (Array.Exists(moved, IsFetched))
        {
            throw new InvalidOperationException("A message was fetched from those that are to move as one.");
        }

        var first = Waiting.IsEmpty ? NextSequence : Math.Max(Waiting.From, from);
        var end = moved.Where(message => message.Sequence >= first).Select(message => message.Sequence).DefaultIfEmpty(NextSequence).First();
        NextSequence = target;
        MovedRange? range = null;
        foreach (var message in moved)
        {
            MoveWaiting(message.Sequence >= first);
            Correspondent.Window.Forget(message.MoveTo(NextSequence++));
            _unsettled.Add(message.Sequence, message);
        }

        MoveWaiting(true);
        if (range is null && !Waiting.IsEmpty && Waiting.From >= from)
        {
            // The last page ended with the last message: what is in memory now has places above, and none of it came from those that wait.
            Waiting.Clear();
        }

        MoveBase();
        Cursor = Base;
        return (moved, range);

        void MoveWaiting(bool isTheirTurn)
        {
            if (isTheirTurn && range is null && end > first)
            {
                range = new(first, end, NextSequence);
                NextSequence = range.Value.TargetEnd;
                Waiting.OnMoved(range.Value);
            }
        }
    }

    /// <summary>Nothing from here on was ever sent, so that nothing can be settled.</summary>
    private ulong EndOfSent => Math.Min(NextSequence, Base + MessagingConstants.SequenceWindow);

    /// <summary>Places without a message are settled, but for those that are still to be read, or read again.</summary>
    private void MoveBase()
    {
        var end = Math.Min(Math.Min(NextSequence, Recall.Next), Waiting.From);
        if (_unsettled.Count == 0)
        {
            Base = Math.Max(Base, end);
        }

        for (var steps = 0; Base < end && !_unsettled.ContainsKey(Base); Base++)
        {
            if (++steps > MessagingConstants.SequenceWindow)
            {
                // Where messages were moved, more places lie between than are worth counting.
                Base = Math.Min(end, _unsettled.Keys.Min());
                break;
            }
        }

        Cursor = Math.Max(Cursor, Base);
    }
}
