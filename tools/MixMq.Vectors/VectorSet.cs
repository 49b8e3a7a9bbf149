namespace MixMq.Vectors;

/// <summary>All vectors that this tool makes. What is under spec/vectors is this, byte for byte; a test sees to it.</summary>
public static class VectorSet
{
    public static IEnumerable<Vector> All() =>
    [
        .. ForwardVectors.All(),
        .. ReplyVectors.All(),
        .. new PacketFaults().All(),
        .. new SurbFaults().All(),
        .. RequestFaults.All(),
        .. HandshakeVectors.All(),
        .. new HandshakeFaults().All(),
        .. new CellFaults().All(),
        .. InviteVectors.All(),
        .. StatementVectors.All(),
        .. MessagingVectors.All(),
    ];
}
