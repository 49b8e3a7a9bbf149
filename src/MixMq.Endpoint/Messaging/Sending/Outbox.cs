using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Messaging.Receiving;
using MixMq.Endpoint.Messaging.Views;
using MixMq.Overlay;
using MixMq.Overlay.Map;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>The sending half: what was accepted stays until the recipient's acknowledgement says what took its place.</summary>
internal sealed class Outbox
{
    private readonly MessagingContext _context;
    private readonly OutboundDirectory _directory;
    private readonly ContentCache _contents;
    private readonly Submissions _submissions;
    private readonly Expiries _expiries;
    private readonly WaitingMessages _waiting;
    private readonly Transmitter _transmitter;
    private readonly MarkExchange _marks;
    private readonly OutboxMoves _moves;
    private readonly HoldBacks _holdBacks;
    private readonly Reconciliation _reconciliation;
    private readonly OutboxAnswers _answers;
    private readonly ContentLimits _limits;
    private readonly OutboxJoins _joins;
    private readonly StalledConversations _stalled;
    private readonly Reminders _reminders;

    public Outbox(
        MessagingContext context, OutboundDirectory directory, PacketSender packets, Acknowledger acknowledger, ViewExchange views, EndpointState state)
    {
        _context = context;
        _directory = directory;
        _contents = new(context);
        _submissions = new(context, _directory, _contents);
        _expiries = new(context);
        _waiting = new(context, _directory, _contents, _expiries);
        _marks = new(context, packets);
        _reminders = new(context, packets);
        _moves = new(context, _submissions);
        _holdBacks = new(context);
        _transmitter = new(context, _contents, packets, acknowledger, views, _marks, _holdBacks, _waiting);
        _reconciliation = new(context, directory, _contents, _transmitter, _holdBacks, _marks, _moves, _waiting);
        _stalled = new(_directory, _waiting, _transmitter);
        _joins = new(context, directory, packets, _waiting, _holdBacks, _transmitter);
        _reconciliation.Joins = _joins;
        _answers = new(context, directory, _contents, views, _transmitter, _holdBacks, _reconciliation);
        _limits = new(context, directory, _expiries, _holdBacks, _transmitter, _reconciliation);
        Restore(state);
    }

    public OutboundDirectory Directory => _directory;

    public Submissions Submissions => _submissions;

    public long HeldContentBytes => _contents.HeldBytes;

    public int UnreachableCount => _transmitter.UnreachableCount;

    public int RecallsUnderWay => _reconciliation.RecallsUnderWay;

    /// <summary>What recipients say of what arrived.</summary>
    public OutboxAnswers Answers => _answers;

    /// <summary>What recipients say of how long a content may be.</summary>
    public ContentLimits Limits => _limits;

    /// <summary>What follows from a restore, at either end.</summary>
    public Reconciliation Reconciliation => _reconciliation;

    /// <summary>What makes one conversation of two.</summary>
    public OutboxJoins Joins => _joins;

    /// <summary>Conversations whose messages their recipients refuse for now.</summary>
    public int HeldBackCount => _holdBacks.Count;

    public int ExpiringCount { get; private set; }

    /// <summary>Messages that stand in the queue of those that expire.</summary>
    public int WatchedCount => _expiries.Count;

    /// <summary>When the next message expires, Unix milliseconds.</summary>
    public long NextExpiry => Math.Min(_expiries.NextExpiry, _waiting.NextExpiry);

    public long NextDeadline(Moment now) => Math.Min(_transmitter.NextDeadline(now), Math.Min(Math.Min(_stalled.NextDeadline, _reminders.NextDeadline), Math.Min(_reconciliation.NextDeadline, _joins.NextDeadline)));

    /// <summary>The first call.</summary>
    public void Start(Moment now)
    {
        var conversations = _directory.Correspondents.SelectMany(static correspondent => correspondent.Conversations.Values);
        _marks.Start(conversations, now);
        foreach (var conversation in conversations)
        {
            _reminders.OnSettled(conversation, now);
        }
    }

    public void Stop() => _submissions.Stopping = true;

