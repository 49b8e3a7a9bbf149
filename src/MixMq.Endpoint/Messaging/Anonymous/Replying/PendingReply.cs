using System.Security.Cryptography;
using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>A reply of this node's application that isn't known to have arrived.</summary>
internal sealed class PendingReply(StoredReply stored)
{
    private byte[] _envelope = [];
    private long[] _sent = [];
    private bool[] _there = [];
    private int _leading;
    private (uint Count, uint Leading, byte[] There) _told = (0, 0, []);

    public MessageId Question => stored.Question;

    public MessageId Id { get; } = ReplyEnvelope.IdOf(stored.Question);

    /// <summary>As it is in the store, or will be.</summary>
    public StoredReply Stored => stored;

    public long UntilUnixMillis => stored.UntilUnixMillis;

    public int ContentLength => stored.ContentLength;

    /// <summary>Null: it must be read.</summary>
    public ReadOnlyMemory<byte>? Content { get; set; }

    public bool Reading { get; set; }

    public bool Committed { get; set; }

    /// <summary>When its asker was heard last, or this process began, microseconds.</summary>
    public long HeardMicros { get; set; }

    /// <summary>That it was given up is on its way to the disk; until it is there, the store may still say that the reply is to be sent.</summary>
    public bool Ending { get; set; }

    /// <summary>It isn't sent before, microseconds.</summary>
    public long LeavesMicros { get; set; }

    /// <summary>Whether it may be sent, and settled.</summary>
    public bool IsLive => Committed && !Ending;

    public int Count => _there.Length;

    /// <summary>What its application is told of it.</summary>
    public SubmitOutcome Accepted() => new(SubmitRefusal.None, Id, 0, stored.CreatedUnixMillis, UntilUnixMillis);

    public bool AllThere => _leading == Count;

    /// <summary>Cuts it into fragments; the envelope's tag takes the secret that the asker's supplies say.</summary>
    public void Prepare(ReadOnlySpan<byte> secret, int pieceBytes)
    {
        if (Count == 0)
        {
            var envelope = new ReplyEnvelope { ContentLength = stored.ContentLength, ContentHash = SHA256.HashData(Content!.Value.Span), Label = stored.Label };
            _envelope = envelope.ToBytes(secret);
            _sent = new long[FragmentHeader.PieceCount(_envelope.Length + stored.ContentLength, pieceBytes)];
            _there = new bool[_sent.Length];
            Apply();
        }
    }

    /// <summary>
    /// What the asker has, as its newest supply says it. One that was overtaken says less, or what a process had that is gone: then fragments come twice, or wait for the next supply, which the asker sends when it hears nothing.
    /// </summary>
    public void Tell(scoped SupplyFrame frame)
    {
        _told = (frame.Count, frame.Leading, frame.There.ToArray());
        Apply();
    }

    /// <summary>The lowest fragment that isn't there and wasn't sent within a timeout; −1: none.</summary>
    public int Next(long nowMicros, long timeoutMicros)
    {
        for (var i = _leading; i < Math.Min(Count, _leading + AnonymousConstants.ReplySpan); i++)
        {
            if (!_there[i] && (_sent[i] == 0 || _sent[i] + timeoutMicros <= nowMicros))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>When there is a next one at the latest, microseconds.</summary>
    public long NextAfter(long timeoutMicros)
    {
        var next = long.MaxValue;
        for (var i = _leading; i < Math.Min(Count, _leading + AnonymousConstants.ReplySpan); i++)
        {
            next = _there[i] ? next : Math.Min(next, _sent[i] + timeoutMicros);
        }

        return next;
    }

    public void OnSent(int index, long nowMicros) => _sent[index] = nowMicros;

    /// <summary>Writes a fragment's bytes.</summary>
    /// <returns>Their number.</returns>
    public int CopyPiece(int index, int pieceBytes, Span<byte> room)
    {
        var content = Content!.Value.Span;
        var first = index * pieceBytes;
        var length = Math.Min(pieceBytes, _envelope.Length + content.Length - first);
        var fromEnvelope = Math.Clamp(_envelope.Length - first, 0, length);
        _envelope.AsSpan(Math.Min(first, _envelope.Length), fromEnvelope).CopyTo(room);
        content.Slice(Math.Max(0, first - _envelope.Length), length - fromEnvelope).CopyTo(room[fromEnvelope..]);
        return length;
    }

    private void Apply()
    {
        var known = _told.Count == Count;
        for (var i = 0; i < Count; i++)
        {
            _there[i] = known && (i < _told.Leading || Bitmap.Get(_told.There, i - _told.Leading));
        }

        _leading = 0;
        while (_leading < Count && _there[_leading])
        {
            _leading++;
        }
    }
}
