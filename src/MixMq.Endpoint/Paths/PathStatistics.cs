using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Paths;

/// <summary>
/// How many paths were taken, how many different ones, and how long they were. Paths themselves aren't kept: of each only a hash under a
/// random key that never leaves this object. Not for use by two threads at once.
/// </summary>
public sealed class PathStatistics
{
    /// <summary>Most different paths told apart.</summary>
    public const int Limit = 65_536;

    private readonly ulong _key0;
    private readonly ulong _key1;
    private readonly HashSet<ulong> _seen = [];

    /// <summary>Starts at nothing.</summary>
    /// <param name="random">Gives the key.</param>
    public PathStatistics(IRandomSource random)
    {
        _key0 = random.NextUInt64();
        _key1 = random.NextUInt64();
    }

    /// <summary>Paths taken.</summary>
    public long Taken { get; private set; }

    /// <summary>Different paths among them; stays at <see cref="Limit"/> once it is reached.</summary>
    public int Different => _seen.Count;

    /// <summary>Links of the shortest path; 0: none taken.</summary>
    public int FewestLinks { get; private set; }

    /// <summary>Links of the longest path; 0: none taken.</summary>
    public int MostLinks { get; private set; }

    /// <summary>Paths that had the nearest length, because none of the network's length exists.</summary>
    public long OfNearestLength { get; private set; }

    /// <summary>Counts a path.</summary>
    /// <param name="path">A path over the view.</param>
    /// <param name="view">The view it was drawn from: paths are told apart by addresses.</param>
    public void Add(PathResult.Path path, TopologyView view)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(view);
        Taken++;
        OfNearestLength += path.IsNearestLength ? 1 : 0;
        FewestLinks = FewestLinks == 0 ? path.Links : Math.Min(FewestLinks, path.Links);
        MostLinks = Math.Max(MostLinks, path.Links);
        if (_seen.Count < Limit)
        {
            _ = _seen.Add(Hash(path, view));
        }
    }

    private ulong Hash(PathResult.Path path, TopologyView view)
    {
        Span<byte> address = stackalloc byte[NodeAddress.ByteLength];
        var hash = (ulong)path.Links;
        foreach (var node in path.Nodes)
        {
            view.Nodes[node].Address.CopyTo(address);
            hash = SipHash24.Hash(_key0 ^ hash, _key1, address[..SipHash24.InputBytes]);
            hash = SipHash24.Hash(_key0 ^ hash, _key1, address[SipHash24.InputBytes..]);
        }

        return hash;
    }
}
