using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using MixMq.Endpoint.Messaging.Receiving;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>
/// The recipient's half of anonymous messages (spec/07 §18). What is gathered is in memory alone; what is complete goes into the inbox in one transaction, and is known by its id, in the store, for longer than its
/// sender may ask about it. Everything that anybody can cause without a name is bounded for all of them together.
/// </summary>
internal sealed class AnonymousInbox
{
    private readonly MessagingContext _context;
    private readonly InboxQuota _quota;
    private readonly Inbox _inbox;
    private readonly AnonymousAnswerer _answers;
    private readonly InboundConversation _conversation;
    private readonly Dictionary<MessageId, AnonymousEntry> _entries = [];
    private readonly Queue<AnonymousEntry> _settled = [];
    private readonly Dictionary<ContentRequestId, AnonymousEntry> _lookups = [];
    private readonly Queue<(MessageId Id, long UntilUnixMillis)> _withdrawn = [];
    private readonly HashSet<AnonymousEntry> _partials = [];
    private readonly long _keysLiveMillis;
    private long _nextIdleMicros;

    public AnonymousInbox(MessagingContext context, InboxQuota quota, Inbox inbox, AnonymousStored stored)
    {
        _context = context;
        _quota = quota;
        _inbox = inbox;
        _answers = new(context);
        var watermark = stored.Inbound?.Watermark ?? 0;
        _conversation = new(new(AnonymousPlaces.Sender), AnonymousPlaces.Conversation, "", AnonymousPlaces.Secret, watermark);
        // No packet outlives the keys of the epochs that were published when it was made, the present one and two more, and their grace.
        var network = context.Options.Network;
        _keysLiveMillis = 1000L * ((3L * network.EpochSeconds) + network.GraceSeconds + network.SkewSeconds);
    }

    /// <summary>Messages being gathered.</summary>
    public int PartialCount => _partials.Count;

    public long NextDeadline => _partials.Count > 0 ? Math.Min(_answers.NextDeadline, _nextIdleMicros) : _answers.NextDeadline;

    /// <summary>When something can be forgotten, Unix milliseconds.</summary>
    public long NextExpiry => _withdrawn.TryPeek(out var withdrawn) ? withdrawn.UntilUnixMillis : long.MaxValue;

