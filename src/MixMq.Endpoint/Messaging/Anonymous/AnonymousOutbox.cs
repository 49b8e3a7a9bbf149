using System.Security.Cryptography;
using System.Text;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging.Anonymous.Replying;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>
/// The sender's half of anonymous messages (spec/07 §18): each stands alone, under a secret of its own, so that a recipient can tell neither whose they are nor which belong together. Accepted when they are
/// durable, and sent until the recipient's answer says what became of them, or until nobody could say it any more.
/// </summary>
internal sealed partial class AnonymousOutbox
{
    private readonly MessagingContext _context;
    private readonly AnonymousTransmitter _transmitter;
    private readonly Dictionary<MessageId, AnonymousMessage> _messages = [];
    private readonly Dictionary<NodeAddress, ulong> _next = [];
    private readonly MessageDeadlines _byExpiry = new();
    private readonly Questions _questions;
    private long _bytes;
    private int _asking;

    public AnonymousOutbox(MessagingContext context, Questions questions, AnonymousStored stored)
    {
        _questions = questions;
        _context = context;
        _transmitter = new(context);
        foreach (var conversation in stored.Outbound)
        {
            _next.Add(conversation.Recipient, conversation.NextSequence);
        }

        foreach (var entry in stored.Outbox)
        {
            Restore(entry);
        }
    }

    public bool Stopping { get; set; }

    public int Unsettled => _messages.Count;

    /// <summary>When the next message expires or is given up, Unix milliseconds.</summary>
    public long NextExpiry => _byExpiry.Next;

    public long NextDeadline => _transmitter.NextDeadline;

    /// <summary>What was loaded is sent after a random time each: else a recipient would see it begin again together with what this node sends under its name.</summary>
    public void Start(Moment now)
    {
        foreach (var message in _messages.Values)
        {
            _transmitter.Schedule(message, now.Micros + AnonymousTiming.WaitApart(_context));
        }
    }

    /// <summary>Why a message can't be accepted.</summary>
    public SubmitRefusal Check(SubmitRequest request) => Check(request, default);

    // Beside those of the same checkpoint that stand before it.
    private SubmitRefusal Check(SubmitRequest request, AnonymousAmount before)
    {
        var options = _context.Options;
        var expiry = request.ExpiresAfterMillis;
        return Stopping ? SubmitRefusal.Stopping
            : !_transmitter.IsPossible ? SubmitRefusal.AnonymousNotPossible
            : options.IsOwn(request.To) ? SubmitRefusal.RecipientIsSelf
            : request.Conversation.Length > 0 ? SubmitRefusal.AnonymousConversation
            : request.ContentLength > Math.Min(AnonymousConstants.MaxContentBytes, options.WholeContentBytes) ? SubmitRefusal.AnonymousTooLong
            : _context.NetworkContentLimit > 0 && request.ContentLength > _context.NetworkContentLimit ? SubmitRefusal.ContentOverNetworkLimit
            : !Sending.Submissions.IsWellFormed(request.Label) ? SubmitRefusal.InvalidText
            : Encoding.UTF8.GetByteCount(request.Label) > MessagingConstants.MaxLabelBytes ? SubmitRefusal.LabelTooLong
            : expiry < 0 || expiry > Math.Min(AnonymousConstants.MaxExpiryMillis, options.MaxExpiryMillis) ? SubmitRefusal.AnonymousExpiry
            : request.ReplyWithinMillis is < 0 or > AnonymousConstants.MaxExpiryMillis ? SubmitRefusal.ReplyTime
            : request.ReplyWithinMillis > 0 && !_questions.IsPossible ? SubmitRefusal.ReplyNotPossible
            : request.ReplyWithinMillis > 0 && _asking + _reserved.Asking + before.Asking + _questions.Taken >= AnonymousLimits.MaxQuestions ? SubmitRefusal.TooManyReplies
            : _context.StoreIsFull ? SubmitRefusal.StoreFull
            : _messages.Count + _reserved.Messages + before.Messages >= AnonymousLimits.MaxUnsettled
                || _bytes + _reserved.Bytes + before.Bytes + request.ContentLength > AnonymousLimits.MaxUnsettledBytes ? SubmitRefusal.OutboxFull
            : _context.StoreIsBehind ? SubmitRefusal.Busy
            : SubmitRefusal.None;
    }

    public void HandleSubmit<TSink>(SubmitRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (Check(request) is not SubmitRefusal.None and var refusal)
        {
            _context.Counters.Refused++;
            sink.SubmitCompleted(request.Token, SubmitOutcome.Refused(refusal));
            return;
        }

        _context.Store.Then(CommitEffectKind.AnonymousAppended, Store(request, null, now), request.Token);
    }

