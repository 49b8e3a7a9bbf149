using MixMq.Endpoint.Messaging.Sending;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>An anonymous message of this node's that isn't settled.</summary>
internal sealed class AnonymousMessage
{
    private readonly HashSet<uint> _former = [];

    public required MessageId Id { get; init; }

    public required NodeAddress Recipient { get; init; }

    /// <summary>Its place among those to this recipient, in the store alone.</summary>
    public required ulong Sequence { get; init; }

    public required byte[] Secret { get; init; }

    /// <summary>As it is sent, before the content.</summary>
    public required byte[] Envelope { get; init; }

    public required int ContentLength { get; init; }

    public required long CreatedUnixMillis { get; init; }

    /// <summary>As the envelope says it.</summary>
    public required long ExpiresUnixMillis { get; init; }

    /// <summary>A reply is waited for until then; 0: none is.</summary>
    public required long ReplyUntilUnixMillis { get; init; }

    public required AnonymousPieces Pieces { get; init; }

    public required RoundTrip RoundTrip { get; init; }

    /// <summary>Null: it must be read.</summary>
    public ReadOnlyMemory<byte>? Content { get; set; }

    public bool Reading { get; set; }

    public bool Committed { get; set; }

    /// <summary>It is being replaced in the store: no fragment leaves any more.</summary>
    public bool Expiring { get; set; }

    /// <summary>The store knows that it is to be withdrawn: the recipient is told, and asked what became of it.</summary>
    public bool Withdrawing { get; set; }

    public bool Settled { get; set; }

    /// <summary>Tokens of requests to cancel it that aren't answered.</summary>
    public List<long> Cancels { get; } = [];

    /// <summary>The recipient has answered about what it gathers now; else only the first fragment is sent.</summary>
    public bool Known { get; set; }

    public uint Gathering { get; private set; }

    /// <summary>When the recipient was heard last, microseconds.</summary>
    public long HeardMicros { get; set; }

    /// <summary>How often the recipient was asked without an answer.</summary>
    public int Probes { get; set; }

    /// <summary>How often in a row the recipient refused it.</summary>
    public int Refusals { get; set; }

    /// <summary>When it has its next turn, microseconds; entries of the queue for other times are void.</summary>
    public long Due { get; set; } = long.MaxValue;

    /// <summary>The recipient gathers it under this number.</summary>
    /// <returns>False: under another one by now; the answer is old.</returns>
    public bool Follow(uint gathering)
    {
        if (Known && Gathering == gathering)
        {
            return true;
        }

        if (_former.Contains(gathering))
        {
            return false;
        }

        if (gathering != Gathering)
        {
            if (_former.Count == AnonymousLimits.MaxGatherings)
            {
                return false;
            }

            if (Gathering != 0)
            {
                _former.Add(Gathering);
            }

            Gathering = gathering;
            Pieces.Forget();
        }

        Known = true;
        return true;
    }

    /// <summary>Writes a piece of envelope and content.</summary>
    /// <returns>Its length.</returns>
    public int CopyPiece(int index, int pieceBytes, Span<byte> room)
    {
        var content = Content!.Value.Span;
        var first = (long)index * pieceBytes;
        var length = (int)Math.Min(pieceBytes, Envelope.Length + content.Length - first);
        var fromEnvelope = (int)Math.Clamp(Envelope.Length - first, 0, length);
        Envelope.AsSpan((int)Math.Min(first, Envelope.Length), fromEnvelope).CopyTo(room);
        content.Slice((int)Math.Max(0, first - Envelope.Length), length - fromEnvelope).CopyTo(room[fromEnvelope..]);
        return length;
    }
}
