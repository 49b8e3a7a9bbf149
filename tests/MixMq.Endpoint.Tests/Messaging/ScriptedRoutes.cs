using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>Paths of one hop, as long as the test lets there be any.</summary>
internal sealed class ScriptedRoutes : IRouteSource
{
    public bool Open { get; set; } = true;

    /// <summary>To these there is none.</summary>
    public HashSet<NodeAddress> Unreachable { get; } = [];

    /// <summary>When SURBs made now expire, Unix seconds.</summary>
    public Func<uint> SurbExpiry { get; set; } = static () => uint.MaxValue;

    /// <summary>Where loops end.</summary>
    public Func<NodeAddress> Own { get; set; } = static () => default;

    /// <summary>What is drawn for a loop.</summary>
    public uint LoopDelayMs { get; set; }

    /// <summary>Paths that were asked for and given.</summary>
    public int Given { get; private set; }

    public bool TryRoute(NodeAddress to, Moment now, List<PathHop> path)
    {
        path.Clear();
        var found = Open && !Unreachable.Contains(to);
        if (found)
        {
            Given++;
            path.Add(new(to, default, 0));
        }

        return found;
    }

    public bool TryReturn(NodeAddress from, Moment start, List<PathHop> path, out uint expiryUnixSeconds)
    {
        expiryUnixSeconds = SurbExpiry();
        path.Clear();
        if (Open)
        {
            path.Add(new(from, default, 0));
        }

        return Open;
    }

    public bool TryLoop(bool bySurb, Moment start, List<PathHop> path, out uint expiryUnixSeconds)
    {
        expiryUnixSeconds = SurbExpiry();
        path.Clear();
        if (Open)
        {
            path.Add(new(default, default, LoopDelayMs));
            path.Add(new(Own(), default, 0));
        }

        return Open;
    }

    public void Taken()
    {
    }
}
