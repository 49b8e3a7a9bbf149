using System.Buffers.Binary;
using System.Security.Cryptography;
using MixMq.Endpoint.Messaging.Receiving;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>
/// The recipient's half of anonymous messages (spec/07 §18). What is gathered is in memory alone; what is complete goes into the inbox in one transaction, and is known by its id for longer than its sender
/// may ask about it. Everything that anybody can cause without a name is bounded for all of them together.
/// </summary>
internal sealed class AnonymousInbox
{
    private readonly MessagingContext _context;
    private readonly InboxQuota _quota;
    private readonly Inbox _inbox;
    private readonly AnonymousAnswerer _answers;
    private readonly InboundConversation _conversation;
    private readonly Dictionary<MessageId, AnonymousEntry> _entries = [];
    private readonly Queue<AnonymousReceived> _received;
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
        _received = new(stored.Received.OrderBy(received => received.ReceivedUnixMillis));
        foreach (var received in _received)
        {
            _entries[received.Id] = new(received.Id) { State = AnonymousState.Settled, Durable = true };
        }

        // No packet outlives the keys of the epochs that were published when it was made, the present one and two more, and their grace.
        var network = context.Options.Network;
        _keysLiveMillis = 1000L * ((3L * network.EpochSeconds) + network.GraceSeconds + network.SkewSeconds);
    }

    /// <summary>Messages being gathered.</summary>
    public int PartialCount => _partials.Count;

    public long NextDeadline => _partials.Count > 0 ? Math.Min(_answers.NextDeadline, _nextIdleMicros) : _answers.NextDeadline;

    /// <summary>When something can be forgotten, Unix milliseconds.</summary>
    public long NextExpiry => Math.Min(
        _received.TryPeek(out var received) ? received.ReceivedUnixMillis + AnonymousConstants.RememberedMillis : long.MaxValue,
        _withdrawn.TryPeek(out var withdrawn) ? withdrawn.UntilUnixMillis : long.MaxValue);

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
            Handle(frame, now, ref sink);
        }
    }

    /// <summary>A message is durable.</summary>
    public void OnReceived(AnonymousEntry entry, Moment now)
    {
        entry.Durable = true;
        _context.Counters.Received++;
        _answers.Schedule(entry, now, atOnce: true);
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_received.TryPeek(out var received) && received.ReceivedUnixMillis + AnonymousConstants.RememberedMillis <= now.UnixMillis)
        {
            _received.Dequeue();
            _entries.Remove(received.Id);
        }

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

    private void Handle<TSink>(scoped AnonymousFrame frame, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var id = AnonymousFrame.IdOf(frame.Secret);
        _entries.TryGetValue(id, out var entry);
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
        else if (frame.Kind == AnonymousFrameKind.Withdrawal)
        {
            Withdraw(id, entry, frame, now);
        }
        else if (entry is not null)
        {
            Add(entry, frame, now);
        }
        else if (frame.Index == 0)
        {
            Begin(id, frame, now, ref sink);
        }
        else
        {
            // Without its first fragment nothing is kept of a message; its sender, who hears nothing, sends that one again.
            Drop(InboundDrop.UnverifiedRoom);
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
        var pieceBytes = AnonymousFrame.PieceBytes(_context.Options.Network.Definition.Geometry);
        if (!AnonymousEnvelope.TryRead(frame.Bytes, out var envelope, out var length) || envelope.To != _context.Options.Own)
        {
            Drop(InboundDrop.MalformedEnvelope);
        }
        else if (frame.Count != FragmentHeader.PieceCount(length + envelope.ContentLength, pieceBytes)
            || (frame.Count == 1 && frame.Bytes.Length != length + envelope.ContentLength))
        {
            Drop(InboundDrop.InconsistentFragment);
        }
        else if (envelope.ExpiresUnixMillis <= now.UnixMillis
            || envelope.ExpiresUnixMillis > now.UnixMillis + AnonymousConstants.MaxExpiryMillis + AnonymousConstants.ExpirySlackMillis)
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

    private InboundDrop? Refuses(AnonymousEnvelope envelope, bool inPieces, Moment now)
    {
        if (inPieces && _partials.Count >= AnonymousLimits.MaxPartials)
        {
            DropIdle(now);
        }

        return (inPieces && _partials.Count >= AnonymousLimits.MaxPartials) || _received.Count >= AnonymousLimits.MaxRemembered
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
        _context.Store.Then(CommitEffectKind.AnonymousReceived, entry);
        _context.Store.Then(CommitEffectKind.InboxReady, null, (long)position);

        // What it takes of the quota is now the inbox row's.
        _partials.Remove(entry);
        entry.End(AnonymousState.Settled);
        _received.Enqueue(new(entry.Id, now.UnixMillis));
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
