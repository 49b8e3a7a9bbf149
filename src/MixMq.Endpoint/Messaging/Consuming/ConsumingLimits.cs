namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>What consumers may ask for (spec/07 §13). Each bounds a table or a request.</summary>
public static class ConsumingLimits
{
    /// <summary>Consumers open at once.</summary>
    public const int MaxConsumers = 256;

    /// <summary>Credit a consumer may have, and messages that may be with it.</summary>
    public const int MaxCredit = 10_000;

    /// <summary>Messages that one checkpoint may consume.</summary>
    public const int MaxConsumed = 10_000;

    /// <summary>Messages that one checkpoint may send, replies with them.</summary>
    public const int MaxSends = 1000;

    /// <summary>Content bytes that one checkpoint may send, those of replies with them: 16 MiB.</summary>
    public const int MaxSendBytes = 16 * 1024 * 1024;

    /// <summary>Deliveries in vain after which a message goes to the dead letters, where the consumer says nothing.</summary>
    public const int DefaultMaxDeliveries = 10;

    /// <summary>The most that a consumer may say.</summary>
    public const int MostMaxDeliveries = 1000;
}
