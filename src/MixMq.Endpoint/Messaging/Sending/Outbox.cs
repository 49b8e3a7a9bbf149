using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Messaging.Receiving;
using MixMq.Endpoint.Messaging.Views;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
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
    private readonly Transmitter _transmitter;
    private readonly ViewExchange _views;
    private readonly MarkExchange _marks;
    private readonly OutboxMoves _moves;
    private readonly Recalls _recalls;
    private readonly HoldBacks _holdBacks;

    public Outbox(
        MessagingContext context, OutboundDirectory directory, PacketSender packets, Acknowledger acknowledger, ViewExchange views, EndpointState state)
    {
        _context = context;
        _directory = directory;
        _views = views;
        _contents = new(context);
        _submissions = new(context, _directory, _contents);
        _expiries = new(context);
        _marks = new(context, packets);
        _moves = new(context, _submissions);
        _recalls = new(context, directory);
        _holdBacks = new(context);
        _transmitter = new(context, _contents, packets, acknowledger, views, _marks, _holdBacks);
        Restore(state);
    }

    public OutboundDirectory Directory => _directory;

    public Submissions Submissions => _submissions;

    public long HeldContentBytes => _contents.HeldBytes;

    public int UnreachableCount => _transmitter.UnreachableCount;

    public int RecallsUnderWay => _recalls.UnderWay;

    /// <summary>Conversations whose messages their recipients refuse for now.</summary>
    public int HeldBackCount => _holdBacks.Count;

    public int ExpiringCount { get; private set; }

    /// <summary>When the next message expires, Unix milliseconds.</summary>
    public long NextExpiry => _expiries.NextExpiry;

    public long NextDeadline(Moment now) => _transmitter.NextDeadline(now);

    /// <summary>The first call.</summary>
    public void Start(Moment now) => _marks.Start(_directory.Correspondents.SelectMany(correspondent => correspondent.Conversations.Values), now);

    public void Stop() => _submissions.Stopping = true;

    public void HandleSubmit<TSink>(SubmitRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => _submissions.Handle(request, now, ref sink);

    public void HandleSigned<TSink>(RequestId id, ReadOnlySpan<byte> signature, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_submissions.HandleSigned(id, signature, now) || _expiries.HandleSigned(id, signature) || _moves.HandleSigned(id, signature, now))
        {
            return;
        }

        if (_marks.HandleSigned(id, signature, ref sink) is { } conversation)
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
                Finish(message, ref sink);
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

    public void HandleTopology(Moment now) => _transmitter.OnTopology(_directory.Correspondents, now);

    /// <summary>Takes the body of an acknowledgement frame.</summary>
    public void HandleAcknowledgement<TSink>(scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!Acknowledgement.TryRead(body, out var acknowledgement))
        {
            _context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (_directory.Find(acknowledgement.Acknowledger, acknowledgement.Conversation) is not { } conversation)
        {
            _context.Counters.Drop(InboundDrop.UnknownConversation);
        }
        else if (!Acknowledgement.HasTag(body, conversation.Exchange.AckKey))
        {
            _context.Counters.Drop(InboundDrop.ForgedAcknowledgement);
        }
        else
        {
            _context.Counters.AcknowledgementsReceived++;
            var correspondent = conversation.Correspondent;
            _views.OnHeard(new(_context.Options.Own, IsSenders: true, conversation.Id), correspondent.Address, correspondent.Talk, conversation.Secret, now);
            conversation.Exchange.Heard(acknowledgement.Cumulative);
            Apply(acknowledgement, conversation, now, ref sink);
        }
    }

    /// <summary>Takes the body of a recipient mark.</summary>
    public void HandleMark<TSink>(scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!RecipientMark.TryRead(body, out var mark))
        {
            _context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (_directory.Find(mark.Recipient, mark.Conversation) is not { } conversation)
        {
            _context.Counters.Drop(InboundDrop.UnknownConversation);
        }
        else if (!RecipientMark.HasTag(body, conversation.Secret))
        {
            _context.Counters.Drop(InboundDrop.ForgedMark);
        }
        else
        {
            if (_marks.Handle(mark, conversation))
            {
                OnAnswered(mark, conversation, now, ref sink);
            }

            if (mark.SenderIncarnation == conversation.Exchange.Own && mark.Own == conversation.Exchange.Peer)
            {
                RecallWhatIsLost(conversation, ref sink);
            }

            _transmitter.MarkReady(conversation);
        }
    }

    /// <summary>Takes the answer to a read of settled messages.</summary>
    public void HandleKept<TSink>(ContentRequestId id, ReadOnlySpan<KeptMessage> kept, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_recalls.HandleKept(id, kept, now, ref sink) is { } conversation)
        {
            // Where nothing is left to send, no fragment says that.
            conversation.Exchange.MarkDue |= conversation.Recall.IsOver && !conversation.HasUnsettled;
            _transmitter.MarkReady(conversation);
        }
    }

    /// <summary>Messages have their new places durably.</summary>
    public void OnMoved<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        // The recipient needn't wait for what this node has lost any longer.
        conversation.Exchange.MarkDue = true;
        OnAgreed(conversation, ref sink);
    }

    /// <summary>That nothing is tentative any more is durable.</summary>
    public void OnAgreed<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        conversation.Exchange.Moving = false;
        conversation.Exchange.Agreed = true;
        RecallWhatIsLost(conversation, ref sink);
        _transmitter.MarkReady(conversation);
    }

    /// <summary>Takes the body of a refusal frame.</summary>
    public void HandleRefusal(ReadOnlySpan<byte> body, Moment now)
    {
        if (!Refusal.TryRead(body, out var refusal))
        {
            _context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (_directory.Find(refusal.Refuser, refusal.Conversation) is not { } conversation)
        {
            _context.Counters.Drop(InboundDrop.UnknownConversation);
        }
        else if (!Refusal.HasTag(body, conversation.Secret))
        {
            _context.Counters.Drop(InboundDrop.ForgedRefusal);
        }
        else
        {
            _context.Counters.RefusalsReceived++;
            _holdBacks.OnRefused(conversation, refusal, now);
        }
    }

    /// <summary>Whether the recipient refuses the message for now; false where it isn't pending.</summary>
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
            return;
        }

        sink.CancelCompleted(token, CancelOutcome.Settled);
    }

    public void OnAppended(OutboundMessage message)
    {
        message.Committed = true;
        _context.Counters.Accepted++;
        _expiries.Watch(message);
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

        _transmitter.MarkReady(message.Conversation);
    }

    public void OnSettled<TSink>(OutboundMessage message, OutboxStatus status, ref TSink sink)
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
        ExpiringCount -= message.Tombstone ? 1 : 0;
        message.Conversation.Remove(message.Sequence);
        _transmitter.MarkReady(message.Conversation);
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _expiries.Advance(now, ref sink);
        _transmitter.Advance(now, ref sink);
    }

    // The recipient knows this start: what was given before it was asked stays where it is, or goes behind what it has of this node.
    private void OnAnswered<TSink>(in RecipientMark mark, OutboundConversation conversation, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var exchange = conversation.Exchange;
        var unsure = exchange.FirstUnsure(conversation.NextSequence);
        if (mark.Foreign >= conversation.Base)
        {
            // Of this node's messages under this secret the recipient has none up to there, whatever it once acknowledged.
            if (OutboxMoves.MayBegin(conversation, conversation.Base))
            {
                conversation.Recall.Cancel();
                foreach (var recalled in conversation.From(conversation.Base).Where(message => message.Recalled))
                {
                    Finish(recalled, ref sink);
                }

                _holdBacks.OnMoved(conversation);
                _moves.Begin(
                    conversation, conversation.Base, Math.Max(mark.Highest + 1, conversation.NextSequence), MessagingConstants.FirstSequence, now, ref sink);
            }

            return;
        }

        if (mark.Highest >= unsure)
        {
            if (OutboxMoves.MayBegin(conversation, unsure))
            {
                _holdBacks.OnMoved(conversation);
                _moves.Begin(conversation, unsure, mark.Highest + 1, unsure, now, ref sink);
            }

            return;
        }

        if (mark.Foreign > 0)
        {
            _context.Store.Add(new StoreOperation.RecordGap(
                new(GapKind.Sent, conversation.Correspondent.Address, conversation.Id, conversation.Name, MessagingConstants.FirstSequence, mark.Foreign, now.UnixMillis)));
        }

        if (exchange.Tentative == 0)
        {
            exchange.Agreed = true;
            return;
        }

        // Else a crash would leave what has arrived tentative, and it would be taken for another's.
        exchange.Tentative = 0;
        exchange.Moving = true;
        _context.Store.Add(new StoreOperation.SetTentative(conversation.Correspondent.Address, conversation.Id, 0));
        _context.Store.Then(CommitEffectKind.OutboxAgreed, conversation);
    }

    private void RecallWhatIsLost<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var exchange = conversation.Exchange;
        if (!exchange.Moving && exchange.PeerWatermark + 1 < conversation.Base)
        {
            _recalls.Begin(conversation, exchange.PeerWatermark, ref sink);
            _holdBacks.OnMoved(conversation);
            exchange.MarkDue = true;
        }
    }

    // A message that was settled before is again, or can't be sent again after all.
    private void Finish<TSink>(OutboundMessage message, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        message.Conversation.Correspondent.Window.Forget(message.CountInFlight());
        message.Settled = true;
        _contents.Release(message);
        message.Forget();
        _directory.OnSettled(message);
        message.Conversation.Remove(message.Sequence);
        _recalls.Continue(message.Conversation, ref sink);
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
        foreach (var conversation in _directory.Find(recipient)?.Conversations.Values ?? Enumerable.Empty<OutboundConversation>())
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

    private void Apply<TSink>(scoped Acknowledgement acknowledgement, OutboundConversation conversation, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var news = false;
        var arrived = 0;
        var end = Math.Min(conversation.NextSequence, conversation.Base + MessagingConstants.SequenceWindow);
        for (var sequence = conversation.Base; sequence < end; sequence++)
        {
            var settled = sequence <= acknowledgement.Cumulative
                || Bitmap.Get(acknowledgement.Settled, (long)(sequence - acknowledgement.Cumulative - 1));
            if (settled && conversation.TryGet(sequence, out var message) && message.Committed && !message.Settled)
            {
                arrived += Settle(message, acknowledgement, now, ref sink);
                news = true;
            }
        }

        var partials = new WireReader(acknowledgement.Partials);
        for (var i = 0; i < acknowledgement.PartialCount; i++)
        {
            var sequence = partials.UInt64();
            var leading = partials.UInt32();
            var stored = partials.Take(partials.UInt16());
            if (sequence < end && conversation.TryGet(sequence, out var message) && message.Sendable && !message.Tombstone)
            {
                arrived += ApplyPartial(message, leading, stored, now, ref news);
            }
        }

        if (news)
        {
            conversation.Correspondent.Window.OnProgress(arrived, now.Micros);
            _transmitter.MarkReady(conversation);
        }
    }

    // Returns how many fragments in flight this tells of.
    private int Settle<TSink>(OutboundMessage message, scoped Acknowledgement acknowledgement, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var arrived = 0;
        for (var i = 0; message.Started && i < message.FragmentCount; i++)
        {
            arrived += Arrive(message, i, now);
        }

        // Below the acknowledgement's base the recipient no longer tells tombstones apart; an honest one never is there.
        var tombstone = message.Sequence >= acknowledgement.Base ? acknowledgement.IsTombstone(message.Sequence) : message.Tombstone;
        if (tombstone)
        {
            _holdBacks.OnReplaced(message, now);
        }
        else
        {
            _holdBacks.OnTaken(message);
        }

        if (message.Recalled)
        {
            Finish(message, ref sink);
            _transmitter.OnContentRoom();
            return arrived;
        }

        var status = tombstone ? OutboxStatus.Expired : OutboxStatus.Acknowledged;
        _context.Store.Add(new StoreOperation.SettleOutbox(message.Id, status, now.UnixMillis));
        _context.Store.Then(CommitEffectKind.OutboxSettled, message, (long)status);
        message.Settled = true;
        _contents.Release(message);
        _transmitter.OnContentRoom();
        message.Forget();
        return arrived;
    }

    private int ApplyPartial(OutboundMessage message, uint leading, ReadOnlySpan<byte> stored, Moment now, ref bool news)
    {
        message.Begin(_context.PieceBytes);
        var arrived = 0;
        var told = false;
        if (message.IsLostAt(leading))
        {
            _transmitter.Restart(message);
        }

        // Below what is known there is no news; above the last bit neither.
        var end = (int)Math.Min(message.FragmentCount, (long)leading + (8 * stored.Length));
        for (var i = message.Leading; i < end; i++)
        {
            if (i < leading || Bitmap.Get(stored, i - leading))
            {
                arrived += Arrive(message, i, now);
                told |= message.OnAcknowledged(i);
            }
        }

        news |= told;
        if (told)
        {
            _holdBacks.OnTaken(message);
        }

        if (told && message.AllAcknowledged)
        {
            _transmitter.WatchForStall(message, now);
        }
        else if (told && message.Lost.Count > 0)
        {
            _transmitter.MarkLost(message);
        }

        return arrived;
    }

    // A fragment sent once is a measurement, also if its timer was too early; one sent again might be either (Karn).
    private static int Arrive(OutboundMessage message, int index, Moment now)
    {
        ref var fragment = ref message[index];
        if (fragment is { Attempts: 1, Acknowledged: false })
        {
            message.Conversation.Correspondent.RoundTrip.Sample((now.Micros - fragment.SentMicros) / (double)Moment.MicrosPerMilli);
        }

        if (!fragment.InFlight)
        {
            return 0;
        }

        fragment.InFlight = false;
        return 1;
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
            var message = new OutboundMessage(
                conversation, entry.Sequence, entry.Id, entry.Label, entry.ContentLength, entry.CreatedUnixMillis, entry.ExpiresUnixMillis)
            {
                Envelope = entry.Envelope.ToArray(),
                Committed = true,
                Stored = true,
                InParts = entry.InParts,
            };
            if (entry.Tombstone)
            {
                message.RestoreTombstone();
                ExpiringCount++;
            }
            else if (entry.Damaged)
            {
                message.Content.Missing = true;
                _expiries.ExpireNow(message);
            }
            else
            {
                _expiries.Watch(message);
            }

            conversation.Restore(message);
            _directory.OnAdded(message);
            _transmitter.MarkReady(conversation);
        }
    }
}
