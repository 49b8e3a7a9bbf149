namespace MixMq.Overlay.Topology;

/// <summary>First byte of a gossip message.</summary>
internal enum GossipKind : byte
{
    /// <summary>Hashes of records the sender holds.</summary>
    Announce = 1,

    /// <summary>Asks for records.</summary>
    Pull = 2,

    /// <summary>Answers a pull.</summary>
    Bodies = 3,

    /// <summary>Asks where the other's database differs, from a cursor on.</summary>
    Question = 4,

    /// <summary>Answers a question: what the sender holds in the buckets that differ.</summary>
    Difference = 5,

    /// <summary>Names of the authorities' statements that the sender holds.</summary>
    Statements = 6,

    /// <summary>Asks for one of them.</summary>
    StatementPull = 7,

    /// <summary>A statement.</summary>
    Statement = 8,
}
