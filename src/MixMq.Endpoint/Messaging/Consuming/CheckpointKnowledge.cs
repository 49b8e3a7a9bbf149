namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>What the store knows of a checkpoint's id.</summary>
public enum CheckpointKnowledge
{
    /// <summary>Nothing: neither the checkpoint nor a message that it would send.</summary>
    Unknown,

    /// <summary>The checkpoint was made.</summary>
    Made,

    /// <summary>The checkpoint is forgotten, and a message that it sent isn't.</summary>
    Forgotten,
}