    /// <summary>Takes an anonymous frame's body.</summary>
    public void HandleFrame<TSink>(scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_context.Options.AllowAnonymous)
        {
            Drop(InboundDrop.AnonymousNotAllowed);
        }
        else if (!AnonymousFrame.TryRead(body, _context.Options.Network.Definition.Geometry, out var frame))
        {
            Drop(InboundDrop.MalformedFrame);
        }
        else
        {
            Handle(frame, body, now, ref sink);
        }
    }

    /// <summary>Takes the answer to a look-up; false: not one of this half's.</summary>
    public bool HandleKnowledge<TSink>(ContentRequestId id, AnonymousKnowledge knowledge, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_lookups.Remove(id, out var entry))
        {
            return false;
        }

        var waiting = entry.Waiting!;
        entry.Waiting = null;
        AnonymousFrame.TryRead(waiting, _context.Options.Network.Definition.Geometry, out var frame);
        if (knowledge.Received)
        {
            _context.Counters.DuplicateFragments++;
            entry.State = AnonymousState.Settled;
            entry.Durable = true;
            entry.Keep(frame.Surb);
            Remember(entry);
            _answers.Schedule(entry, now, atOnce: false);
        }
        else
        {
            _entries.Remove(entry.Id);
            if (frame.Kind == AnonymousFrameKind.Withdrawal)
            {
                Withdraw(entry.Id, null, frame, now);
            }
            else
            {
                Begin(entry.Id, frame, now, ref sink);
            }
        }

        return true;
    }

    /// <summary>A message is durable.</summary>
    public void OnReceived(AnonymousEntry entry, Moment now)
    {
        entry.Durable = true;
        Remember(entry);
        _context.Counters.Received++;
        _answers.Schedule(entry, now, atOnce: true);
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_withdrawn.TryPeek(out var withdrawn) && withdrawn.UntilUnixMillis <= now.UnixMillis)
        {
            _withdrawn.Dequeue();
            _entries.Remove(withdrawn.Id);
        }

        if (_partials.Count > 0 && _nextIdleMicros <= now.Micros)
        {
            DropIdle(now);
            _nextIdleMicros = now.Micros + (AnonymousLimits.PartialIdleMillis * Moment.MicrosPerMilli / 10);
        }

        _answers.Advance(now, ref sink);
    }

    private void Handle<TSink>(scoped AnonymousFrame frame, scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var id = AnonymousFrame.IdOf(frame.Secret);
        _entries.TryGetValue(id, out var entry);
        if (entry is { Waiting: { } waiting })
        {
            // The newest SURB; and a withdrawal is the last word.
            AnonymousFrame.TryRead(waiting, _context.Options.Network.Definition.Geometry, out var former);
            if (frame.Kind == AnonymousFrameKind.Withdrawal || (former.Kind == AnonymousFrameKind.Fragment && frame.Index == 0))
            {
                entry.Waiting = body.ToArray();
            }

            return;
        }

        if (entry is not null)
        {
            entry.HeardMicros = now.Micros;
            entry.Keep(frame.Surb);
        }

        if (entry is { State: AnonymousState.Settled or AnonymousState.Withdrawn })
        {
            _context.Counters.DuplicateFragments++;
            _answers.Schedule(entry, now, atOnce: false);
        }
        else if (entry is not null)
        {
            if (frame.Kind == AnonymousFrameKind.Withdrawal)
            {
                Withdraw(id, entry, frame, now);
            }
            else
            {
                Add(entry, frame, now);
            }
        }
        else if (frame.Kind == AnonymousFrameKind.Fragment && frame.Index > 0)
        {
            // Without its first fragment nothing is kept of a message; its sender, who hears nothing, sends that one again.
            Drop(InboundDrop.UnverifiedRoom);
        }
        else if (frame.Kind == AnonymousFrameKind.Withdrawal || TryReadEnvelope(frame, out _))
        {
            LookUp(id, body, ref sink);
        }
    }

    // What came once isn't taken again: the store knows, for longer than anybody may ask.
    private void LookUp<TSink>(MessageId message, scoped ReadOnlySpan<byte> body, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_lookups.Count >= AnonymousLimits.MaxLookups)
        {
            Drop(InboundDrop.AnonymousQuota);
            return;
        }

        var entry = new AnonymousEntry(message) { Waiting = body.ToArray() };
        _entries.Add(message, entry);
        var id = _context.NextContentRequestId();
        _lookups.Add(id, entry);
        sink.ReadAnonymous(id, message);
    }

    // Those beyond are in the store.
    private void Remember(AnonymousEntry entry)
    {
        _settled.Enqueue(entry);
        if (_settled.Count > AnonymousLimits.MaxKept)
        {
            _entries.Remove(_settled.Dequeue().Id);
        }
    }

    // Kept in memory alone: a restart takes the keys with it under which older packets could still be opened, and no new one of the message is sent.
    private void Withdraw(MessageId id, AnonymousEntry? entry, scoped AnonymousFrame frame, Moment now)
    {
        if (_withdrawn.Count >= AnonymousLimits.MaxWithdrawn)
        {
            Drop(InboundDrop.AnonymousQuota);
            return;
        }

        if (entry is null)
        {
            entry = new(id);
            entry.Keep(frame.Surb);
            _entries.Add(id, entry);
        }
        else
        {
            GiveUp(entry);
        }

        entry.End(AnonymousState.Withdrawn);
        entry.Durable = true;
        _withdrawn.Enqueue((id, now.UnixMillis + _keysLiveMillis));
        _answers.Schedule(entry, now, atOnce: false);
    }

    private void Begin<TSink>(MessageId id, scoped AnonymousFrame frame, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!TryReadEnvelope(frame, out var envelope))
        {
            return;
        }

        var longest = now.UnixMillis + AnonymousConstants.MaxExpiryMillis + AnonymousConstants.ExpirySlackMillis;
        if (envelope.ExpiresUnixMillis <= now.UnixMillis || envelope.ExpiresUnixMillis > longest || envelope.ReplyUntilUnixMillis > longest)
        {
            Drop(InboundDrop.AnonymousExpiry);
        }
        else if (_context.Unstorable is { } unstorable)
        {
            Drop(unstorable);
        }
        else if (Refuses(envelope, frame.Count > 1, now) is { } refused)
        {
            Drop(refused);
            _context.Counters.RefusalsSent++;
            _answers.Answer(frame.Surb.ToArray(), AnonymousState.Refused, ref sink);
        }
        else
        {
            Span<byte> gathering = stackalloc byte[sizeof(uint)];
            _context.Random.Fill(gathering);
            var entry = new AnonymousEntry(id) { HeardMicros = now.Micros };
            entry.Keep(frame.Surb);
            entry.Begin(envelope, (int)frame.Count, Math.Max(1, BinaryPrimitives.ReadUInt32LittleEndian(gathering)));
            _entries.Add(id, entry);
            _partials.Add(entry);
            _quota.TakeAnonymous(envelope.ContentLength);
            Add(entry, frame, now);
        }
    }

    private bool TryReadEnvelope(scoped AnonymousFrame frame, [NotNullWhen(true)] out AnonymousEnvelope? envelope)
    {
        if (!AnonymousEnvelope.TryRead(frame.Bytes, out envelope, out var length) || !_context.Options.IsOwn(envelope.To))
        {
            Drop(InboundDrop.MalformedEnvelope);
            return false;
        }

        var count = FragmentHeader.PieceCount(length + envelope.ContentLength, AnonymousFrame.PieceBytes(_context.Options.Network.Definition.Geometry));
        if (frame.Count != count || (count == 1 && frame.Bytes.Length != length + envelope.ContentLength))
        {
            Drop(InboundDrop.InconsistentFragment);
            return false;
        }

        return true;
    }

    private InboundDrop? Refuses(AnonymousEnvelope envelope, bool inPieces, Moment now)
    {
        if (inPieces && _partials.Count >= AnonymousLimits.MaxPartials)
        {
            DropIdle(now);
        }

        return inPieces && _partials.Count >= AnonymousLimits.MaxPartials
            ? InboundDrop.AnonymousQuota
            : _quota.RefusesAnonymous(envelope.ContentLength) is { } cause && (!DropIdle(now) || _quota.RefusesAnonymous(envelope.ContentLength) is not null) ? cause : null;
    }

    private bool DropIdle(Moment now)
    {
        var idle = _partials.Where(entry => entry.HeardMicros + (AnonymousLimits.PartialIdleMillis * Moment.MicrosPerMilli) <= now.Micros).ToArray();
        foreach (var entry in idle)
        {
            GiveUp(entry);
            _entries.Remove(entry.Id);
        }

        return idle.Length > 0;
    }

    private void Add(AnonymousEntry entry, scoped AnonymousFrame frame, Moment now)
    {
        // Of one message all frames say the same count, and so all but the last the same length.
        if (frame.Count != entry.Count)
        {
            Drop(InboundDrop.InconsistentFragment);
            return;
        }

        if (entry.Has((int)frame.Index))
        {
            _context.Counters.DuplicateFragments++;
        }
        else
        {
            entry.Add((int)frame.Index, frame.Bytes);
        }

        if (!entry.IsComplete)
        {
            _answers.Schedule(entry, now, atOnce: false);
        }
        else if (_context.Unstorable is { } unstorable)
        {
            // All of it is here; the next fragment that comes again finds out whether there is room.
            Drop(unstorable);
        }
        else
        {
            Complete(entry, now);
        }
    }

    private void Complete(AnonymousEntry entry, Moment now)
    {
        var envelope = entry.Envelope!;
        var length = envelope.ToBytes().Length;
        if (!entry.FitsWith(length) || !SHA256.HashData(entry.Join(length)).AsSpan().SequenceEqual(envelope.ContentHash))
        {
            Drop(InboundDrop.ContentHash);
            GiveUp(entry);
            _entries.Remove(entry.Id);
            return;
        }

        var content = entry.Join(length);
        var position = _inbox.TakePosition();
        var sequence = _conversation.Decided.Watermark + 1;
        _conversation.Decided.Add(sequence);
        _conversation.RaiseBase(sequence + 1);
        _context.Store.Touch(_conversation);
        var row = new InboxEntry
        {
            Place = _conversation.At(sequence),
            ConversationName = "",
            Id = entry.Id,
            Label = envelope.Label,
            CreatedUnixMillis = now.UnixMillis,
            ExpiresUnixMillis = envelope.ExpiresUnixMillis,
            Content = content,
            Tombstone = false,
            State = InboxState.Ready,
            Position = position,
            ReceivedUnixMillis = now.UnixMillis,
        };
        _context.Store.Add(new StoreOperation.AppendInbox(row), content.Length);
        if (envelope.ReplyUntilUnixMillis > 0)
        {
            _context.Store.Add(new StoreOperation.OpenReply(entry.Id, envelope.ReplyUntilUnixMillis));
        }

        _context.Store.Then(CommitEffectKind.AnonymousReceived, entry);
        _context.Store.Then(CommitEffectKind.InboxReady, null, (long)position);

        // What it takes of the quota is now the inbox row's.
        _partials.Remove(entry);
        entry.End(AnonymousState.Settled);
    }

    private void GiveUp(AnonymousEntry entry)
    {
        if (_partials.Remove(entry))
        {
            _quota.GiveBackAnonymous(entry.Envelope!.ContentLength);
        }
    }

    private void Drop(InboundDrop cause) => _context.Counters.Drop(cause);
}
