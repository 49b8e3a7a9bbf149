namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>What cancelling a message came to.</summary>
public enum CancelOutcome
{
    /// <summary>A tombstone is stored in its stead and sent until something settles the place.</summary>
    Cancelled,

    /// <summary>Too late: it is settled, or expiring already.</summary>
    Settled,
}
