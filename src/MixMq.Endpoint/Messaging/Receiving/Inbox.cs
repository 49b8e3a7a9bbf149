using System.Security.Cryptography;
using MixMq.Endpoint.Messaging.Views;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>
/// The receiving half: fragments and tombstones in, settled places out. Nothing is stored before the envelope's signature is verified, and
/// nothing acknowledged before it is durable.
/// </summary>
internal sealed class Inbox
{
    private readonly MessagingContext _context;
    private readonly InboundDirectory _directory;
    private readonly Acknowledger _acknowledger;
    private readonly Settlement _settlement;
    private readonly InboxQuota _quota;
    private readonly Partials _partials;
    private readonly Verifications _verifications;
    private readonly UnverifiedFragments _unverified;
    private readonly ViewExchange _views;
    private readonly MarkAnswerer _marks;

    public Inbox(
        MessagingContext context, InboundDirectory directory, InboxQuota quota, Acknowledger acknowledger, MarkAnswerer marks, ViewExchange views, EndpointState state)
    {
        _marks = marks;
        _views = views;
        _context = context;
        _directory = directory;
        _acknowledger = acknowledger;
        _quota = quota;
        _settlement = new(context, quota, state.LastInboxPosition);
        _partials = new(context, quota, _settlement, acknowledger);
        _verifications = new(context);
        _unverified = new(context.Options.MaxUnverifiedBytes, context.Counters);
        Restore(state);
    }

    public int PartialCount => _partials.Count;

    /// <summary>Gives out the next inbox position, for what has no conversation.</summary>
    public ulong TakePosition() => _settlement.TakePosition();

    /// <summary>When the next partial is given up, Unix milliseconds.</summary>
    public long NextExpiry => _partials.NextExpiry;

