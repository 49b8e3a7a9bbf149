namespace MixMq.Overlay.Links;

/// <summary>What a cell was, once the links have seen it.</summary>
internal enum CellOutcome
{
    /// <summary>Nothing for anyone else: dealt with, or dropped and counted.</summary>
    Consumed,

    /// <summary>A packet of an authenticated peer within its rate.</summary>
    Packet,

    /// <summary>A piece of a topology message of an announced neighbour.</summary>
    Topology,

    /// <summary>A HELLO of an announced neighbour; the content is the digest in it.</summary>
    Digest,
}
