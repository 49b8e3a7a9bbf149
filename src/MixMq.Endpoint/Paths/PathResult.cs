using System.Collections.Immutable;

namespace MixMq.Endpoint.Paths;

/// <summary>What sampling a path came to: a <see cref="Path"/> or <see cref="NoPath"/>, nothing else.</summary>
public abstract record PathResult
{
    private PathResult()
    {
    }

    /// <summary>A simple path.</summary>
    /// <param name="Nodes">
    /// Indices in the view's nodes, in order, from the first hop to the destination; the sender isn't among them. As many as the path has
    /// links. All but the last are relays.
    /// </param>
    /// <param name="IsNearestLength">
    /// Whether no path of the network's length joins the two, so that this one has the nearest length that does: to be counted and shown,
    /// since the length then tells something of who talks to whom.
    /// </param>
    public sealed record Path(ImmutableArray<int> Nodes, bool IsNearestLength) : PathResult
    {
        /// <summary>The number of links.</summary>
        public int Links => Nodes.Length;
    }

    /// <summary>There is none now; another topology or epoch may have one.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record NoPath(NoPathReason Reason) : PathResult;
}
