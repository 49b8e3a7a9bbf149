namespace MixMq.Overlay.Links;

/// <summary>How a neighbour changed.</summary>
internal enum NeighbourChangeKind
{
    Up,

    /// <summary>Another connection carries the link, perhaps to a peer that has restarted: gossip starts over, the link stays listed.</summary>
    Renewed,

    Down,
}
