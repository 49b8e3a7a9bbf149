namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// What of a conversation is in the store alone. It is told by four numbers, however much it is: all unsettled messages from a place on, but for those that are in memory nevertheless, because they
/// are being stored, cancelled or replaced by their tombstones.
/// </summary>
internal sealed class WaitingPart
{
    /// <summary>Unsettled messages from this place on are in the store alone; the greatest value: none is.</summary>
    public ulong From { get; set; } = ulong.MaxValue;

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>No message of them expires before, Unix milliseconds; the greatest value: none does.</summary>
    public long Expiry { get; set; } = long.MaxValue;

    /// <summary>When they are looked through for expired ones; the greatest value: not by now.</summary>
    public long Due { get; set; } = long.MaxValue;

    /// <summary>None is. That the store says, never the count, which may be wrong: what it doesn't count would be lost.</summary>
    public bool IsEmpty => From == ulong.MaxValue;

    /// <summary>
    /// Places that were settled while the store was being asked: what it answers may be from before. No more than the recipient can settle in that time of what was loaded because it expires or
    /// is cancelled.
    /// </summary>
    public HashSet<ulong> SettledMeanwhile { get; } = [];

    /// <summary>
    /// The store is being asked about them. Meanwhile no message goes back to those that wait: the answer would tell how it was before.
    /// </summary>
    public bool Reading { get; set; }

    /// <summary>They are to be moved: nothing is asked about them any more before that.</summary>
    public bool MoveWanted { get; set; }

    /// <summary>Messages in memory are to go back to those that wait, or be watched, when nothing is in the way any more.</summary>
    public bool HasGuests { get; set; }

    public void Put(int count, long bytes, ulong first, long expiry)
    {
        Count += count;
        Bytes += bytes;
        From = Math.Min(From, first);
        Expiry = Math.Min(Expiry, expiry);
    }

    /// <summary>A message is in memory from now on.</summary>
    public void Take(long bytes)
    {
        Count--;
        Bytes -= bytes;
    }

    /// <summary>All that there is below a place is in memory.</summary>
    public void Advance(ulong next) => From = Math.Max(From, next);

    /// <summary>They have other places, or those above a place have.</summary>
    public void OnMoved(in MovedRange range)
    {
        if (From >= range.First)
        {
            From = range.Target;
        }
    }

    /// <summary>There is none.</summary>
    public void Clear()
    {
        Count = 0;
        Bytes = 0;
        From = ulong.MaxValue;
        Expiry = long.MaxValue;
    }
}
