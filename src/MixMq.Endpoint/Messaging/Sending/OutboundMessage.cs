using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>An unsettled message (or the tombstone that replaced it) and where its fragments stand.</summary>
internal sealed class OutboundMessage(OutboundConversation conversation, ulong sequence, MessageId id, string label, int contentLength, long created, long expires)
{
    private FragmentState[]? _fragments;
    private int _acknowledged;

    public OutboundConversation Conversation { get; } = conversation;

    public ulong Sequence { get; private set; } = sequence;

    public MessageId Id { get; } = id;

    public string Label { get; } = label;

    public long CreatedUnixMillis { get; } = created;

    public long ExpiresUnixMillis { get; } = expires;

    /// <summary>Bytes of content; 0 once a tombstone has replaced it.</summary>
    public int ContentLength { get; private set; } = contentLength;

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

    /// <summary>The signed tombstone while it is being stored.</summary>
    public byte[]? TombstoneEnvelope { get; set; }

    /// <summary>The tombstone is stored and sent in the message's stead.</summary>
    public bool Tombstone { get; private set; }

    /// <summary>The acknowledgement has come; the store may not know yet.</summary>
    public bool Settled { get; set; }

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

    public int PayloadBytes => Envelope.Length + ContentLength;

    public int FragmentCount { get; private set; }

    public bool AllAcknowledged => FragmentCount > 0 && _acknowledged == FragmentCount;

    public bool Sendable => Committed && !Settled && (!Expiring || Tombstone);

    public ref FragmentState this[int index] => ref _fragments![index];

    public bool Started => _fragments is not null;

    public bool HasContent => ContentLength == 0 || Content.Bytes is not null;

    /// <summary>Makes room for the fragments' states before the first is sent.</summary>
    public void Begin(int pieceBytes)
    {
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
        return true;
    }

    /// <summary>The recipient seems not to have what it said it has: ask with the first fragment again, or with all of them.</summary>
    public void Doubt(bool all)
    {
        for (var i = 0; i < (all ? FragmentCount : 1); i++)
        {
            if (this[i].Acknowledged)
            {
                this[i].Acknowledged = false;
                _acknowledged--;
                Lost.Add(i);
            }
        }
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

    public int CountInFlight() => _fragments is null ? 0 : _fragments.Count(fragment => fragment.InFlight);

    /// <summary>From now on the tombstone is what is sent.</summary>
    public void BecomeTombstone()
    {
        Envelope = TombstoneEnvelope ?? throw new InvalidOperationException("There is no tombstone.");
        TombstoneEnvelope = null;
        ContentLength = 0;
        Tombstone = true;
        Expiring = true;
        Restart();
    }

    /// <summary>It has another place now, in which nothing of it was sent.</summary>
    /// <returns>How many of its fragments were in flight.</returns>
    public int MoveTo(ulong sequence)
    {
        var inFlight = CountInFlight();
        Sequence = sequence;
        Restart();
        return inFlight;
    }

    private void Restart()
    {
        Forget();
        FragmentCount = 0;
        NextUnsent = 0;
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
