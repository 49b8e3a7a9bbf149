namespace MixMq.Overlay.Topology;

/// <summary>What a node says of itself in its link-state record. On the wire a u16; other bits are zero.</summary>
[Flags]
public enum LinkStateFlags
{
    /// <summary>An endpoint that takes no connections.</summary>
    None = 0,

    /// <summary>It relays packets for others.</summary>
    Relays = 1,

    /// <summary>Others may dial it.</summary>
    Reachable = 2,

    /// <summary>It publishes endpoints at which it can be dialled: set exactly when the record lists any.</summary>
    Public = 4,
}
