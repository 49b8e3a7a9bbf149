namespace MixMq.Overlay;

/// <summary>Why a packet or cell went no further at this node. Closed set; each has one counter.</summary>
public enum DropCause
{
    /// <summary>The packet has another length or version.</summary>
    PacketMalformed,

    /// <summary>The packet's group element is not canonical, or of small order.</summary>
    PacketElementInvalid,

    /// <summary>The packet opens under none of the keys accepted now: damaged, for another node or network, or too old.</summary>
    PacketNotAuthentic,

    /// <summary>The same packet was here before.</summary>
    PacketReplayed,

    /// <summary>The replay filter of its key is full, so that it can't be told from a copy.</summary>
    ReplayFilterFull,

    /// <summary>What its slot says is not allowed, or a byte isn't zero that must be.</summary>
    PacketContentInvalid,

    /// <summary>It asks for a longer delay than the network allows.</summary>
    DelayTooLong,

    /// <summary>Its key was destroyed between its arrival and its turn.</summary>
    MixKeyGone,

    /// <summary>No key is there to unwrap with yet.</summary>
    NoMixKey,

    /// <summary>It is to be relayed, and this node doesn't relay.</summary>
    NotRelay,

    /// <summary>Its next hop is no configured neighbour, or the link to it was not up when it was due.</summary>
    NoLink,

    /// <summary>The outbound queue of its link was full.</summary>
    LinkQueueFull,

    /// <summary>The delay queue was full.</summary>
    DelayQueueFull,

    /// <summary>Its link, or the node as a whole, brought more packets than its rate allows.</summary>
    RateLimited,

    /// <summary>No buffer was free.</summary>
    PoolEmpty,

    /// <summary>The queue from the link's reader to the core was full.</summary>
    InboundQueueFull,

    /// <summary>The crypto workers' queue was full.</summary>
    CryptoQueueFull,

    /// <summary>It ends here, and this node is a relay that has no messages.</summary>
    NotForFloat,

    /// <summary>The endpoint's queue for delivered packets was full.</summary>
    DeliveryQueueFull,

    /// <summary>A packet cell on a connection that has not authenticated.</summary>
    NotAuthenticated,

    /// <summary>A cell whose type is unknown.</summary>
    CellTypeUnknown,

    /// <summary>A cell whose length or padding is wrong, or whose content can't be parsed.</summary>
    CellMalformed,

    /// <summary>A cell that may not come in this state of its link.</summary>
    CellOutOfOrder,

    /// <summary>A gossip message or record that breaks the topology's rules; its link is closed.</summary>
    TopologyFault,

    /// <summary>A cell of a connection that the core doesn't know any more.</summary>
    ConnectionGone,

    /// <summary>Packets that were waiting when the node stopped.</summary>
    Stopped,
}
