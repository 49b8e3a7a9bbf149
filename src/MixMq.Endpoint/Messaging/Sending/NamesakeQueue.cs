using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>Namesakes by the time at which each is due: of tens of thousands that wait at once only those that are due are looked at.</summary>
internal sealed class NamesakeQueue
{
    private readonly SortedDictionary<(long Due, long Number), NamesakeConversations> _byDue = [];

    /// <summary>When the first is due, microseconds.</summary>
    public long NextDeadline => First?.DueMicros ?? Moment.Never;

    /// <summary>Who is due first, of those due at one time the one that was found first; null: none waits.</summary>
    public NamesakeConversations? First
    {
        get
        {
            foreach (var (_, names) in _byDue)
            {
                return names;
            }

            return null;
        }
    }

    /// <summary>They are due at another time from now on, whether they stand here or not.</summary>
    public void Put(NamesakeConversations names, long dueMicros)
    {
        Remove(names);
        names.DueMicros = dueMicros;
        _byDue.Add((dueMicros, names.Number), names);
    }

    /// <summary>They don't wait for this any more; if they don't stand here, nothing happens.</summary>
    public void Remove(NamesakeConversations names) => _byDue.Remove((names.DueMicros, names.Number));
}
