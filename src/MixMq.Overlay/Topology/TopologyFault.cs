namespace MixMq.Overlay.Topology;

/// <summary>What a neighbour did against the gossip protocol. All but <see cref="None"/> are reason to close the link.</summary>
public enum TopologyFault
{
    /// <summary>Nothing wrong.</summary>
    None = 0,

    /// <summary>A cell's content is empty, too long, has unknown flag bits, or breaks off a message before the cell was full.</summary>
    BadFragment,

    /// <summary>A message is longer than any message may be.</summary>
    MessageTooLong,

    /// <summary>A message of unknown kind, or not laid out as its kind says.</summary>
    MalformedMessage,

    /// <summary>A record inside a message can't be parsed, or isn't in canonical form.</summary>
    MalformedRecord,

    /// <summary>Bodies that answer no question of ours, or records that were not asked for.</summary>
    Unsolicited,

    /// <summary>A record whose signature doesn't hold, or whose address or mix keys are no points of the curve.</summary>
    BadSignature,
}
