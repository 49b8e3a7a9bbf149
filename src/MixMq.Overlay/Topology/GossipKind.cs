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

    /// <summary>How many entries of the map the sender holds, and a digest of them.</summary>
    MapSummary = 9,

    /// <summary>Asks which they are, from a cursor on.</summary>
    MapQuestion = 10,

    /// <summary>Names of entries that the sender holds.</summary>
    MapNames = 11,

    /// <summary>Asks for entries.</summary>
    MapPull = 12,

    /// <summary>Answers a pull.</summary>
    MapEntries = 13,
}
