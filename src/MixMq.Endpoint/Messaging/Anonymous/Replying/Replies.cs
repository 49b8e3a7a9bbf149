using System.Text;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>
/// The recipient's half of replies (spec/07 §18.7 to §18.9): takes an application's reply, once for a message, and sends it by the SURBs that the asker gives, until the asker says that it has it. It never speaks unasked, and holds
/// nothing that says who asks.
/// </summary>
internal sealed partial class Replies
{
    private readonly MessagingContext _context;
    private readonly PacketGeometry _geometry;
    private readonly Askers _askers;
    private readonly Dictionary<MessageId, PendingReply> _pending = [];
    private readonly Dictionary<ContentRequestId, KnowledgeRequest> _lookups = [];
    private readonly Dictionary<ContentRequestId, PendingReply> _reads = [];
    private readonly MessageDeadlines _byUntil = new();
    private readonly bool _isPossible;
    private long _bytes;
    private int _ending;

    public Replies(MessagingContext context, AnonymousStored stored)
    {
        _context = context;
        _geometry = context.Options.Network.Definition.Geometry;
        _askers = new(context, _pending);
        _isPossible = SupplyFrame.MostSurbs(_geometry) > 0 && _geometry.ReplyCapacity >= AnonymousConstants.MinReplyCapacity;
        foreach (var reply in stored.Replies)
        {
            var pending = new PendingReply(reply) { Committed = true };
            Add(pending);
            GiveUpInTime(pending);
        }
    }

    public bool Stopping { get; set; }

    /// <summary>Replies that aren't known to have arrived.</summary>
    public int Count => _pending.Count;

    /// <summary>When the next reply is given up, Unix milliseconds.</summary>
    public long NextExpiry => _byUntil.Next;

    public long NextDeadline => _askers.NextDeadline;

    /// <summary>SURBs that are left for the reply to a message; 0: it can't be sent before the asker gives some.</summary>
    public int SurbsFor(MessageId question) => _askers.Find(question)?.Surbs ?? 0;

    /// <summary>Who waited before may have been silent only because this node was down.</summary>
    public void Start(Moment now)
    {
        foreach (var reply in _pending.Values)
        {
            reply.HeardMicros = now.Micros;
        }
    }

    /// <summary>An application replies.</summary>
    public void HandleSubmit<TSink>(SubmitRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var question = request.Answers!.Value;
        if (Check(request) is not SubmitRefusal.None and var refusal)
        {
            Refuse(request, refusal, ref sink);
        }
        else if (_askers.Find(question) is { Known: { } known } asker)
        {
            Accept(request, asker.Settling ? known with { Reply = ReplyStatus.Acknowledged } : known, now, ref sink);
        }
        else if (_lookups.Count >= AnonymousLimits.MaxLookups)
        {
            Refuse(request, SubmitRefusal.Busy, ref sink);
        }
        else
        {
            LookUp(question, request, ref sink);
        }
    }

    /// <summary>Takes a supply frame's body.</summary>
    public void HandleFrame<TSink>(scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_context.Options.AllowAnonymous)
        {
            _context.Counters.Drop(InboundDrop.AnonymousNotAllowed);
        }
        else if (!SupplyFrame.TryRead(body, _geometry, out var frame))
        {
            _context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (_askers.Take(frame, now, _lookups.Count < AnonymousLimits.MaxLookups) is { IsNew: true } taken)
        {
            LookUp(taken.Asker.Question, null, ref sink);
        }
    }

    /// <summary>Takes the answer to a look-up; false: not one of this half's.</summary>
    public bool HandleKnowledge<TSink>(ContentRequestId id, AnonymousKnowledge knowledge, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_lookups.Remove(id, out var request))
        {
            return false;
        }

        knowledge = request.Newer is { } newer ? knowledge with { Reply = newer } : knowledge;
        if (request.Submit is { } submit)
        {
            Accept(submit, knowledge, now, ref sink);
        }
        else if (_askers.Find(request.Question) is { Known: null } asker)
        {
            asker.Known = knowledge;
            _askers.Schedule(asker, now.Micros);
        }

