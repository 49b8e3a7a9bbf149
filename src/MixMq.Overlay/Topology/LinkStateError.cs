namespace MixMq.Overlay.Topology;

/// <summary>Why bytes aren't a link-state record. What isn't in canonical form is refused, so a record has exactly one encoding.</summary>
public enum LinkStateError
{
    /// <summary>They are.</summary>
    None = 0,

    /// <summary>Longer than <see cref="TopologyLimits.MaxRecordBytes"/>.</summary>
    TooLong,

    /// <summary>They end before the record does.</summary>
    Truncated,

    /// <summary>Bytes are left after the signature.</summary>
    TrailingBytes,

    /// <summary>A version other than 1.</summary>
    UnknownVersion,

    /// <summary>The sequence is zero or above <see cref="TopologyLimits.MaxSequence"/>.</summary>
    InvalidSequence,

    /// <summary>It expires before it is issued, lives longer than allowed, or a time is out of range.</summary>
    InvalidTimes,

    /// <summary>Unknown flag bits, or the public flag and the endpoints contradict each other.</summary>
    InvalidFlags,

    /// <summary>Too many mix keys.</summary>
    TooManyMixKeys,

    /// <summary>Epochs aren't strictly ascending, or a key stands twice.</summary>
    MixKeyOrder,

    /// <summary>Too many neighbours.</summary>
    TooManyNeighbours,

    /// <summary>Neighbours aren't strictly ascending.</summary>
    NeighbourOrder,

    /// <summary>The node lists itself.</summary>
    OwnNeighbour,

    /// <summary>Too many endpoints.</summary>
    TooManyEndpoints,

    /// <summary>An endpoint is empty, isn't UTF-8, has control characters, or endpoints aren't strictly ascending.</summary>
    InvalidEndpoint,

    /// <summary>An admission certificate that isn't well formed, is another node's, or ends before the record does.</summary>
    InvalidCertificate,
}
