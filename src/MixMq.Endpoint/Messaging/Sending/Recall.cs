namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>The settled places of a conversation that are read from the store again, a few at a time, because the recipient has lost what it had there.</summary>
internal sealed class Recall
{
    /// <summary>The lowest place not read yet; the greatest value: none is.</summary>
    public ulong Next { get; private set; } = ulong.MaxValue;

    /// <summary>Places from here on were never settled, or are there already.</summary>
    public ulong End { get; private set; }

    /// <summary>The store is being asked.</summary>
    public bool Reading { get; set; }

    public bool IsOver => Next == ulong.MaxValue;

    /// <summary>From a place on everything is to be read, up to below another.</summary>
    public void Begin(ulong from, ulong end)
    {
        End = IsOver ? end : Math.Max(End, end);
        Next = from;
    }

    /// <summary>Nothing is read any more.</summary>
    public void Cancel() => Next = ulong.MaxValue;

    /// <summary>The store has answered, up to below a place.</summary>
    public void Advance(ulong next)
    {
        Reading = false;
        Next = next < End ? next : ulong.MaxValue;
    }
}