    // Without an id of its own it has the one that its recipient will know it by.
    private AnonymousMessage Store(SubmitRequest request, MessageId? id, Moment now)
    {
        var secret = new byte[AnonymousConstants.SecretBytes];
        _context.Random.Fill(secret);
        var expiry = request.ExpiresAfterMillis == 0
            ? AnonymousConstants.MaxExpiryMillis
            : request.ExpiresAfterMillis;
        var envelope = new AnonymousEnvelope
        {
            To = request.To,
            ExpiresUnixMillis = RoundUp(now.UnixMillis + expiry),
            ContentLength = request.Content.Length,
            ContentHash = SHA256.HashData(request.Content.Span),
            ReplyUntilUnixMillis = request.ReplyWithinMillis == 0 ? 0 : RoundUp(now.UnixMillis + request.ReplyWithinMillis),
            Label = request.Label,
        };
        if (!_next.TryGetValue(request.To, out var sequence))
        {
            sequence = MessagingConstants.FirstSequence;
            _context.Store.Add(new StoreOperation.OpenOutboundConversation(request.To, AnonymousPlaces.Conversation, "", AnonymousPlaces.Secret, sequence));
        }

        _next[request.To] = sequence + 1;
        var message = Make(id ?? AnonymousFrame.IdOf(secret), request.To, sequence, secret, envelope, now.UnixMillis);
        message.Content = request.Content;
        Add(message);
        var entry = new OutboxEntry
        {
            Id = message.Id,
            Recipient = message.Recipient,
            Conversation = AnonymousPlaces.Conversation,
            Sequence = sequence,
            Envelope = StoredEnvelope.Of(secret, message.Envelope),
            Label = request.Label,
            ContentLength = request.Content.Length,
            CreatedUnixMillis = message.CreatedUnixMillis,
            ExpiresUnixMillis = message.ExpiresUnixMillis,
        };
        _context.Store.Add(new StoreOperation.AppendOutbox(entry, request.Content), request.Content.Length + entry.Envelope.Length);
        return message;
    }

    /// <summary>Takes the answer to a read; false: not one of this half's.</summary>
    public bool HandleContent(ContentRequestId id, ReadOnlyMemory<byte>? content, Moment now)
    {
        if (_transmitter.TakeRead(id) is not { } message)
        {
            return false;
        }

        if (content is { } bytes && bytes.Length == message.ContentLength)
        {
            message.Content = bytes;
            _transmitter.Schedule(message, now.Micros);
        }
        else if (!message.Expiring)
        {
            // Its content is lost: it can't be sent any more.
            _byExpiry.Set(message.Id, long.MinValue);
        }

        return true;
    }

    /// <summary>Takes the message of a reply to a SURB that went out with this message.</summary>
    public void HandleAnswer(MessageId id, ReadOnlySpan<byte> bytes, Moment now)
    {
        if (!AnonymousAnswer.TryRead(bytes, out var answer))
        {
            _context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (_messages.TryGetValue(id, out var message) && !message.Settled)
        {
            _context.Counters.AcknowledgementsReceived++;
            Apply(message, answer, now);
        }
    }

    /// <summary>Whether the recipient refuses the message for now.</summary>
    public bool IsRefused(MessageId id) => _messages.TryGetValue(id, out var message) && message is { Refusals: > 0, Expiring: false };

    /// <summary>An application wants a message not to be sent any more.</summary>
    /// <returns>False: it isn't one of these, or is settled.</returns>
    public bool TryCancel(MessageId id, long token)
    {
        if (!_messages.TryGetValue(id, out var message) || message.Settled || message.Withdrawing)
        {
            return false;
        }

        message.Cancels.Add(token);
        _byExpiry.Set(message.Id, long.MinValue);
        return true;
    }

    public void OnAppended<TSink>(AnonymousMessage message, long token, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        Begin(message, now.Micros);
        sink.SubmitCompleted(token, new SubmitOutcome(SubmitRefusal.None, message.Id, message.Sequence, message.CreatedUnixMillis, message.ExpiresUnixMillis));
    }

    /// <summary>It is durable, with its checkpoint: it leaves after a random time of its own, for beside the checkpoint's other messages it would be known as one of them.</summary>
    public void OnAppended(AnonymousMessage message, Moment now) =>
        Begin(message, now.Micros + AnonymousTiming.WaitApart(_context));

    public void OnWithdrawn<TSink>(AnonymousMessage message, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var wait = message.Cancels.Count > 0 ? 0 : (long)(_context.Random.NextDouble() * AnonymousLimits.WithdrawalSpreadMs * Moment.MicrosPerMilli);
        AnswerCancels(message, CancelOutcome.Cancelled, ref sink);
        if (!message.Settled)
        {
            _bytes -= message.ContentLength;
            message.Content = null;
            message.Withdrawing = true;
            message.Probes = 0;
            message.Due = long.MaxValue;
            _transmitter.Schedule(message, now.Micros + wait);
            _byExpiry.Set(message.Id, message.ExpiresUnixMillis + AnonymousConstants.GraceMillis);
        }
    }

    public void OnSettled<TSink>(AnonymousMessage message, OutboxStatus status, Moment now, ref TSink sink)
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

        _messages.Remove(message.Id);
        _byExpiry.Remove(message.Id);
        _bytes -= message.Withdrawing ? 0 : message.ContentLength;
        if (message.ReplyUntilUnixMillis > 0)
        {
            _asking--;
            if (status == OutboxStatus.Acknowledged)
            {
                _questions.Open(QuestionOf(message), now);
            }
        }
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_byExpiry.TryTake(now.UnixMillis, out var id))
        {
            Expire(_messages[id], now);
        }

