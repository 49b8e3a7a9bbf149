namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>
/// Whether a pair has a path of any allowed length, and without which single relay it has none. A simple path exists exactly where the shortest
/// one through a relay is short enough, so breadth first search decides it.
/// </summary>
internal sealed class PairReach(RelayGraph graph, int mostLinks)
{
    private const int Far = int.MaxValue / 2;
    private readonly int[] _fromSender = new int[graph.NodeCount];
    private readonly int[] _fromRecipient = new int[graph.NodeCount];
    private readonly int[] _queue = new int[graph.NodeCount];
    private readonly int[] _onLevel = new int[mostLinks + 1];
    private readonly int[] _lastOnLevel = new int[mostLinks + 1];

    /// <summary>Whether there is a path, and the relays that every path passes; valid until the next call.</summary>
    public bool Examine(int sender, int recipient, List<int> critical)
    {
        critical.Clear();
        Search(sender, recipient, _fromSender, without: -1);
        var links = LinksTo(recipient, sender, without: -1);
        if (links > mostLinks)
        {
            return false;
        }

        // Only a relay that is alone on its level of the shortest paths can be on all paths.
        Search(recipient, sender, _fromRecipient, without: -1);
        Array.Clear(_onLevel);
        for (var node = 0; node < graph.NodeCount; node++)
        {
            if (_fromSender[node] + _fromRecipient[node] == links)
            {
                _onLevel[_fromSender[node]]++;
                _lastOnLevel[_fromSender[node]] = node;
            }
        }

        for (var level = 1; level < links; level++)
        {
            if (_onLevel[level] == 1)
            {
                var relay = _lastOnLevel[level];
                Search(sender, recipient, _fromSender, relay);
                if (LinksTo(recipient, sender, relay) > mostLinks)
                {
                    critical.Add(relay);
                }
            }
        }

        return true;
    }

    private int LinksTo(int end, int other, int without)
    {
        var links = Far;
        foreach (var relay in graph.Links(end))
        {
            if (graph.IsRelay[relay] && relay != other && relay != without)
            {
                links = Math.Min(links, _fromSender[relay] + 1);
            }
        }

        return links;
    }

    // Links from one end to each relay, over relays other than both ends and the one left out.
    private void Search(int from, int to, int[] distance, int without)
    {
        Array.Fill(distance, Far);
        var (head, tail) = (0, 0);
        foreach (var relay in graph.Links(from))
        {
            if (graph.IsRelay[relay] && relay != to && relay != without)
            {
                distance[relay] = 1;
                _queue[tail++] = relay;
            }
        }

        while (head < tail)
        {
            var node = _queue[head++];
            var (first, end) = graph.Into(node);
            for (var edge = first; edge < end && distance[node] < mostLinks; edge++)
            {
                var next = graph.Source[edge];
                if (distance[next] == Far && next != from && next != to && next != without)
                {
                    distance[next] = distance[node] + 1;
                    _queue[tail++] = next;
                }
            }
        }
    }
}
