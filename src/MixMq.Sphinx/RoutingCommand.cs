namespace MixMq.Sphinx;

/// <summary>The command of a routing slot, as on the wire.</summary>
public enum RoutingCommand
{
    /// <summary>No command: invalid.</summary>
    None = 0,

    /// <summary>Hold, then send on to the address in the slot.</summary>
    Relay = 1,

    /// <summary>Lane A is a message for this node.</summary>
    Deliver = 2,

    /// <summary>Lane B answers a SURB that this node made.</summary>
    Reply = 3,

    /// <summary>Cover traffic ends here.</summary>
    Drop = 4,
}
