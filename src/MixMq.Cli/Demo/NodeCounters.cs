using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Demo;

/// <summary>
/// The counters of all endpoints over all their lives: a node that is started again counts from zero, so what it had counted before is
/// kept. Safe for use from any thread.
/// </summary>
internal sealed class NodeCounters
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Node, long Started), MessagingCounters> _lives = [];
    private readonly Dictionary<(string Node, long Started), LoopStatus> _loops = [];

    /// <summary>Notes what a node says now. The process's start tells its lives apart.</summary>
    public void Note(string node, NodeStatus status)
    {
        if (status.Messaging is not { } counters)
            return;
        lock (_lock)
        {
            _lives[(node, status.StartedUnixMs)] = counters;
            _loops[(node, status.StartedUnixMs)] = status.Loops ?? new LoopStatus();
        }
    }

    public ulong Retransmissions => Sum(counters => counters.Retransmissions);

    public ulong FragmentsSent => Sum(counters => counters.FragmentsSent);

    public ulong DuplicatesRemoved => Sum(counters => counters.DuplicatesRemoved);

    /// <summary>Packets that endpoints sent to themselves, as packets and as replies.</summary>
    public (ulong Sent, ulong Returned, ulong Lost) Loops
    {
        get
        {
            lock (_lock)
            {
                var figures = _loops.Values.SelectMany(loops => new[] { loops.Forward, loops.Surb }).OfType<LoopFigures>().ToArray();
                return (Total(figures, one => one.Sent), Total(figures, one => one.Returned), Total(figures, one => one.Lost));
            }
        }
    }

    /// <summary>Different paths. A path begins at its node, so those of two nodes differ; those of two lives of one may be the same, so the larger count is taken.</summary>
    public ulong Paths
    {
        get
        {
            lock (_lock)
                return _lives.GroupBy(life => life.Key.Node).Aggregate(0UL, (sum, lives) => sum + lives.Max(life => life.Value.PathsUsed));
        }
    }

    /// <summary>The fewest links of a path; 0: none was used.</summary>
    public uint LinksMin => Links(counters => counters.PathLinksMin).DefaultIfEmpty().Min();

    /// <summary>The most links of a path.</summary>
    public uint LinksMax => Links(counters => counters.PathLinksMax).DefaultIfEmpty().Max();

    private ulong Sum(Func<MessagingCounters, ulong> counter)
    {
        lock (_lock)
            return _lives.Values.Aggregate(0UL, (sum, counters) => sum + counter(counters));
    }

    private static ulong Total(LoopFigures[] figures, Func<LoopFigures, ulong> count) => figures.Aggregate(0UL, (sum, one) => sum + count(one));

    private uint[] Links(Func<MessagingCounters, uint> counter)
    {
        lock (_lock)
            return [.. _lives.Values.Select(counter).Where(links => links > 0)];
    }
}
