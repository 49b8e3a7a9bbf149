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

    /// <summary>Messages that one checkpoint may send.</summary>
    public const int MaxSends = 1000;

    /// <summary>Content bytes that one checkpoint may send: 16 MiB.</summary>
    public const int MaxSendBytes = 16 * 1024 * 1024;

    /// <summary>Deliveries in vain after which a message goes to the dead letters, where the consumer says nothing.</summary>
    public const int DefaultMaxDeliveries = 10;

    /// <summary>The most that a consumer may say.</summary>
    public const int MostMaxDeliveries = 1000;

    /// <summary>Checkpoints under way at once.</summary>
    internal const int MaxCheckpoints = 256;

    /// <summary>Bytes of states and contents of checkpoints under way, beyond the first: 64 MiB.</summary>
    internal const long MaxCheckpointBytes = 64L << 20;

    /// <summary>Unconsumed messages of one conversation that are kept in memory while no consumer has them; the store is asked for what follows.</summary>
    internal const int MaxWaitingOfConversation = 64;

    /// <summary>Messages asked for at once.</summary>
    internal const int PageHeads = 1024;
}
