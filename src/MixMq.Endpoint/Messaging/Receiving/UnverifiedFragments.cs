using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>
/// Fragments that came before their envelope was verified: frame bodies in memory, at most so many bytes, oldest message out first. Anyone can
/// fill it, so nothing depends on it: what is pushed out is sent again.
/// </summary>
internal sealed class UnverifiedFragments(int maxBytes, EndpointCounters counters)
{
    private const int Overhead = 64;
    private readonly Dictionary<(Place, MessageId), LinkedListNode<Group>> _groups = [];
    private readonly LinkedList<Group> _byAge = new();
    private int _bytes;

    public int Bytes => _bytes;

    public void Add(in FragmentHeader header, ReadOnlySpan<byte> body)
    {
        var key = (header.Place, header.Id);
        if (!_groups.TryGetValue(key, out var node))
        {
            node = _byAge.AddLast(new Group(key));
            _groups.Add(key, node);
            _bytes += Overhead;
        }

        var bodies = node.Value.Bodies;
        if (bodies.TryAdd(header.Index, body.ToArray()))
        {
            _bytes += body.Length + Overhead;
        }

        while (_bytes > maxBytes && _byAge.First is { } oldest)
        {
            counters.Drop(InboundDrop.UnverifiedRoom);
            Remove(oldest);
        }
    }

    /// <summary>Takes out what came for a message.</summary>
    public IReadOnlyCollection<byte[]> Take(in Place place, MessageId id)
    {
        if (!_groups.TryGetValue((place, id), out var node))
        {
            return [];
        }

        Remove(node);
        return node.Value.Bodies.Values;
    }

    private void Remove(LinkedListNode<Group> node)
    {
        _byAge.Remove(node);
        _groups.Remove(node.Value.Key);
        _bytes -= Overhead + node.Value.Bodies.Values.Sum(body => body.Length + Overhead);
    }

    private sealed class Group((Place, MessageId) key)
    {
        public (Place Place, MessageId Id) Key { get; } = key;

        public SortedDictionary<uint, byte[]> Bodies { get; } = [];
    }
}