        return true;
    }

    /// <summary>Takes the answer to a read; false: not one of this half's.</summary>
    public bool HandleContent(ContentRequestId id, ReadOnlyMemory<byte>? content, Moment now)
    {
        if (!_reads.Remove(id, out var reply))
        {
            return false;
        }

        reply.Reading = false;
        if (!_pending.ContainsKey(reply.Question) || reply.Ending || _askers.Find(reply.Question) is { Settling: true })
        {
            // The content may have gone because the reply was settled in between.
            return true;
        }

        if (content is { } bytes && bytes.Length == reply.ContentLength)
        {
            reply.Content = bytes;
            if (_askers.Find(reply.Question) is { } asker)
            {
                _askers.Schedule(asker, now.Micros);
            }
        }
        else
        {
            // The disk has lost it.
            Expire(reply, now);
        }

        return true;
    }

    public void OnAppended<TSink>(PendingReply reply, long token, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        reply.Committed = true;
        sink.SubmitCompleted(token, reply.Accepted());
        if (_askers.Find(reply.Question) is { } asker)
        {
            _askers.Schedule(asker, now.Micros);
        }
    }

    /// <summary>That the asker has the reply is durable.</summary>
    public void OnSettled(Asker asker, Moment now)
    {
        asker.Settling = false;
        Remove(asker.Question, ReplyStatus.Acknowledged);
        _askers.Schedule(asker, now.Micros);
    }

    /// <summary>That the reply was given up is durable.</summary>
    public void OnExpired(PendingReply reply, Moment now)
    {
        Remove(reply.Question, ReplyStatus.Expired);
        if (_askers.Find(reply.Question) is { Known: not null } asker)
        {
            _askers.Schedule(asker, now.Micros);
        }
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_byUntil.TryTake(now.UnixMillis, out var question))
        {
            if (_askers.Find(question) is not { Settling: true })
            {
                Expire(_pending[question], now);
            }
        }

        while (_askers.TakeDue(now) is { } asker)
        {
            if (_askers.Serve(asker, now, ref sink) is { Reading: false, IsLive: true } reply)
            {
                reply.Reading = true;
                var id = _context.NextContentRequestId();
                _reads.Add(id, reply);
                sink.ReadReplyContent(id, reply.Question);
            }
        }
    }

    private SubmitRefusal Check(SubmitRequest request) =>
        Stopping ? SubmitRefusal.Stopping
        : !_isPossible ? SubmitRefusal.ReplyNotPossible
        : request.ContentLength > AnonymousConstants.MaxReplyBytes || request.Staged is not null ? SubmitRefusal.ReplyTooLong
        : !Sending.Submissions.IsWellFormed(request.Label) ? SubmitRefusal.InvalidText
        : Encoding.UTF8.GetByteCount(request.Label) > MessagingConstants.MaxLabelBytes ? SubmitRefusal.LabelTooLong
        : _pending.ContainsKey(request.Answers!.Value) ? SubmitRefusal.AlreadyAnswered
        : _context.StoreIsFull ? SubmitRefusal.StoreFull
        : _context.StoreIsBehind ? SubmitRefusal.Busy
        : SubmitRefusal.None;

    private void Accept<TSink>(SubmitRequest request, AnonymousKnowledge known, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var refusal = Check(request, known, now) is not SubmitRefusal.None and var late ? late
            : !MakeRoom(1, request.Content.Length, now) ? SubmitRefusal.TooManyReplies
            : SubmitRefusal.None;
        if (refusal != SubmitRefusal.None)
        {
            Refuse(request, refusal, ref sink);
            return;
        }

        var reply = Take(request, known, now);
        Append(reply);
        _context.Store.Then(CommitEffectKind.ReplyAppended, reply, request.Token);
    }

    // Things may have changed while the store was asked: an asker who says that it has a reply can settle one that was never given.
    private SubmitRefusal Check(SubmitRequest request, AnonymousKnowledge known, Moment now) =>
        Check(request) is not SubmitRefusal.None and var refusal ? refusal
        : _askers.Find(request.Answers!.Value) is { Settling: true } ? SubmitRefusal.AlreadyAnswered
        : known.Received && known.ReplyUntilUnixMillis > 0 && known.Reply != ReplyStatus.Open ? SubmitRefusal.AlreadyAnswered
        : !known.IsAnswerable(now.UnixMillis) ? SubmitRefusal.NotAnswerable
        : SubmitRefusal.None;

    // From here on the question is answered: no other reply is taken, and its asker can't settle it.
    private PendingReply Take(SubmitRequest request, AnonymousKnowledge known, Moment now)
    {
        var stored = new StoredReply(request.Answers!.Value, request.Label, request.Content.Length, now.UnixMillis, known.ReplyUntilUnixMillis);
        var reply = new PendingReply(stored) { Content = request.Content, HeardMicros = _askers.Find(stored.Question)?.HeardMicros ?? now.Micros };
        Add(reply);
        Changed(reply.Question, ReplyStatus.Pending);
        return reply;
    }

    private void Append(PendingReply reply)
    {
        _context.Store.Add(new StoreOperation.AppendReply(reply.Stored, reply.Content!.Value), reply.ContentLength);
        GiveUpInTime(reply);
    }

    // Anybody may ask, and never want the answer: who has been silent for longer than one who waits ever is makes room, the longest first.
    // Nobody is given up where that isn't enough.
    private bool MakeRoom(int replies, long bytes, Moment now)
    {
        var (more, moreBytes) = (_pending.Count - _ending + replies - AnonymousLimits.MaxReplies, _bytes + bytes - AnonymousLimits.MaxReplyBytesHeld);
        if (more <= 0 && moreBytes <= 0)
        {
            return true;
        }

        var given = new List<PendingReply>();
        foreach (var silent in _pending.Values.Where(reply => IsSilent(reply, now)).OrderBy(reply => reply.HeardMicros))
        {
            given.Add(silent);
            moreBytes -= silent.ContentLength;
            if (--more <= 0 && moreBytes <= 0)
            {
                given.ForEach(reply => Expire(reply, now));
                return true;
            }
        }

        return false;
    }

    private bool IsSilent(PendingReply reply, Moment now) =>
        reply.IsLive && _askers.Find(reply.Question) is not { Settling: true } && now.Micros - reply.HeardMicros >= AnonymousLimits.AskerSilentMs * Moment.MicrosPerMilli;

    private void Expire(PendingReply reply, Moment now)
    {
        _context.Store.Add(new StoreOperation.SettleReply(reply.Question, ReplyStatus.Expired, now.UnixMillis));
        _context.Store.Then(CommitEffectKind.ReplyExpired, reply);
        reply.Ending = true;
        reply.Content = null;
        _ending++;
        _bytes -= reply.ContentLength;
        _byUntil.Remove(reply.Question);
    }

    private void Add(PendingReply reply)
    {
        _pending.Add(reply.Question, reply);
        _bytes += reply.ContentLength;
    }

    private void GiveUpInTime(PendingReply reply) => _byUntil.Set(reply.Question, reply.UntilUnixMillis + AnonymousConstants.GraceMillis);

    private void Remove(MessageId question, ReplyStatus status)
    {
        if (_pending.Remove(question, out var reply))
        {
            _ending -= reply.Ending ? 1 : 0;
            _bytes -= reply.Ending ? 0 : reply.ContentLength;
        }

        _byUntil.Remove(question);
        Changed(question, status);
    }

    private void Changed(MessageId question, ReplyStatus status)
    {
        if (_askers.Find(question) is { Known: { } known } asker)
        {
            asker.Known = known with { Reply = status };
        }

        if (_watched.TryGetValue(question, out var watch))
        {
            watch.Newer = status;
        }

        foreach (var lookup in _lookups.Values.Where(lookup => lookup.Question == question))
        {
            lookup.Newer = status;
        }
    }

    private void LookUp<TSink>(MessageId question, SubmitRequest? submit, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var id = _context.NextContentRequestId();
        _lookups.Add(id, new(question, submit));
        sink.ReadAnonymous(id, question);
    }

    private void Refuse<TSink>(SubmitRequest request, SubmitRefusal refusal, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _context.Counters.Refused++;
        sink.SubmitCompleted(request.Token, SubmitOutcome.Refused(refusal));
    }
}
