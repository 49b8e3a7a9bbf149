namespace MixMq.Overlay.Topology;

/// <summary>What an announcement means to the node that hears it.</summary>
internal enum Interest
{
    /// <summary>We have it, or don't want it.</summary>
    Known,

    /// <summary>We want the body.</summary>
    Wanted,

    /// <summary>The neighbour has less than we have, and should be told.</summary>
    Behind,
}
