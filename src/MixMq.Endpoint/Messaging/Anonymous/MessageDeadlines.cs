namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>When messages have their next moment by the wall clock: one each. What has come to its end is taken out, so that nothing of it stays until then.</summary>
internal sealed class MessageDeadlines
{
    private readonly Dictionary<MessageId, long> _due = [];
    private readonly SortedSet<(long Due, MessageId Id)> _sorted = [];

    /// <summary>The earliest, Unix milliseconds; <see cref="long.MaxValue"/>: none.</summary>
    public long Next => _sorted.Count > 0 ? _sorted.Min.Due : long.MaxValue;

    /// <summary>The message has its moment then, whatever was said before.</summary>
    public void Set(MessageId id, long unixMillis)
    {
        Remove(id);
        _due.Add(id, unixMillis);
        _sorted.Add((unixMillis, id));
    }

    public void Remove(MessageId id)
    {
        if (_due.Remove(id, out var due))
        {
            _sorted.Remove((due, id));
        }
    }

    /// <summary>Takes one whose moment has come.</summary>
    /// <returns>False: there is none.</returns>
    public bool TryTake(long nowUnixMillis, out MessageId id)
    {
        if (_sorted.Count == 0 || _sorted.Min.Due > nowUnixMillis)
        {
            id = default;
            return false;
        }

        id = _sorted.Min.Id;
        Remove(id);
        return true;
    }
}