    public void HandleSubmit<TSink>(SubmitRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => _submissions.Handle(request, now, ref sink);

    public void HandleSigned<TSink>(RequestId id, ReadOnlySpan<byte> signature, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_submissions.HandleSigned(id, signature, now) || _expiries.HandleSigned(id, signature) || _moves.HandleSigned(id, signature, now) || _joins.HandleSigned(id, signature))
        {
            return;
        }

        if ((_context.Resignatures.HandleSigned(id, signature) ?? _marks.HandleSigned(id, signature, ref sink)) is { } conversation)
        {
            _transmitter.MarkReady(conversation);
        }
    }

    /// <summary>Takes the answer to a read; false: not one of this half's.</summary>
    public bool HandleContent<TSink>(ContentRequestId id, ReadOnlyMemory<byte>? content, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_contents.TakeAnswer(id, content, now) is not { } message)
        {
            return false;
        }

        if (message.Content.Missing)
        {
            if (message.Recalled)
            {
                _reconciliation.Finish(message, ref sink);
                _holdBacks.OnReplaced(message, now);
            }
            else
            {
                _expiries.ExpireNow(message);
            }
        }

        _transmitter.MarkReady(message.Conversation);
        _transmitter.OnContentRoom();
        return true;
    }

    /// <summary>Takes the answer to a read of messages that wait.</summary>
    public void HandleWaiting<TSink>(ContentRequestId id, ReadOnlySpan<OutboxEntry> entries, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_waiting.Handle(id, entries, now, ref sink) is { } conversation)
        {
            _transmitter.MarkReady(conversation);
        }
    }

    /// <summary>Takes the answer to a read of settled messages.</summary>
    public void HandleKept<TSink>(ContentRequestId id, ReadOnlySpan<KeptMessage> kept, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_reminders.HandleKept(id, !kept.IsEmpty, now, out var reminded))
        {
            _reconciliation.HandleKept(id, kept, now, ref sink);
        }
        else if (reminded is not null)
        {
            _transmitter.MarkReady(reminded);
        }
    }

    /// <summary>Which correspondents have other keys than before.</summary>
    public void HandleSuccessions<TSink>(Successions successions, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _directory.Successions = successions;
        _joins.OnSuccessions(ref sink);
        HandleTopology(now);
    }

    public void HandleTopology(Moment now) => _transmitter.OnTopology(_directory.Correspondents, now);

    /// <summary>Whether the recipient refuses the message for now; false where it isn't pending, or its turn is far off.</summary>
    public bool IsRefused(MessageId id, NodeAddress recipient, ulong sequence) =>
        Unsettled(id, recipient, sequence) is { Tombstone: false, IsBeingGathered: false, Conversation.HoldBack: not null };

    /// <summary>An application wants a message not to be sent any more; answered when its tombstone is durable, or when it is too late.</summary>
    public void HandleCancel<TSink>(long token, MessageId id, NodeAddress recipient, ulong sequence, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (Unsettled(id, recipient, sequence) is { Tombstone: false } message)
        {
            (message.Cancels ??= []).Add(token);
            _expiries.ExpireNow(message);
        }
        else if (!_waiting.TryCancel(token, id, recipient, ref sink))
        {
            sink.CancelCompleted(token, CancelOutcome.Settled);
        }
    }

    public void OnAppended(OutboundMessage message)
    {
        message.Committed = true;
        _context.Counters.Accepted++;
        if (!_waiting.TryLeave(message))
        {
            _expiries.Watch(message);
        }

        _transmitter.MarkReady(message.Conversation);
    }

    public void OnAppended<TSink>(OutboundMessage message, long token, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        OnAppended(message);
        sink.SubmitCompleted(
            token,
            new SubmitOutcome(SubmitRefusal.None, message.Id, message.Sequence, message.CreatedUnixMillis, message.ExpiresUnixMillis));
    }

    public void OnTombstoneStored<TSink>(OutboundMessage message, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (message.Settled)
        {
            return;
        }

        AnswerCancels(message, CancelOutcome.Cancelled, ref sink);

        ExpiringCount++;
        message.Conversation.Correspondent.Window.Forget(message.CountInFlight());
        _contents.Release(message);
        _transmitter.OnContentRoom();
        _directory.OnReplaced(message);
        message.BecomeTombstone();
        _holdBacks.OnReplaced(message, now);

        // It doesn't wait behind what is held back.
        var passes = message.Conversation.HoldBack is not null && message.Sequence < Transmitter.WindowEnd(message.Conversation);
        if (passes || message.Sequence < message.Conversation.Cursor)
        {
            message.Begin(_context.PieceBytes);
            message.Lost.Add(0);
            _transmitter.MarkLost(message);
        }

        _waiting.OnTombstone(message);
        _transmitter.MarkReady(message.Conversation);
    }

    public void OnSettled<TSink>(OutboundMessage message, OutboxStatus status, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        AnswerCancels(message, CancelOutcome.Settled, ref sink);
        if (status == OutboxStatus.Acknowledged)
        {
            _context.Counters.Acknowledged++;
        }
        else
        {
            _context.Counters.Expired++;
        }

        _directory.OnSettled(message);
        _expiries.OnSettled(message);
        _reminders.OnSettled(message.Conversation, now);
        WaitingMessages.OnSettled(message);
        ExpiringCount -= message.Tombstone ? 1 : 0;
        message.Conversation.OutcomesNotStored--;
        message.Conversation.Remove(message.Sequence);
        _reconciliation.OnSettled(message.Conversation, ref sink);
        _transmitter.MarkReady(message.Conversation);
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _context.Resignatures.Advance(_context, ref sink);
        _reconciliation.Advance(now, ref sink);
        _joins.Advance(now, ref sink);
        _reminders.Advance(now, ref sink);
        _stalled.Advance(now);
        _waiting.Advance(now, ref sink);
        _expiries.Advance(now, ref sink);
        _transmitter.Advance(now, ref sink);
    }

    private static void AnswerCancels<TSink>(OutboundMessage message, CancelOutcome outcome, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        foreach (var token in message.Cancels ?? [])
        {
            sink.CancelCompleted(token, outcome);
        }

        message.Cancels = null;
    }

    private OutboundMessage? Unsettled(MessageId id, NodeAddress recipient, ulong sequence)
    {
        foreach (var conversation in _directory.FindAll(recipient).SelectMany(static correspondent => correspondent.Conversations.Values))
        {
            // While messages are moved, the store knows their old places.
            var message = conversation.Exchange.Moving
                ? conversation.From(0).FirstOrDefault(moved => moved.Id == id)
                : conversation.TryGet(sequence, out var found) && found.Id == id ? found : null;
            if (message is { Settled: false, Recalled: false })
            {
                return message;
            }
        }

        return null;
    }

    private void Restore(EndpointState state)
    {
        foreach (var stored in state.OutboundConversations)
        {
            var conversation = _directory.Open(stored.Recipient, stored.Conversation, stored.Name, stored.Secret, stored.NextSequence);
            conversation.Stored = true;
            conversation.Exchange.Agreed = false;
            conversation.Exchange.Tentative = stored.Tentative;
            conversation.Exchange.FirstGap = stored.FirstGap;
        }

        foreach (var entry in state.Outbox)
        {
            var conversation = _directory.Find(entry.Recipient, entry.Conversation)
                ?? throw new InvalidDataException("The store holds an outbox row without its conversation.");
            var message = OutboundMessage.Of(entry, conversation);
            if (entry.Tombstone)
            {
                ExpiringCount++;
            }
            else if (entry.Damaged)
            {
                _expiries.ExpireNow(message);
            }
            else
            {
                _expiries.Watch(message);
            }

            conversation.Restore(message);
            _context.Resignatures.Add(message);
            _directory.OnAdded(message);
            _transmitter.MarkReady(conversation);
        }

        foreach (var waiting in state.Waiting)
        {
            var conversation = _directory.Find(waiting.Recipient, waiting.Conversation)
                ?? throw new InvalidDataException("The store holds outbox rows without their conversation.");
            _waiting.Restore(waiting, conversation);
            ExpiringCount += waiting.Tombstones;
            _transmitter.MarkReady(conversation);
        }
    }
}