        _transmitter.Advance(now, ref sink);
    }

    private static long RoundUp(long unixMillis) =>
        (unixMillis + AnonymousConstants.ExpiryUnitMillis - 1) / AnonymousConstants.ExpiryUnitMillis * AnonymousConstants.ExpiryUnitMillis;

    private static StoredQuestion QuestionOf(AnonymousMessage message) => new(message.Id, message.Recipient, message.Secret, message.ReplyUntilUnixMillis);

    private static void AnswerCancels<TSink>(AnonymousMessage message, CancelOutcome outcome, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        foreach (var token in message.Cancels)
        {
            sink.CancelCompleted(token, outcome);
        }

        message.Cancels.Clear();
    }

    private void Expire(AnonymousMessage message, Moment now)
    {
        if (message.Settled || !message.Committed)
        {
            return;
        }

        if (!message.Expiring)
        {
            message.Expiring = true;
            var stored = StoredEnvelope.Of(message.Secret, message.Envelope);
            _context.Store.Add(new StoreOperation.ReplaceWithTombstone(message.Id, stored), stored.Length);
            _context.Store.Then(CommitEffectKind.AnonymousWithdrawn, message);
        }
        else if (message.Withdrawing && now.UnixMillis >= message.ExpiresUnixMillis + AnonymousConstants.GraceMillis)
        {
            // The recipient may have forgotten it by now, so nobody can say any more what became of it.
            Settle(message, OutboxStatus.Expired, now);
        }
    }

    private void Apply(AnonymousMessage message, scoped AnonymousAnswer answer, Moment now)
    {
        message.HeardMicros = now.Micros;
        if (answer.State == AnonymousState.Settled)
        {
            Settle(message, OutboxStatus.Acknowledged, now);
        }
        else if (answer.State == AnonymousState.Withdrawn)
        {
            if (message.Withdrawing)
            {
                Settle(message, OutboxStatus.Expired, now);
            }
        }
        else if (!message.Expiring)
        {
            _transmitter.OnAnswer(message, answer, now);
        }
    }

    private void Settle(AnonymousMessage message, OutboxStatus status, Moment now)
    {
        // Nobody asks for the content of an anonymous message again: it isn't kept for a recipient whose store was put back.
        message.Settled = true;
        _context.Store.Add(new StoreOperation.SettleOutbox(message.Id, status, now.UnixMillis, DropsContent: true) { CreatedUnixMillis = message.CreatedUnixMillis });
        if (status == OutboxStatus.Acknowledged && message.ReplyUntilUnixMillis > 0)
        {
            _context.Store.Add(new StoreOperation.OpenQuestion(QuestionOf(message)));
        }

        _context.Store.Then(CommitEffectKind.AnonymousSettled, message, (long)status);
    }

    private void Restore(OutboxEntry entry)
    {
        if (!StoredEnvelope.TryRead(entry.Envelope.Span, out var secret, out _, out var envelope))
        {
            // Damaged: what it was sent under is lost, so nobody can be asked about it.
            _context.Store.Add(new StoreOperation.SettleOutbox(entry.Id, OutboxStatus.Expired, entry.ExpiresUnixMillis));
            return;
        }

        var message = Make(entry.Id, entry.Recipient, entry.Sequence, secret.ToArray(), envelope, entry.CreatedUnixMillis);
        message.Committed = true;
        message.Expiring = message.Withdrawing = entry.Tombstone;
        Add(message);
        _byExpiry.Set(
            message.Id,
            entry.Tombstone ? message.ExpiresUnixMillis + AnonymousConstants.GraceMillis : entry.Damaged ? long.MinValue : message.ExpiresUnixMillis);
    }

    private AnonymousMessage Make(MessageId id, NodeAddress recipient, ulong sequence, byte[] secret, AnonymousEnvelope envelope, long created)
    {
        var bytes = envelope.ToBytes();
        return new()
        {
            Id = id,
            Recipient = recipient,
            Sequence = sequence,
            Secret = secret,
            Envelope = bytes,
            ContentLength = envelope.ContentLength,
            CreatedUnixMillis = created,
            ExpiresUnixMillis = envelope.ExpiresUnixMillis,
            ReplyUntilUnixMillis = envelope.ReplyUntilUnixMillis,
            Pieces = new(FragmentHeader.PieceCount(bytes.Length + envelope.ContentLength, _transmitter.PieceBytes)),
            RoundTrip = AnonymousTiming.NewRoundTrip(_context.Options),
        };
    }

    private void Add(AnonymousMessage message)
    {
        _messages.Add(message.Id, message);
        _asking += message.ReplyUntilUnixMillis > 0 ? 1 : 0;
        _bytes += message.Withdrawing ? 0 : message.ContentLength;
    }

    private void Begin(AnonymousMessage message, long micros)
    {
        message.Committed = true;
        _context.Counters.Accepted++;
        _byExpiry.Set(message.Id, message.ExpiresUnixMillis);
        _transmitter.Schedule(message, micros);
    }
}
