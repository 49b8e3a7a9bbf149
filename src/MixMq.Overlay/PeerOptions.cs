using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <summary>One neighbour as the operator configured it: who it is and which side opens the connection.</summary>
/// <param name="Address">The neighbour's address; not the own one, and no two peers have the same.</param>
/// <param name="Name">What the operator calls it: the only name by which logs and status mention it. Not empty; unique.</param>
/// <param name="Dials">This node dials it.</param>
/// <param name="Accepts">This node lets it dial in. At least one of the two is set; both may be.</param>
public sealed record PeerOptions(NodeAddress Address, string Name, bool Dials, bool Accepts)
{
    /// <summary>Whether it may hand over a certificate and revocation lists to this node: a float's inside. From others that is misbehaviour.</summary>
    public bool HandsOver { get; init; }

    /// <summary>
    /// Which trust setting of the peer this is, rising with each change of it: a connection whose <see cref="ConnectionInfo.TrustVersion"/> is lower was
    /// judged by one that is no longer in force.
    /// </summary>
    public long TrustVersion { get; init; }
}
