using System.Runtime.InteropServices;

namespace MixMq.Overlay.Links;

/// <summary>
/// When connections and peers want to be looked at, side by side. A HELLO moves one connection's deadline and no other's: to look at all of them
/// each time would touch objects that have long left the processor's caches, a few for each link.
/// </summary>
internal sealed class LinkDeadlines
{
    private readonly List<Entry> _entries = [];
    private long _peers;
    private long _next;
    private bool _isNextKnown;

    /// <summary>Whether it was gathered after the last change that may concern more than one connection.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>When a peer is to be looked at; only while it is known.</summary>
    public long Peers => _peers;

    /// <summary>The earliest of all; only while it is known.</summary>
    public long Next
    {
        get
        {
            if (!_isNextKnown)
            {
                _next = _peers;
                foreach (ref readonly var entry in CollectionsMarshal.AsSpan(_entries))
                {
                    _next = Math.Min(_next, entry.Due);
                }

                _isNextKnown = true;
            }

            return _next;
        }
    }

    public void Forget() => IsKnown = false;

    public void Gather(Dictionary<ConnectionId, LinkConnection>.ValueCollection connections, ReadOnlySpan<PeerLink> peers)
    {
        _entries.Clear();
        foreach (var connection in connections)
        {
            connection.Place = _entries.Count;
            _entries.Add(new Entry(connection.NextDeadline, connection));
        }

        _peers = Moment.Never;
        foreach (var peer in peers)
        {
            _peers = Math.Min(_peers, peer.NextDeadline);
        }

        _isNextKnown = false;
        IsKnown = true;
    }

    /// <summary>One connection's deadline has moved, and nothing else.</summary>
    public void Moved(LinkConnection connection)
    {
        if (IsKnown)
        {
            CollectionsMarshal.AsSpan(_entries)[connection.Place].Due = connection.NextDeadline;
            _isNextKnown = false;
        }
    }

    /// <summary>Adds those that are due, in the order in which the connections were gathered; only while it is known.</summary>
    public void AddDue(long nowMicros, List<LinkConnection> due)
    {
        foreach (ref readonly var entry in CollectionsMarshal.AsSpan(_entries))
        {
            if (entry.Due <= nowMicros)
            {
                due.Add(entry.Connection);
            }
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private record struct Entry(long Due, LinkConnection Connection);
}
