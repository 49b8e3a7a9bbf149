using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>The proof that an origin contradicts itself: two verified records of it with one sequence and different content. Immutable.</summary>
/// <param name="First">The record that was there before.</param>
/// <param name="Second">The one that contradicts it.</param>
public sealed record Equivocation(LinkStateRecord First, LinkStateRecord Second)
{
    /// <summary>Whose records they are.</summary>
    public NodeAddress Address => First.Address;

    /// <summary>The sequence of both.</summary>
    public ulong Sequence => First.Sequence;

    /// <summary>Until when no record of the origin is accepted, unix milliseconds.</summary>
    public long UntilUnixMillis => Math.Max(First.ExpiresUnixMillis, Second.ExpiresUnixMillis);
}
