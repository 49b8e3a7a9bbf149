using System.Security.Cryptography;
using MixMq.Endpoint.Messaging.Receiving;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>
/// The asker's half of replies (spec/07 §18.7 to §18.9): gives SURBs, puts together what comes by them, and says when it is durable. It alone keeps the two going, for the recipient can't reach it otherwise: whatever
/// is lost, SURBs, fragments or a process, is asked for again.
/// </summary>
internal sealed class Questions
{
    private readonly MessagingContext _context;
    private readonly InboxQuota _quota;
    private readonly Inbox _inbox;
    private readonly Supplier _supplier;
    private readonly int _pieceBytes;
    private readonly Dictionary<MessageId, Question> _questions = [];
    private readonly Dictionary<NodeAddress, InboundConversation> _places = [];
    private readonly MessageDeadlines _byUntil = new();
    private long _gatheredBytes;

    public Questions(MessagingContext context, InboxQuota quota, Inbox inbox, AnonymousStored stored)
    {
        _context = context;
        _quota = quota;
        _inbox = inbox;
        _supplier = new(context);
        _pieceBytes = ReplyPiece.PieceBytes(context.Options.Network.Definition.Geometry);
        foreach (var place in stored.Answers)
        {
            _places.Add(place.Sender, new(new(place.Sender), AnonymousPlaces.Replies, "", AnonymousPlaces.Secret, place.Watermark));
        }

        foreach (var question in stored.Questions)
        {
            Add(new(question));
        }
    }

    /// <summary>Whether this network's packets have room for replies.</summary>
    public bool IsPossible => _supplier.IsPossible;

    public int Count => _questions.Count;

    /// <summary>Questions, and replies that aren't consumed.</summary>
    public long Taken => _questions.Count + _quota.Replies;

    /// <summary>When the next reply is waited for no longer, Unix milliseconds.</summary>
    public long NextExpiry => _byUntil.Next;

    public long NextDeadline => _supplier.NextDeadline;

    /// <summary>What was loaded is supplied after a random time each, within as many minutes as lie between two supplies.</summary>
    public void Start(Moment now)
    {
        foreach (var question in _questions.Values)
        {
            _supplier.Schedule(question, now.Micros + _supplier.WaitAnew(question));
        }
    }

    /// <summary>That the message was received, and a reply is waited for, is durable.</summary>
    public void Open(StoredQuestion stored, Moment now)
    {
        var question = new Question(stored);
        Add(question);
        _supplier.Schedule(question, now.Micros);
    }

    /// <summary>Takes the message of a packet that came by a SURB given for a reply, or by one that went with the message itself.</summary>
    public void HandleReply(MessageId id, scoped ReadOnlySpan<byte> message, Moment now)
    {
        var isPiece = ReplyPiece.TryRead(message, _context.Options.Network.Definition.Geometry, out var piece);
        var kind = default(ReplyNoticeKind);
        if (!isPiece && !ReplyNotice.TryRead(message, out kind))
        {
            _context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (_questions.TryGetValue(id, out var question))
        {
            question.TakeBack();
            question.Probes = 0;
            question.HeardMicros = now.Micros;
            if (!isPiece)
            {
                Handle(question, kind, now);
            }
            else if (!question.IsAnswered && !question.Storing && question.UntilUnixMillis > now.UnixMillis)
            {
                Handle(question, piece, now);
            }
        }
    }

    /// <summary>The reply is durable.</summary>
    public void OnReceived(Question question, Moment now)
    {
        question.Storing = false;
        question.IsAnswered = true;
        question.Probes = 0;
        _context.Counters.Received++;
        _byUntil.Set(question.Id, question.UntilUnixMillis + AnonymousConstants.GraceMillis);
        _supplier.Move(question, now.Micros);
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_byUntil.TryTake(now.UnixMillis, out var id))
        {
            // What is on its way to the disk has its next moment when it is there. Of what was received the recipient may never learn; it says so to its application by then.
            var question = _questions[id];
            if (!question.Storing)
            {
                Close(question, question.IsAnswered ? QuestionStatus.Noted : QuestionStatus.Unanswered, now);
            }
        }

        while (_supplier.TakeDue(now) is { } next)
        {
            if (next.Closed || next.Storing)
            {
                continue;
            }

            if (next.Gathered is { IsComplete: true })
            {
                Complete(next, now);
            }
            else if (next.Gathered is { } gathered && next.GivenForGathered > (AnonymousLimits.SurbsForFragment * gathered.Count) + AnonymousLimits.SupplyWindow)
            {
                // Who gets so many SURBs and doesn't come to an end is lossy beyond use, or wants nothing but SURBs.
                GiveUp(next);
                _supplier.Move(next, now.Micros + AnonymousTiming.Jittered(_context.Random, AnonymousLimits.ReplyHoldMs));
            }
            else
            {
                if (next.Gathered is not null && now.Micros - next.HeardMicros > AnonymousLimits.PartialIdleMillis * Moment.MicrosPerMilli)
                {
                    GiveUp(next);
                }

                _supplier.Supply(next, now, ref sink);
            }
        }
    }

