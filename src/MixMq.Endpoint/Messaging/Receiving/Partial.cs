using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>A verified message whose fragments are being gathered.</summary>
internal sealed class Partial(InboundConversation conversation, Envelope envelope, byte[] envelopeBytes, int count)
{
    private readonly byte[] _decided = new byte[(count + 7) / 8];
    private readonly byte[] _durable = new byte[(count + 7) / 8];
    private int _decidedCount;
    private int _durableCount;
    private int _leading;

    public InboundConversation Conversation { get; } = conversation;

    public Envelope Envelope { get; } = envelope;

    public byte[] EnvelopeBytes { get; } = envelopeBytes;

    public int Count { get; } = count;

    /// <summary>The content gathered in memory too, where it is small; spares reading it back.</summary>
    public byte[]? Buffer { get; set; }

    /// <summary>How far the stored content has been hashed, where it is stored in parts; null: it is stored whole.</summary>
    public PartialHash? Hash { get; init; }

    /// <summary>Settled, replaced or given up: answers and commits that still come mean nothing.</summary>
    public bool Closed { get; set; }

    /// <summary>The sender is to be told (again) what is stored.</summary>
    public bool AckDirty { get; set; }

    /// <summary>It waits for its content, or its content is being read.</summary>
    public bool Reading { get; set; }

    public bool Decided => _decidedCount == Count;

    public bool Durable => _durableCount == Count;

    public bool HasDecided(int index) => Bitmap.Get(_decided, index);

    public bool HasDurable(int index) => Bitmap.Get(_durable, index);

    /// <summary>Fragments below this index are durable.</summary>
    public int Leading => _leading;

    public void Decide(int index)
    {
        Bitmap.Set(_decided, index);
        _decidedCount++;
    }

    public void Store(int index)
    {
        Bitmap.Set(_durable, index);
        _durableCount++;
        while (_leading < Count && HasDurable(_leading))
        {
            _leading++;
        }
    }

    /// <summary>Content bytes in a fragment, and where they begin in the content.</summary>
    public (long Start, int Length) ContentOf(int index, int pieceBytes)
    {
        var payload = EnvelopeBytes.Length + Envelope.ContentLength;
        var start = Math.Max(((long)index * pieceBytes) - EnvelopeBytes.Length, 0);
        var end = Math.Min((index + 1L) * pieceBytes, payload) - EnvelopeBytes.Length;
        return (start, (int)(end - start));
    }

    /// <summary>Content bytes from the beginning on that are durable without a gap.</summary>
    public long LeadingBytes(int pieceBytes) =>
        Durable ? Envelope.ContentLength : Math.Max(((long)_leading * pieceBytes) - EnvelopeBytes.Length, 0);
}
