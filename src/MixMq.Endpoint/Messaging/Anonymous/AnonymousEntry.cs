namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>What a recipient knows of one anonymous message, and the SURBs with which it can say so.</summary>
internal sealed class AnonymousEntry(MessageId id)
{
    private byte[]?[] _pieces = [];
    private int _missing;

    public MessageId Id { get; } = id;

    public AnonymousState State { get; set; }

    /// <summary>The store is being asked whether it was received: the frame that came meanwhile, and is taken once that is known. Null: that is known.</summary>
    public byte[]? Waiting { get; set; }

    /// <summary>What it says may be told.</summary>
    public bool Durable { get; set; }

    /// <summary>While it is gathered.</summary>
    public AnonymousEnvelope? Envelope { get; private set; }

    public uint Gathering { get; private set; }

    public int Leading { get; private set; }

    public int Count => _pieces.Length;

    public bool IsComplete => _missing == 0;

    /// <summary>When something of it came last, microseconds.</summary>
    public long HeardMicros { get; set; }

    /// <summary>The newest, the newest last.</summary>
    public List<byte[]> Surbs { get; } = [];

    /// <summary>When the next answer is due, microseconds; <see cref="long.MaxValue"/>: none is.</summary>
    public long AnswerDue { get; set; } = long.MaxValue;

    public void Begin(AnonymousEnvelope envelope, int count, uint gathering)
    {
        State = AnonymousState.Gathering;
        Envelope = envelope;
        Gathering = gathering;
        _pieces = new byte[count][];
        _missing = count;
    }

    public bool Has(int index) => _pieces[index] is not null;

    /// <summary>Keeps a piece; one that is there already is left as it is.</summary>
    public void Add(int index, ReadOnlySpan<byte> bytes)
    {
        if (_pieces[index] is null)
        {
            _pieces[index] = bytes.ToArray();
            _missing--;
            while (Leading < _pieces.Length && _pieces[Leading] is not null)
            {
                Leading++;
            }
        }
    }

    /// <summary>Whether the pieces are as long as envelope and content together.</summary>
    public bool FitsWith(int envelopeBytes) => _pieces.Sum(static piece => (long)piece!.Length) == (long)envelopeBytes + Envelope!.ContentLength;

    /// <summary>All pieces in one, the envelope left out; only if they fit.</summary>
    public byte[] Join(int envelopeBytes)
    {
        var content = new byte[Envelope!.ContentLength];
        var at = -envelopeBytes;
        foreach (var piece in _pieces)
        {
            var skip = Math.Max(0, -at);
            piece.AsSpan(skip).CopyTo(content.AsSpan(at + skip));
            at += piece!.Length;
        }

        return content;
    }

    /// <summary>Its pieces aren't wanted any more.</summary>
    public void End(AnonymousState state)
    {
        State = state;
        Envelope = null;
        _pieces = [];
        _missing = 0;
        Leading = 0;
        Gathering = 0;
    }

    public void Keep(ReadOnlySpan<byte> surb)
    {
        if (Surbs.Count >= AnonymousLimits.MaxHeldSurbs)
        {
            Surbs.RemoveAt(0);
        }

        Surbs.Add(surb.ToArray());
    }

    public byte[]? TakeSurb()
    {
        if (Surbs.Count == 0)
        {
            return null;
        }

        var surb = Surbs[^1];
        Surbs.RemoveAt(Surbs.Count - 1);
        return surb;
    }
}
