using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Messaging;

/// <summary>Where the paths of packets come from: a new random one for every packet.</summary>
internal interface IRouteSource
{
    /// <summary>Draws a path with keys and delays.</summary>
    /// <param name="to">The recipient.</param>
    /// <param name="now">When the packet leaves.</param>
    /// <param name="path">Cleared, then all hops, the recipient last.</param>
    /// <returns>False: there is none now.</returns>
    bool TryRoute(NodeAddress to, Moment now, List<PathHop> path);

    /// <summary>Draws a path back, for a SURB.</summary>
    /// <param name="from">Who will use the SURB.</param>
    /// <param name="start">When it is expected to be used.</param>
    /// <param name="path">Cleared, then all hops: the user, relays, this node.</param>
    /// <param name="expiryUnixSeconds">When the first of the hops' keys ends.</param>
    /// <returns>False: there is none now.</returns>
    bool TryReturn(NodeAddress from, Moment start, List<PathHop> path, out uint expiryUnixSeconds);

    /// <summary>Draws a loop: a path to this node itself.</summary>
    /// <param name="bySurb">For a SURB of which this node is the user: the path begins with this node, and ends with it.</param>
    /// <param name="start">When the packet leaves, or the SURB is used.</param>
    /// <param name="path">Cleared, then all hops.</param>
    /// <param name="expiryUnixSeconds">When the first of the hops' keys ends.</param>
    /// <returns>False: there is none now.</returns>
    bool TryLoop(bool bySurb, Moment start, List<PathHop> path, out uint expiryUnixSeconds);

    /// <summary>The path drawn last was used; of loops it isn't said.</summary>
    void Taken();
}
