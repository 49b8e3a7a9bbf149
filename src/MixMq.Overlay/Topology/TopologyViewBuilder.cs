using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// Makes a view of records. A link counts when both ends claim it and it is among the <c>max_links</c> lowest-ranked of such links at
/// both ends; its rank is SHA-256 of label, network id and both addresses, so both ends, and everyone else, judge alike and nobody's
/// links are preferred everywhere, as they would be if addresses themselves were compared.
/// </summary>
internal static class TopologyViewBuilder
{
    private const int UsualLinks = 32;

    private static ReadOnlySpan<byte> RankLabel => "MixMq-link-rank-v1"u8;

    /// <param name="records">Verified, unexpired, by ascending address.</param>
    /// <param name="network">How many links of a node count.</param>
    /// <param name="isPermissioned">Whether all records are of admitted nodes, so that what their certificates say can be believed.</param>
    /// <param name="own">The own address, if it is some node's view.</param>
    /// <param name="isOwnLinkUp">Whether the own link to a neighbour is up now: of its own links a node knows more than its record says.</param>
    /// <param name="digest">The database's digest.</param>
    public static TopologyView Build(
        ImmutableArray<LinkStateRecord> records, NetworkParameters network, bool isPermissioned, NodeAddress? own, Func<NodeAddress, bool> isOwnLinkUp, byte[] digest)
    {
        var addresses = new NodeAddress[records.Length];
        for (var i = 0; i < addresses.Length; i++)
        {
            addresses[i] = records[i].Address;
        }

        var claimed = new int[records.Length][];
        for (var i = 0; i < claimed.Length; i++)
        {
            claimed[i] = Find(addresses, records[i].Neighbours.AsSpan());
        }

        var kept = new int[records.Length][];
        for (var i = 0; i < kept.Length; i++)
        {
            kept[i] = Limit(TwoSided(claimed, i), addresses, i, network);
        }

        var nodes = new TopologyNode[records.Length];
        for (var i = 0; i < nodes.Length; i++)
        {
            var links = Counting(kept, i, addresses, own, isOwnLinkUp);
            nodes[i] = new TopologyNode(records[i], ImmutableCollectionsMarshal.AsImmutableArray(links), Others(records[i].Neighbours, claimed[i], links))
            {
                Institution = isPermissioned ? records[i].Certificate?.Institution : null,
            };
        }

        return new TopologyView(ImmutableCollectionsMarshal.AsImmutableArray(nodes), digest, network);
    }

    // Both are in order, so each is sought behind the one before. Unknown: -1.
    private static int[] Find(ReadOnlySpan<NodeAddress> addresses, ReadOnlySpan<NodeAddress> neighbours)
    {
        var found = new int[neighbours.Length];
        var from = 0;
        for (var k = 0; k < found.Length; k++)
        {
            var at = addresses[from..].BinarySearch(neighbours[k]);
            found[k] = at >= 0 ? from + at : -1;
            from += at >= 0 ? at + 1 : ~at;
        }

        return found;
    }

    private static int[] TwoSided(int[][] claimed, int node)
    {
        var count = 0;
        Span<int> links = claimed[node].Length <= UsualLinks ? stackalloc int[UsualLinks] : new int[claimed[node].Length];
        foreach (var other in claimed[node])
        {
            if (other >= 0 && claimed[other].Contains(node))
            {
                links[count++] = other;
            }
        }

        return links[..count].ToArray();
    }

    private static int[] Counting(int[][] kept, int node, NodeAddress[] addresses, NodeAddress? own, Func<NodeAddress, bool> isOwnLinkUp)
    {
        var count = 0;
        Span<int> links = kept[node].Length <= UsualLinks ? stackalloc int[UsualLinks] : new int[kept[node].Length];
        foreach (var other in kept[node])
        {
            if (kept[other].Contains(node)
                && (addresses[node] != own || isOwnLinkUp(addresses[other])) && (addresses[other] != own || isOwnLinkUp(addresses[node])))
            {
                links[count++] = other;
            }
        }

        return links[..count].ToArray();
    }

    private static ImmutableArray<NodeAddress> Others(ImmutableArray<NodeAddress> neighbours, int[] claimed, int[] links)
    {
        if (links.Length == neighbours.Length)
        {
            return [];
        }

        var others = new NodeAddress[neighbours.Length - links.Length];
        var count = 0;
        for (var k = 0; k < claimed.Length; k++)
        {
            if (!links.Contains(claimed[k]))
            {
                others[count++] = neighbours[k];
            }
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(others);
    }

    private static int[] Limit(int[] links, NodeAddress[] addresses, int node, NetworkParameters network)
    {
        if (links.Length <= network.MaxLinks)
        {
            return links;
        }

        var ranks = links.Select(other => Rank(addresses[node], addresses[other], network.Definition.Id)).ToArray();
        Array.Sort(ranks, links);
        var lowest = links[..network.MaxLinks];
        Array.Sort(lowest);
        return lowest;
    }

    private static UInt128 Rank(NodeAddress one, NodeAddress other, ReadOnlySpan<byte> networkId)
    {
        var (lower, higher) = one < other ? (one, other) : (other, one);
        Span<byte> input = stackalloc byte[RankLabel.Length + (3 * 32)];
        RankLabel.CopyTo(input);
        var rest = input[RankLabel.Length..];
        networkId.CopyTo(rest);
        lower.CopyTo(rest[32..]);
        higher.CopyTo(rest[64..]);
        Span<byte> hash = stackalloc byte[Sha256.HashBytes];
        Sha256.Hash(input, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
