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
        _holdBacks = new(context);
        _transmitter = new(context, _contents, packets, acknowledger, views, _holdBacks);
        Restore(state);
    }

    public OutboundDirectory Directory => _directory;

    public Submissions Submissions => _submissions;

    public long HeldContentBytes => _contents.HeldBytes;

    public int UnreachableCount => _transmitter.UnreachableCount;

    /// <summary>Conversations whose messages their recipients refuse for now.</summary>
    public int HeldBackCount => _holdBacks.Count;

    public int ExpiringCount { get; private set; }

    /// <summary>When the next message expires, Unix milliseconds.</summary>
    public long NextExpiry => _expiries.NextExpiry;

    public long NextDeadline(Moment now) => _transmitter.NextDeadline(now);

    public void Stop() => _submissions.Stopping = true;

    public void HandleSubmit<TSink>(SubmitRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => _submissions.Handle(request, now, ref sink);

    public bool HandleSigned(RequestId id, ReadOnlySpan<byte> signature, Moment now) =>
        _submissions.HandleSigned(id, signature, now) || _expiries.HandleSigned(id, signature);

    /// <summary>Takes the answer to a read; false: not one of this half's.</summary>
    public bool HandleContent(ContentRequestId id, ReadOnlyMemory<byte>? content, Moment now)
    {
        if (_contents.TakeAnswer(id, content, now) is not { } message)
        {
            return false;
        }

        if (message.Content.Missing)
        {
            _expiries.ExpireNow(message);
        }

        _transmitter.MarkReady(message.Conversation);
        _transmitter.OnContentRoom();
        return true;
    }

    public void HandleTopology(Moment now) => _transmitter.OnTopology(_directory.Correspondents, now);

    /// <summary>Takes the body of an acknowledgement frame.</summary>
    public void HandleAcknowledgement(ReadOnlySpan<byte> body, Moment now)
    {
        if (!Acknowledgement.TryRead(body, out var acknowledgement))
        {
            _context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (_directory.Find(acknowledgement.Acknowledger, acknowledgement.Conversation) is not { } conversation)
        {
            _context.Counters.Drop(InboundDrop.UnknownConversation);
        }
        else if (!Acknowledgement.HasTag(body, conversation.Secret))
        {
            _context.Counters.Drop(InboundDrop.ForgedAcknowledgement);
        }
        else
        {
            _context.Counters.AcknowledgementsReceived++;
            var correspondent = conversation.Correspondent;
            _views.OnHeard(new(_context.Options.Own, IsSenders: true, conversation.Id), correspondent.Address, correspondent.Talk, conversation.Secret, now);
            Apply(acknowledgement, conversation, now);
        }
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
            if (conversation.TryGet(sequence, out var message) && message.Id == id && !message.Settled)
            {
                return message;
            }
        }

        return null;
    }

    private void Apply(in Acknowledgement acknowledgement, OutboundConversation conversation, Moment now)
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
                arrived += Settle(message, acknowledgement, now);
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
    private int Settle(OutboundMessage message, in Acknowledgement acknowledgement, Moment now)
    {
        var arrived = 0;
        for (var i = 0; message.Started && i < message.FragmentCount; i++)
        {
            arrived += Arrive(message, i, now);
        }

        // Below the acknowledgement's base the recipient no longer tells tombstones apart; an honest one never is there.
        var tombstone = message.Sequence >= acknowledgement.Base ? acknowledgement.IsTombstone(message.Sequence) : message.Tombstone;
        var status = tombstone ? OutboxStatus.Expired : OutboxStatus.Acknowledged;
        _context.Store.Add(new StoreOperation.SettleOutbox(message.Id, status, now.UnixMillis));
        _context.Store.Then(CommitEffectKind.OutboxSettled, message, (long)status);
        message.Settled = true;
        if (tombstone)
        {
            _holdBacks.OnReplaced(message, now);
        }
        else
        {
            _holdBacks.OnTaken(message);
        }

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
            _directory.Open(stored.Recipient, stored.Conversation, stored.Name, stored.Secret, stored.NextSequence).Stored = true;
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
