using System.Collections.Immutable;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// The network as this node knows it: only verified, unexpired records of origins that don't contradict themselves, and only links that
/// both ends claim. Immutable, so it may be shared between threads.
/// </summary>
public sealed class TopologyView
{
    internal TopologyView(ImmutableArray<TopologyNode> nodes, byte[] digest, NetworkParameters? network)
    {
        Network = network;
        Nodes = nodes;
        Digest = ImmutableArray.Create(digest);
    }

    /// <summary>A view of nothing.</summary>
    public static TopologyView Empty { get; } = new([], new byte[32], network: null);

    /// <summary>The parameters in force; null in the view of nothing, where those that the node was configured with are as good.</summary>
    public NetworkParameters? Network { get; }

    /// <summary>All nodes, by ascending address.</summary>
    public ImmutableArray<TopologyNode> Nodes { get; }

    /// <summary>32 bytes that two nodes share when they hold the same records.</summary>
    public ImmutableArray<byte> Digest { get; }

    /// <summary>A view of given records, as a <see cref="TopologyCore"/> that holds exactly these would make it. Simulations and tests use it.</summary>
    /// <param name="records">One an origin, in any order; the caller vouches that their signatures hold and that they are unexpired.</param>
    /// <param name="network">How many links of a node count.</param>
    /// <param name="isPermissioned">Whether what admission certificates say is to be believed.</param>
    /// <returns>The view; its digest is zero.</returns>
    /// <exception cref="ArgumentException">Two records have one origin.</exception>
    public static TopologyView FromRecords(IEnumerable<LinkStateRecord> records, NetworkParameters network, bool isPermissioned = false)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(network);
        var ordered = records.OrderBy(record => record.Address).ToImmutableArray();
        for (var i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].Address == ordered[i - 1].Address)
            {
                throw new ArgumentException("Each origin may have one record.", nameof(records));
            }
        }

        return TopologyViewBuilder.Build(ordered, network, isPermissioned, null, static _ => true, new byte[32]);
    }

    /// <summary>Finds a node.</summary>
    /// <param name="address">The address to look for.</param>
    /// <param name="index">Its index in <see cref="Nodes"/>, or -1.</param>
    /// <returns>Whether the view has it.</returns>
    public bool TryFind(NodeAddress address, out int index)
    {
        // The nodes are in order, so no table is needed whose hash codes a peer could make collide.
        var (low, high) = (0, Nodes.Length - 1);
        while (low <= high)
        {
            index = (low + high) >>> 1;
            var order = Nodes[index].Address.CompareTo(address);
            if (order == 0)
            {
                return true;
            }

            (low, high) = order < 0 ? (index + 1, high) : (low, index - 1);
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
