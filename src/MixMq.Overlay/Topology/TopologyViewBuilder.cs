using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// Makes a view of records. A link counts when both ends claim it and it is among the <c>max_links</c> lowest-ranked of such links at
/// both ends; its rank is SHA-256 of label, network id and both addresses, so both ends, and everyone else, judge alike and nobody's
/// links are preferred everywhere, as they would be if addresses themselves were compared.
/// </summary>
internal static class TopologyViewBuilder
{
    private static ReadOnlySpan<byte> RankLabel => "MixMq-link-rank-v1"u8;

    /// <param name="records">Verified, unexpired, by ascending address.</param>
    /// <param name="network">How many links of a node count.</param>
    /// <param name="own">The own address, if it is some node's view.</param>
    /// <param name="isOwnLinkUp">Whether the own link to a neighbour is up now: of its own links a node knows more than its record says.</param>
    /// <param name="digest">The database's digest.</param>
    public static TopologyView Build(
        ImmutableArray<LinkStateRecord> records, NetworkParameters network, NodeAddress? own, Func<NodeAddress, bool> isOwnLinkUp, byte[] digest)
    {
        var addresses = records.Select(record => record.Address).ToArray();
        var twoSided = new int[records.Length][];
        for (var i = 0; i < records.Length; i++)
        {
            twoSided[i] = [.. records[i].Neighbours
                .Select(neighbour => Array.BinarySearch(addresses, neighbour))
                .Where(j => j >= 0 && records[j].Neighbours.BinarySearch(addresses[i]) >= 0)];
        }

        var kept = new int[records.Length][];
        for (var i = 0; i < records.Length; i++)
        {
            kept[i] = Limit(twoSided[i], addresses, i, network);
        }

        var nodes = ImmutableArray.CreateBuilder<TopologyNode>(records.Length);
        for (var i = 0; i < records.Length; i++)
        {
            var links = kept[i]
                .Where(j => Array.BinarySearch(kept[j], i) >= 0)
                .Where(j => (addresses[i] != own || isOwnLinkUp(addresses[j])) && (addresses[j] != own || isOwnLinkUp(addresses[i])))
                .ToImmutableArray();
            ImmutableArray<NodeAddress> others = links.Length == records[i].Neighbours.Length
                ? []
                : [.. records[i].Neighbours.Where(neighbour => links.BinarySearch(Array.BinarySearch(addresses, neighbour)) < 0)];
            nodes.Add(new TopologyNode(records[i], links, others));
        }

        return new TopologyView(nodes.MoveToImmutable(), digest);
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
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
