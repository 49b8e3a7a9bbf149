namespace MixMq.Endpoint.Messaging;

/// <summary>Whether the application may have an inbox entry yet.</summary>
public enum InboxState
{
    /// <summary>Stored and acknowledged, but an earlier place of its conversation is still empty.</summary>
    Held = 0,

    /// <summary>It has a position; everything before it in its conversation has a lower one.</summary>
    Ready = 1,
}
