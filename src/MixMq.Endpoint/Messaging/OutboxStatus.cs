namespace MixMq.Endpoint.Messaging;

/// <summary>What has become of an accepted message, as its sender's store knows it.</summary>
public enum OutboxStatus
{
    /// <summary>Not yet acknowledged; it is being sent, or waits for a path.</summary>
    Pending = 0,

    /// <summary>Its time ran out; a tombstone is on its way, and it isn't known yet which of the two took the place.</summary>
    Expiring = 1,

    /// <summary>It is in the recipient's database.</summary>
    Acknowledged = 2,

    /// <summary>The tombstone took its place: the recipient never gets it.</summary>
    Expired = 3,
}
