using System.Collections.Immutable;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// The network as this node knows it: only verified, unexpired records of origins that don't contradict themselves, and only links that
/// both ends claim. Immutable, so it may be shared between threads.
/// </summary>
public sealed class TopologyView
{
    private readonly Dictionary<NodeAddress, int> _indices;

    internal TopologyView(ImmutableArray<TopologyNode> nodes, byte[] digest)
    {
        Nodes = nodes;
        Digest = ImmutableArray.Create(digest);
        _indices = new Dictionary<NodeAddress, int>(nodes.Length);
        for (var i = 0; i < nodes.Length; i++)
        {
            _indices.Add(nodes[i].Address, i);
        }
    }

    /// <summary>A view of nothing.</summary>
    public static TopologyView Empty { get; } = new([], new byte[32]);

    /// <summary>All nodes, by ascending address.</summary>
    public ImmutableArray<TopologyNode> Nodes { get; }

    /// <summary>32 bytes that two nodes share when they hold the same records.</summary>
    public ImmutableArray<byte> Digest { get; }

    /// <summary>Finds a node.</summary>
    /// <param name="address">The address to look for.</param>
    /// <param name="index">Its index in <see cref="Nodes"/>, or -1.</param>
    /// <returns>Whether the view has it.</returns>
    public bool TryFind(NodeAddress address, out int index)
    {
        if (_indices.TryGetValue(address, out index))
        {
            return true;
        }

        index = -1;
        return false;
    }

    /// <summary>The mix key of a node for packets that arrive in an epoch.</summary>
    /// <param name="node">Index in <see cref="Nodes"/>.</param>
    /// <param name="epoch">The epoch of arrival.</param>
    /// <param name="key">The key, or a default value.</param>
    /// <returns>Whether the node has published one.</returns>
    public bool TryGetMixKey(int node, uint epoch, out MixPublicKey key) => Nodes[node].TryGetMixKey(epoch, out key);
}
