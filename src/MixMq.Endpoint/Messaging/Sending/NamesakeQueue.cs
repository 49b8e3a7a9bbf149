using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>Namesakes by the time at which each is due: of tens of thousands that wait at once only those that are due are looked at.</summary>
internal sealed class NamesakeQueue
{
    private readonly SortedSet<NamesakeConversations> _byDue = new(Comparer<NamesakeConversations>.Create(
        static (one, other) => (one.DueMicros, one.Number).CompareTo((other.DueMicros, other.Number))));

    /// <summary>When the first is due, microseconds.</summary>
    public long NextDeadline => First?.DueMicros ?? Moment.Never;

    /// <summary>Who is due first, of those due at one time the one that was found first; null: none waits.</summary>
    public NamesakeConversations? First => _byDue.Min;

    /// <summary>They are due at another time from now on, whether they stand here or not.</summary>
    public void Put(NamesakeConversations names, long dueMicros)
    {
        Remove(names);
        names.DueMicros = dueMicros;
        _ = _byDue.Add(names);
    }

    /// <summary>They don't wait for this any more; if they don't stand here, nothing happens.</summary>
    public void Remove(NamesakeConversations names) => _byDue.Remove(names);
}
