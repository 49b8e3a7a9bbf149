namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>Why the core ended a consumer's session.</summary>
public enum ConsumerEnd
{
    /// <summary>Another session was opened for the same consumer.</summary>
    TakenOver,

    /// <summary>As many consumers are open as may be.</summary>
    TooMany,
}
