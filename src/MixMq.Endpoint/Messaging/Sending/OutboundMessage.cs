using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>An unsettled message (or the tombstone that replaced it) and where its fragments stand.</summary>
internal sealed class OutboundMessage(OutboundConversation conversation, ulong sequence, MessageId id, string label, long contentLength, long created, long expires)
{
    private FragmentState[]? _fragments;
    private int _acknowledged;
    private int _leadingBeforeDoubt;
    private int _pieceBytes;

    /// <summary>A message as the store has it.</summary>
    public static OutboundMessage Of(OutboxEntry entry, OutboundConversation conversation)
    {
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
        }
        else
        {
            message.Content.Missing = entry.Damaged;
        }

        return message;
    }

    public OutboundConversation Conversation { get; } = conversation;

    public ulong Sequence { get; private set; } = sequence;

    public MessageId Id { get; } = id;

    public string Label { get; } = label;

    public long CreatedUnixMillis { get; } = created;

    public long ExpiresUnixMillis { get; } = expires;

    /// <summary>Bytes of content; 0 once a tombstone has replaced it.</summary>
    public long ContentLength { get; private set; } = contentLength;

    /// <summary>The content is stored in parts: it is read in parts, and needs the recipient's word (<see cref="MayGoOn"/>) before it is sent.</summary>
    public bool InParts { get; init; }

    /// <summary>Bytes of each part of the content but the last.</summary>
    public int PartBytes => InParts ? MessagingConstants.ContentPartBytes : (int)ContentLength;

    /// <summary>The signed envelope; empty until it is signed.</summary>
    public byte[] Envelope { get; set; } = [];

    public bool Committed { get; set; }

    /// <summary>The store knows it, or will with a batch already begun.</summary>
    public bool Stored { get; set; }

    /// <summary>It was settled, and is sent again to a recipient that has lost it: the store need not hear of its outcome again.</summary>
    public bool Recalled { get; init; }

    /// <summary>The signature that is awaited for its envelope; an older one that comes is of no use.</summary>
    public RequestId Signing { get; set; }

    /// <summary>Its time has run out: no fragment leaves any more.</summary>
    public bool Expiring { get; set; }

    /// <summary>Its recipient takes no content as long as this: it is to expire before its time.</summary>
    public bool TooLarge { get; set; }

    /// <summary>The signed tombstone while it is being stored.</summary>
    public byte[]? TombstoneEnvelope { get; set; }

    /// <summary>The tombstone is stored and sent in the message's stead.</summary>
    public bool Tombstone { get; private set; }

    /// <summary>The acknowledgement has come; the store may not know yet.</summary>
    public bool Settled { get; set; }

    /// <summary>How often it stands in the queue of those that are watched until they expire.</summary>
    public int ExpiryEntries { get; set; }

    /// <summary>Tokens of requests to cancel it that aren't answered; null: none.</summary>
    public List<long>? Cancels { get; set; }

    /// <summary>Changes when timers that run for its fragments lose their meaning.</summary>
    public int Generation { get; private set; }

    /// <summary>How often a complete message had to be asked about.</summary>
    public int Stalls { get; set; }

    /// <summary>The lowest fragment that was never sent.</summary>
    public int NextUnsent { get; private set; }

    /// <summary>
    /// Fragments that timed out, lowest first. The first one carries the envelope, without which the recipient acknowledges none: while it is
    /// missing, the others aren't repeated, for most of them are there.
    /// </summary>
    public SortedSet<int> Lost { get; } = [];

    /// <summary>It stands in its conversation's queue of messages with lost fragments.</summary>
    public bool InRetransmit { get; set; }

    public ContentSlot Content { get; } = new();

    public long PayloadBytes => Envelope.Length + ContentLength;

    public int FragmentCount { get; private set; }

    /// <summary>The recipient has a part of it, and so has taken it in.</summary>
    public bool IsBeingGathered => _acknowledged > 0;

    /// <summary>The recipient refuses its conversation for now, and another message asks again.</summary>
    public bool IsHeldBack => Sendable && !Tombstone && !IsBeingGathered && Conversation.HoldBack is { } held && held.Probe != Sequence;

    /// <summary>Of what was never sent of it nothing leaves for now: it is held back, or asks again with its first fragment alone.</summary>
    public bool HoldsUnsent => IsHeldBack || (Conversation.HoldBack is not null && !Tombstone && !IsBeingGathered && NextUnsent > 0);

    /// <summary>The recipient has stored all fragments below this index.</summary>
    public int Leading { get; private set; }

    /// <summary>The first fragment was acknowledged, and is asked about again: the answer tells whether the recipient still has the others.</summary>
    public bool InDoubt { get; private set; }

    public bool AllAcknowledged => FragmentCount > 0 && _acknowledged == FragmentCount;

    public bool Sendable => Committed && !Settled && (!Expiring || Tombstone);

    public ref FragmentState this[int index] => ref _fragments![index];

    public bool Started => _fragments is not null;

    /// <summary>
    /// Whether the lowest fragment never sent may leave. Of a content in parts, not before the recipient has taken the first one, which says what comes: so nothing is sent that it
    /// has no room for, and a sender that has restarted learns what is there instead of sending it again. Of any, not further ahead of what is stored than an acknowledgement tells of.
    /// </summary>
    public bool MayGoOn => (!InParts || NextUnsent == 0 || this[0].Acknowledged) && NextUnsent < Leading + MessagingConstants.FragmentSpan;

    /// <summary>Whether the content of a fragment is in memory.</summary>
    public bool HasPiece(int index)
    {
        var (first, last) = PartsOf(index);
        for (var part = first; part <= last; part++)
        {
            if (!Content.Has(part))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The parts of the content that a fragment has something of; none: last is below first.</summary>
    public (int First, int Last) PartsOf(int index)
    {
        var (start, length) = ContentOf(index);
        return length == 0 ? (0, -1) : ((int)(start / PartBytes), (int)((start + length - 1) / PartBytes));
    }

    /// <summary>Where a fragment's content bytes begin in the content, and how many they are.</summary>
    public (long Start, int Length) ContentOf(int index)
    {
        var start = Math.Max(((long)index * _pieceBytes) - Envelope.Length, 0);
        var end = Math.Min((index + 1L) * _pieceBytes, PayloadBytes) - Envelope.Length;
        return (start, (int)Math.Max(end - start, 0));
    }

    /// <summary>Bytes of a part of the content.</summary>
    public int PartLength(int part) => (int)Math.Min(PartBytes, ContentLength - ((long)part * PartBytes));

    /// <summary>Writes a fragment's bytes; its content is in memory.</summary>
    /// <returns>How many.</returns>
    public int CopyPiece(int index, Span<byte> room)
    {
        var ofEnvelope = Math.Clamp(Envelope.Length - (index * (long)_pieceBytes), 0, _pieceBytes);
        if (ofEnvelope > 0)
        {
            Envelope.AsSpan(checked(index * _pieceBytes), (int)ofEnvelope).CopyTo(room);
            room = room[(int)ofEnvelope..];
        }

        var (at, length) = ContentOf(index);
        for (var left = length; left > 0;)
        {
            var part = Content.Find((int)(at / PartBytes))!.Bytes!.Value.Span[(int)(at % PartBytes)..];
            part = part[..Math.Min(part.Length, left)];
            part.CopyTo(room);
            room = room[part.Length..];
            at += part.Length;
            left -= part.Length;
        }

        return (int)ofEnvelope + length;
    }

    /// <summary>Makes room for the fragments' states before the first is sent.</summary>
    public void Begin(int pieceBytes)
    {
        _pieceBytes = pieceBytes;
        if (_fragments is null)
        {
            FragmentCount = Tombstone ? 1 : FragmentHeader.PieceCount(PayloadBytes, pieceBytes);
            _fragments = new FragmentState[FragmentCount];
        }
    }

    /// <summary>Takes over a tombstone from the store.</summary>
    public void RestoreTombstone()
    {
        Tombstone = true;
        Expiring = true;
        ContentLength = 0;
    }

    /// <summary>Passes over fragments that the recipient had from an earlier run of this node.</summary>
    /// <returns>False: every fragment was sent or is there.</returns>
    public bool MoveToUnsent()
    {
        while (NextUnsent < FragmentCount && this[NextUnsent].Acknowledged)
        {
            NextUnsent++;
        }

        return NextUnsent < FragmentCount;
    }

    /// <summary>Takes the next fragment to repeat.</summary>
    /// <returns>False: none may be repeated now.</returns>
    public bool TryPeekLost(out int index)
    {
        while (Sendable && Lost.Count > 0)
        {
            index = Lost.Min;
            if (!this[index].Acknowledged && !this[index].InFlight)
            {
                return index == 0 || this[0].Acknowledged;
            }

            Lost.Remove(index);
        }

        index = 0;
        return false;
    }

    public void OnSent(int index, long nowMicros)
    {
        ref var fragment = ref this[index];
        fragment.SentMicros = nowMicros;
        fragment.Attempts++;
        fragment.InFlight = true;
        NextUnsent = Math.Max(NextUnsent, index + 1);
    }

    /// <summary>Notes that the recipient has a fragment.</summary>
    /// <returns>False: that was known.</returns>
    public bool OnAcknowledged(int index)
    {
        if (this[index].Acknowledged)
        {
            return false;
        }

        this[index].Acknowledged = true;
        _acknowledged++;
        while (Leading < FragmentCount && this[Leading].Acknowledged)
        {
            Leading++;
        }

        return true;
    }

    /// <summary>The recipient seems not to have what it said it has: ask with the first fragment again, or with all of them.</summary>
    public void Doubt(bool all)
    {
        if (InParts && this[0].Acknowledged)
        {
            InDoubt = true;
            _leadingBeforeDoubt = Leading;
        }

        for (var i = 0; i < (all ? FragmentCount : 1); i++)
        {
            if (this[i].Acknowledged)
            {
                this[i].Acknowledged = false;
                _acknowledged--;
                Leading = 0;
                Lost.Add(i);
            }
        }
    }

    /// <summary>The answer to a doubt: the recipient has all fragments below this one.</summary>
    /// <returns>Whether it has lost what it once had; then <see cref="Restart"/>. (Or the answer is an old one, and the next one corrects it.)</returns>
    public bool IsLostAt(uint leading)
    {
        if (!InDoubt)
        {
            return false;
        }

        InDoubt = false;
        return leading < _leadingBeforeDoubt;
    }

    /// <summary>Nothing is known any more of what the recipient has: it is asked with the first fragment.</summary>
    /// <returns>How many fragments were in flight.</returns>
    public int Restart()
    {
        var given = CountInFlight();
        _fragments = new FragmentState[FragmentCount];
        _acknowledged = 0;
        Leading = 0;
        NextUnsent = 0;
        InDoubt = false;
        Lost.Clear();
        Generation++;
        return given;
    }

    /// <summary>What is in flight counts as lost.</summary>
    /// <returns>How many fragments that were.</returns>
    public int GiveUpInFlight()
    {
        var given = 0;
        for (var i = 0; _fragments is not null && i < FragmentCount; i++)
        {
            if (this[i].InFlight)
            {
                this[i].InFlight = false;
                Lost.Add(i);
                given++;
            }
        }

        return given;
    }

    /// <summary>Stands in its conversation's queue of messages with lost fragments from now on.</summary>
    public void AwaitRetransmit()
    {
        if (!InRetransmit)
        {
            InRetransmit = true;
            Conversation.Retransmit.Enqueue(this);
        }
    }

    public int CountInFlight() => _fragments is null ? 0 : _fragments.Count(fragment => fragment.InFlight);

    /// <summary>From now on the tombstone is what is sent.</summary>
    public void BecomeTombstone()
    {
        Envelope = TombstoneEnvelope ?? throw new InvalidOperationException("There is no tombstone.");
        TombstoneEnvelope = null;
        ContentLength = 0;
        Tombstone = true;
        Expiring = true;
        BeginAnew();
    }

    /// <summary>It has another place now, in which nothing of it was sent.</summary>
    /// <returns>How many of its fragments were in flight.</returns>
    public int MoveTo(ulong sequence)
    {
        var inFlight = CountInFlight();
        Sequence = sequence;
        BeginAnew();
        return inFlight;
    }

    private void BeginAnew()
    {
        Forget();
        FragmentCount = 0;
        NextUnsent = 0;
        Leading = 0;
        _acknowledged = 0;
        Stalls = 0;
    }

    /// <summary>Drops all fragment states; timers that still run find another generation.</summary>
    public void Forget()
    {
        _fragments = null;
        Lost.Clear();
        Generation++;
    }
}
