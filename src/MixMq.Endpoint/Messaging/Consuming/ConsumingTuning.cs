namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>How much of the inbox and of checkpoints is in memory.</summary>
internal static class ConsumingTuning
{
    /// <summary>Checkpoints under way at once.</summary>
    public const int MaxCheckpoints = 256;

    /// <summary>Bytes of states and contents of checkpoints under way, beyond the first: 64 MiB.</summary>
    public const long MaxCheckpointBytes = 64L << 20;

    /// <summary>Unconsumed messages of one conversation that are kept in memory while no consumer has them; the store is asked for what follows.</summary>
    public const int MaxWaitingOfConversation = 64;

    /// <summary>Messages asked for at once.</summary>
    public const int PageHeads = 1024;

    /// <summary>Replayed messages that are read back at once.</summary>
    public const int MaxReplayedReads = 64;
}