    private void Handle(Question question, ReplyNoticeKind kind, Moment now)
    {
        switch (kind)
        {
            case ReplyNoticeKind.Waiting when !question.IsAnswered && question.Gathered is null:
                _supplier.MoveToNextSupply(question, now);
                break;
            case ReplyNoticeKind.None when !question.IsAnswered && !question.Storing:
                Close(question, QuestionStatus.Unanswered, now);
                break;
            case ReplyNoticeKind.Noted or ReplyNoticeKind.None when question.IsAnswered:
                Close(question, QuestionStatus.Noted, now);
                break;
            default:
                break;
        }
    }

    private void Handle(Question question, scoped ReplyPiece piece, Moment now)
    {
        if (question.Gathered?.Count != piece.Count)
        {
            GiveUp(question);
            var bytes = (long)piece.Count * _pieceBytes;
            question.GivenForGathered = 0;
            if (++question.Gatherings > AnonymousLimits.MaxGatherings || _gatheredBytes + bytes > AnonymousLimits.MaxGatheredReplyBytes)
            {
                _context.Counters.Drop(InboundDrop.InboxQuota);
                _supplier.Move(question, now.Micros + AnonymousTiming.Jittered(_context.Random, AnonymousLimits.ReplyHoldMs));
                return;
            }

            question.Gathered = new(piece.Count, bytes);
            _gatheredBytes += bytes;
            _supplier.Move(question, long.MaxValue);
        }

        if (!question.Gathered.Add(piece.Index, piece.Bytes))
        {
            _context.Counters.DuplicateFragments++;
        }

        if (question.Gathered.IsComplete)
        {
            Complete(question, now);
        }
        else
        {
            // What else comes now is told with it.
            _supplier.Schedule(question, now.Micros + (AnonymousLimits.AnswerGatherMs * Moment.MicrosPerMilli));
        }
    }

    private void Complete(Question question, Moment now)
    {
        if (_context.Unstorable is { } unstorable)
        {
            _context.Counters.Drop(unstorable);
            _supplier.Schedule(question, now.Micros + AnonymousTiming.Jittered(_context.Random, AnonymousLimits.FirstHoldMs));
            return;
        }

        var payload = question.Gathered!.Join();
        GiveUp(question);
        if (!ReplyEnvelope.TryRead(payload, question.Secret, out var envelope, out var length)
            || payload.Length - length != envelope.ContentLength
            || !SHA256.HashData(payload.AsSpan(length)).AsSpan().SequenceEqual(envelope.ContentHash))
        {
            _context.Counters.Drop(InboundDrop.ContentHash);
            _supplier.Move(question, now.Micros + AnonymousTiming.Jittered(_context.Random, AnonymousTiming.FirstTimeout(_context.Options)));
            return;
        }

        Store(question, envelope, payload.AsMemory(length), now);
    }

    private void Store(Question question, ReplyEnvelope envelope, ReadOnlyMemory<byte> content, Moment now)
    {
        if (!_places.TryGetValue(question.Recipient, out var places))
        {
            places = new(new(question.Recipient), AnonymousPlaces.Replies, "", AnonymousPlaces.Secret, 0);
            _places.Add(question.Recipient, places);
        }

        question.Storing = true;
        _quota.TakeReply(content.Length);
        var position = _inbox.TakePosition();
        var sequence = places.Decided.Watermark + 1;
        places.Decided.Add(sequence);
        places.RaiseBase(sequence + 1);
        _context.Store.Touch(places);
        var row = new InboxEntry
        {
            Place = places.At(sequence),
            ConversationName = question.Id.ToString(),
            Id = ReplyEnvelope.IdOf(question.Id),
            Label = envelope.Label,
            CreatedUnixMillis = now.UnixMillis,
            ExpiresUnixMillis = question.UntilUnixMillis,
            Content = content,
            Tombstone = false,
            State = InboxState.Ready,
            Position = position,
            ReceivedUnixMillis = now.UnixMillis,
        };
        _context.Store.Add(new StoreOperation.AppendInbox(row), content.Length);
        _context.Store.Add(new StoreOperation.MoveQuestion(question.Id, QuestionStatus.Answered, now.UnixMillis));
        _context.Store.Then(CommitEffectKind.ReplyReceived, question);
        _context.Store.Then(CommitEffectKind.InboxReady, null, (long)position);
    }

    // If this isn't durable before a crash, the next process comes to it again.
    private void Close(Question question, QuestionStatus status, Moment now)
    {
        question.Closed = true;
        GiveUp(question);
        _questions.Remove(question.Id);
        _byUntil.Remove(question.Id);
        _context.Store.Add(new StoreOperation.MoveQuestion(question.Id, status, now.UnixMillis));
    }

    private void GiveUp(Question question)
    {
        if (question.Gathered is { } gathered)
        {
            question.Gathered = null;
            _gatheredBytes -= gathered.ReservedBytes;
        }
    }

    private void Add(Question question)
    {
        _questions.Add(question.Id, question);
        _byUntil.Set(question.Id, question.UntilUnixMillis + (question.IsAnswered ? AnonymousConstants.GraceMillis : 0));
    }
}
