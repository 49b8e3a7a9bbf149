namespace MixMq.Endpoint.Paths;

/// <summary>Why there is no path.</summary>
public enum NoPathReason
{
    /// <summary>The destination is the node itself.</summary>
    Oneself,

    /// <summary>No valid record of the destination is known.</summary>
    UnknownDestination,

    /// <summary>The destination has published no mix key for the epoch.</summary>
    NoMixKey,

    /// <summary>The node itself has no link that counts yet, or none to a relay with a mix key for the epoch.</summary>
    NoOwnLink,

    /// <summary>No chain of relays of any allowed length joins the two.</summary>
    NoRelayPath,
}
