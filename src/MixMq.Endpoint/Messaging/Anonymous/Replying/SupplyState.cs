namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>What the asker says in a supply.</summary>
internal enum SupplyState : byte
{
    /// <summary>It waits for the reply, or for the rest of it.</summary>
    Waiting = 1,

    /// <summary>The reply is durable there.</summary>
    Received = 2,
}
