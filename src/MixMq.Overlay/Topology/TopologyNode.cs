using System.Collections.Immutable;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>One node of a <see cref="TopologyView"/>. Immutable.</summary>
public sealed class TopologyNode
{
    internal TopologyNode(LinkStateRecord record, ImmutableArray<int> links, ImmutableArray<NodeAddress> oneSided)
    {
        Record = record;
        Links = links;
        OneSided = oneSided;
    }

    /// <summary>The verified record behind this node.</summary>
    public LinkStateRecord Record { get; }

    /// <summary>The node's address.</summary>
    public NodeAddress Address => Record.Address;

    /// <summary>Whose node it is, as the authorities of a permissioned network say; null in an open network.</summary>
    public string? Institution { get; internal init; }

    /// <summary>Whether it relays for others: only such nodes may stand in the middle of a path.</summary>
    public bool Relays => (Record.Flags & LinkStateFlags.Relays) != LinkStateFlags.None;

    /// <summary>Its mix keys, by ascending epoch.</summary>
    public ImmutableArray<PublishedMixKey> MixKeys => Record.MixKeys;

    /// <summary>Indices into <see cref="TopologyView.Nodes"/> of the nodes it is linked to; only links that count; ascending.</summary>
    public ImmutableArray<int> Links { get; }

    /// <summary>Neighbours it claims whose links don't count: not claimed by the other end, or beyond the greatest number; ascending.</summary>
    public ImmutableArray<NodeAddress> OneSided { get; }

    /// <summary>The record's sequence.</summary>
    public ulong Sequence => Record.Sequence;

    /// <summary>When the record ends to be valid, unix milliseconds.</summary>
    public long ExpiresUnixMillis => Record.ExpiresUnixMillis;

    /// <summary>The mix key for packets that arrive in an epoch.</summary>
    /// <param name="epoch">The epoch of arrival.</param>
    /// <param name="key">The key, or a default value.</param>
    /// <returns>Whether the node has published a key for that epoch.</returns>
    public bool TryGetMixKey(uint epoch, out MixPublicKey key)
    {
        foreach (var published in MixKeys)
        {
            if (published.Epoch == epoch)
            {
                key = published.Key;
                return true;
            }
        }

        key = default;
        return false;
    }
}