    /// <summary>Takes a fragment or tombstone frame.</summary>
    public void HandleFrame<TSink>(FrameType type, scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!FragmentHeader.TryRead(body, out var header, out var bytes))
        {
            Drop(InboundDrop.MalformedFrame);
        }
        else if (!_context.MayWrite(header.Place.Sender))
        {
            Drop(InboundDrop.SenderNotAllowed);
        }
        else if (!HasConsistentSize(type, header, bytes.Length))
        {
            Drop(InboundDrop.InconsistentFragment);
        }
        else if (_directory.Find(header.Place) is not { } conversation)
        {
            HandleUnplaced(type, header, body, conversation: null, now, ref sink);
        }
        else if (FragmentHeader.HasTag(type, conversation.Exchange.FragmentKey, body))
        {
            HandleAuthentic(type, header, body, conversation, now, ref sink);
        }
        else if (header.Index == 0
            && Envelope.TryRead(bytes, out var envelope, out _)
            && !HasSecret(conversation, envelope)
            && FragmentHeader.HasTag(type, envelope.Secret, body))
        {
            // The sender may have opened the conversation anew, because its store is older than the conversation.
            HandleUnplaced(type, header, body, conversation: null, now, ref sink);
        }
        else
        {
            Drop(InboundDrop.ForgedFragment);
        }
    }

    /// <summary>Takes the answer to a verification.</summary>
    /// <returns>False: not one of this half's.</returns>
    public bool HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_verifications.Take(id) is not { } pending)
        {
            return false;
        }

        if (!valid)
        {
            Drop(InboundDrop.ForgedEnvelope);
            return true;
        }

        if (_context.Unstorable is { } cause)
        {
            Drop(cause);
            return true;
        }

        if (FindOrOpen(pending, now, ref sink) is { } conversation)
        {
            Place(pending, conversation, now);
        }

        return true;
    }

    /// <summary>Takes the answer to a read of a partial.</summary>
    /// <returns>False: not one of this half's.</returns>
    public bool HandleContent(ContentRequestId id, ReadOnlyMemory<byte>? content, Moment now) => _partials.HandleContent(id, content, now);

    /// <summary>A fragment is durable.</summary>
    public void OnFragmentStored(Partial partial, int index, Moment now) => _partials.OnStored(partial, index, now);

    /// <summary>What took a place is durable.</summary>
    public void OnSettled(InboundConversation conversation, ulong sequence, bool tombstone, Moment now)
    {
        if (sequence == conversation.Durable.Watermark + 1)
        {
            conversation.Exchange.Asked = 0;
        }

        conversation.Durable.Add(sequence);
        if (tombstone)
        {
            _context.Counters.ReceivedTombstones++;
            if (sequence >= conversation.Base)
            {
                conversation.DurableTombstones.Add(sequence);
            }
        }
        else
        {
            _context.Counters.Received++;
        }

        _acknowledger.Schedule(conversation, now, atOnce: false);
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => _partials.Advance(now, ref sink);

    /// <summary>The sender says from where on it doesn't know yet what became of its messages: in a mark that names this start.</summary>
    public void RaiseBase(InboundConversation conversation, ulong value, Moment now) => RaiseBase(conversation, value, saidInMark: true, now);

    private void RaiseBase(InboundConversation conversation, ulong value, bool saidInMark, Moment now)
    {
        var exchange = conversation.Exchange;
        if (value <= conversation.Base)
        {
            return;
        }

        var passesOver = value - 1 > conversation.Decided.Watermark;
        if (passesOver && saidInMark && _context.Unstorable is { } cause)
        {
            // A gap is a row too. The sender is asked again.
            exchange.Awaits = true;
            _acknowledger.ScheduleAwaited(conversation, now);
            Drop(cause);
            return;
        }

        exchange.Known |= value - 1 > exchange.HighestAtStart;
        if (passesOver && !saidInMark)
        {
            // This node has lost what it once acknowledged, or the sender what it once accepted: the sender must say so knowing how things stand here. A fragment doesn't show that it does: it
            // may have left before the sender heard of this start, and come after a mark that left later.
            exchange.Awaits = true;
            exchange.MarkDue = true;
            _acknowledger.Schedule(conversation, now, atOnce: true);
            return;
        }

        exchange.Awaits = false;

        foreach (var partial in conversation.Partials.Values.Where(partial => partial.Envelope.Sequence < value).ToArray())
        {
            _partials.Drop(partial);
        }

        _settlement.RaiseBase(conversation, value, now);
    }

    private void HandleAuthentic<TSink>(
        FrameType type, in FragmentHeader header, scoped ReadOnlySpan<byte> body, InboundConversation conversation, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var sequence = header.Place.Sequence;
        OnHeard(conversation, now);
        RaiseBase(conversation, header.Base, saidInMark: false, now);
        if (conversation.Decided.Contains(sequence))
        {
            _context.Counters.DuplicateFragments++;
            if (conversation.Durable.Contains(sequence))
            {
                // Its acknowledgement was lost, or the sender took it for one of another start.
                conversation.Exchange.Known = false;
                _acknowledger.Schedule(conversation, now, atOnce: true);
            }
        }
        else if (sequence - conversation.Base >= MessagingConstants.SequenceWindow)
        {
            Drop(InboundDrop.OutOfWindow);
        }
        else if (type == FrameType.Fragment && conversation.Partials.TryGetValue(sequence, out var partial))
        {
            AddToPartial(partial, header, body, now);
        }
        else
        {
            HandleUnplaced(type, header, body, conversation, now, ref sink);
        }
    }

    private void AddToPartial(Partial partial, in FragmentHeader header, scoped ReadOnlySpan<byte> body, Moment now)
    {
        var bytes = body[FragmentHeader.ByteCount..];
        var last = header.Index + 1 == header.Count;
        var payload = partial.EnvelopeBytes.Length + partial.Envelope.ContentLength;
        if (header.Id != partial.Envelope.Id)
        {
            Drop(InboundDrop.PlaceTaken);
        }
        else if (header.Count != partial.Count || (last && bytes.Length != payload - ((partial.Count - 1L) * _context.PieceBytes)))
        {
            Drop(InboundDrop.InconsistentFragment);
        }
        else
        {
            _partials.HandleFragment(partial, (int)header.Index, bytes, now);
        }
    }

    // What has no open partial: an envelope to verify, or a fragment that must wait for one.
    private void HandleUnplaced<TSink>(
        FrameType type, in FragmentHeader header, scoped ReadOnlySpan<byte> body, InboundConversation? conversation, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (header.Index != 0)
        {
            _unverified.Add(header, body);
            return;
        }

        var bytes = body[FragmentHeader.ByteCount..];
        if (!Envelope.TryRead(bytes, out var envelope, out var length)
            || envelope.Kind != (type == FrameType.Tombstone ? EnvelopeKind.Tombstone : EnvelopeKind.Message)
            || envelope.Place != header.Place
            || envelope.Id != header.Id
            || !_context.Options.IsOwn(envelope.To))
        {
            Drop(InboundDrop.MalformedEnvelope);
        }
        else if (header.Count != FragmentHeader.PieceCount(length + envelope.ContentLength, _context.PieceBytes)
            || (header.Count == 1 && bytes.Length != length + envelope.ContentLength))
        {
            Drop(InboundDrop.InconsistentFragment);
        }
        else if (conversation is not null && !HasSecret(conversation, envelope))
        {
            Drop(InboundDrop.SecretChanged);
        }
        else if (conversation is null && !FragmentHeader.HasTag(type, envelope.Secret, body))
        {
            Drop(InboundDrop.ForgedFragment);
        }
        else if (conversation is null && !_directory.HasRoom(header.Place.Sender))
        {
            Drop(InboundDrop.ConversationLimit);
        }
        else if (conversation is null || MayTake(conversation, envelope, header.Count > 1, now))
        {
            _verifications.Begin(type, header, envelope, length, body, ref sink);
        }
    }

    private InboundConversation? FindOrOpen<TSink>(Verifications.Pending pending, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var place = pending.Header.Place;
        if (_directory.Find(place) is { } conversation)
        {
            // While it was being verified, the sender may have begun another start, or opened the conversation under another secret.
            if (FragmentHeader.HasTag(pending.Type, conversation.Exchange.FragmentKey, pending.Body))
            {
                return conversation;
            }

            Drop(InboundDrop.SecretChanged);
            if (!HasSecret(conversation, pending.Envelope))
            {
                _marks.OnStranger(pending.Envelope, now, ref sink);
            }

            return null;
        }

        if (pending.Header.Base > MessagingConstants.FirstSequence)
        {
            // Something was settled that isn't known here: this store is older than the conversation. The sender is asked what it still has.
            _marks.OnStranger(pending.Envelope, now, ref sink);
            return null;
        }

        if (!_directory.HasRoom(place.Sender))
        {
            Drop(InboundDrop.ConversationLimit);
            return null;
        }

        return _directory.Open(place, pending.Envelope.Name, pending.Envelope.Secret, watermark: 0);
    }

    private void Place(Verifications.Pending pending, InboundConversation conversation, Moment now)
    {
        var (_, header, envelope, length, body) = pending;
        var sequence = envelope.Sequence;
        OnHeard(conversation, now);
        RaiseBase(conversation, header.Base, saidInMark: false, now);
        conversation.Partials.TryGetValue(sequence, out var partial);
        if (conversation.Decided.Contains(sequence))
        {
            _context.Counters.DuplicateFragments++;
        }
        else if (sequence - conversation.Base >= MessagingConstants.SequenceWindow)
        {
            Drop(InboundDrop.OutOfWindow);
        }
        else if (envelope.Kind == EnvelopeKind.Tombstone)
        {
            if (partial is not null)
            {
                _partials.Drop(partial);
            }

            _unverified.Take(header.Place, header.Id);
            _settlement.Settle(conversation, envelope, ReadOnlyMemory<byte>.Empty, now);
        }
        else if (partial is not null)
        {
            AddToPartial(partial, header, body, now);
        }
        else if (MayTake(conversation, envelope, header.Count > 1, now))
        {
            PlaceNew(conversation, pending, now);
        }
    }

    private void PlaceNew(InboundConversation conversation, Verifications.Pending pending, Moment now)
    {
        var (_, header, envelope, length, body) = pending;
        if (header.Count == 1)
        {
            PlaceWhole(conversation, envelope, body.AsMemory(FragmentHeader.ByteCount + length), now);
        }
        else
        {
            var opened = _partials.Open(conversation, envelope, body.AsSpan(FragmentHeader.ByteCount, length).ToArray(), (int)header.Count);
            AddToPartial(opened, header, body, now);
            AddWaiting(opened, header, now);
        }
    }

    // Tombstones pass whatever is full: without them their senders would go on for ever, and the conversation would end here.
    private bool MayTake(InboundConversation conversation, Envelope envelope, bool inPieces, Moment now)
    {
        InboundDrop? refused = envelope.Kind == EnvelopeKind.Tombstone ? null
            : envelope.ContentLength > _context.Options.MaxContentBytes ? InboundDrop.ContentTooLarge
            : inPieces && !_partials.HasRoom(conversation, envelope) ? InboundDrop.PartialQuota
            : _quota.Refuses(conversation, envelope.Sequence, envelope.ContentLength);
        if (refused is not { } cause)
        {
            conversation.Refused.Remove(envelope.Sequence);
            return true;
        }

        Drop(cause);
        _unverified.Take(envelope.Place, envelope.Id);
        conversation.LimitDue |= cause == InboundDrop.ContentTooLarge;
        _acknowledger.Refuse(conversation, envelope.Sequence, now);
        return false;
    }

    private void OnHeard(InboundConversation conversation, Moment now) => _views.OnHeard(
        new(_context.Options.KnownAs, IsSenders: false, conversation.Id), conversation.Sender.Address, conversation.Sender.Talk, conversation.Secret, now);

    private void PlaceWhole(InboundConversation conversation, Envelope envelope, ReadOnlyMemory<byte> content, Moment now)
    {
        if (SHA256.HashData(content.Span).AsSpan().SequenceEqual(envelope.ContentHash))
        {
            _settlement.Settle(conversation, envelope, content, now);
        }
        else
        {
            Drop(InboundDrop.ContentHash);
        }
    }

    private void AddWaiting(Partial partial, in FragmentHeader first, Moment now)
    {
        foreach (var body in _unverified.Take(first.Place, first.Id))
        {
            if (partial.Closed)
            {
                return;
            }

            if (!FragmentHeader.HasTag(FrameType.Fragment, partial.Conversation.Exchange.FragmentKey, body))
            {
                Drop(InboundDrop.ForgedFragment);
            }
            else if (FragmentHeader.TryRead(body, out var header, out _))
            {
                AddToPartial(partial, header, body, now);
            }
        }
    }

    private bool HasConsistentSize(FrameType type, in FragmentHeader header, int length)
    {
        // Cut from the format alone: all pieces but the last are full, and no envelope and content make more than so many.
        var last = header.Index + 1 == header.Count;
        var most = FragmentHeader.PieceCount(MessagingConstants.MaxContentBytes + Envelope.MaxBytes, _context.PieceBytes);
        return header.Count <= most
            && (type == FrameType.Fragment || header.Count == 1)
            && (last ? length > 0 && length <= _context.PieceBytes : length == _context.PieceBytes);
    }

    private static bool HasSecret(InboundConversation conversation, Envelope envelope)
    {
        Span<byte> secret = stackalloc byte[ConversationSecret.ByteCount];
        envelope.Secret.CopyTo(secret);
        return conversation.Secret.Matches(secret);
    }

    private void Drop(InboundDrop cause) => _context.Counters.Drop(cause);

    private void Restore(EndpointState state)
    {
        foreach (var stored in state.InboundConversations)
        {
            var conversation = _directory.Open(new(stored.Sender, stored.Conversation, 0), stored.Name, stored.Secret, stored.Watermark);
            conversation.Restore(stored);
        }

        foreach (var held in state.Held)
        {
            var conversation = Known(held.Place);
            _quota.TakeAhead(conversation, held.Place.Sequence, held.ContentLength);
            conversation.Decided.Add(held.Place.Sequence);
            conversation.Durable.Add(held.Place.Sequence);
        }

        foreach (var conversation in _directory.Conversations)
        {
            conversation.Exchange.HighestAtStart = conversation.Decided.Highest;
        }

        foreach (var partial in state.Partials)
        {
            if (!Envelope.TryRead(partial.Envelope.Span, out var envelope, out var length)
                || length != partial.Envelope.Length
                || envelope.Kind != EnvelopeKind.Message
                || envelope.Place != partial.Place
                || envelope.Id != partial.Id
                || !_context.Options.IsOwn(envelope.To)
                || partial.FragmentCount != FragmentHeader.PieceCount(length + envelope.ContentLength, _context.PieceBytes)
                || partial.Leading < 0
                || partial.Leading > partial.FragmentCount
                || partial.Fragments.Any(index => index < 0 || index >= partial.FragmentCount))
            {
                throw new InvalidDataException("The store holds a partial message that isn't well-formed, contradicts its row, or is another packet geometry's.");
            }

            _partials.Restore(Known(partial.Place), partial, envelope);
        }
    }

    private InboundConversation Known(in Place place) =>
        _directory.Find(place) ?? throw new InvalidDataException("The store holds an inbox row without its conversation.");
}
