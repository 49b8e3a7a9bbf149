using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>Fragments of a reply that is coming in, in memory alone.</summary>
internal sealed class ReplyGathering(int count, long reservedBytes)
{
    private readonly byte[]?[] _pieces = new byte[count][];

    public int Count => _pieces.Length;

    /// <summary>What it counts for in memory until it is complete.</summary>
    public long ReservedBytes => reservedBytes;

    public int Missing { get; private set; } = count;

    /// <summary>The lowest that isn't there.</summary>
    public int Leading { get; private set; }

    public bool IsComplete => Missing == 0;

    /// <summary>Keeps a fragment; one that is there already is left as it is.</summary>
    public bool Add(int index, ReadOnlySpan<byte> bytes)
    {
        if (_pieces[index] is not null)
        {
            return false;
        }

        _pieces[index] = bytes.ToArray();
        Missing--;
        while (Leading < Count && _pieces[Leading] is not null)
        {
            Leading++;
        }

        return true;
    }

    /// <summary>Says what is there from <see cref="Leading"/> on.</summary>
    /// <param name="room">Room for all that can be told of, zero.</param>
    public ReadOnlySpan<byte> Tell(Span<byte> room)
    {
        for (var i = Leading; i < Math.Min(Count, Leading + (8 * room.Length)); i++)
        {
            if (_pieces[i] is not null)
            {
                Bitmap.Set(room, i - Leading);
            }
        }

        return Bitmap.Trim(room);
    }

    public byte[] Join()
    {
        var payload = new byte[_pieces.Sum(static piece => piece!.Length)];
        var at = 0;
        foreach (var piece in _pieces)
        {
            piece!.CopyTo(payload, at);
            at += piece.Length;
        }

        return payload;
    }
}
