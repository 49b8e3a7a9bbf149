namespace MixMq.Endpoint.Messaging;

/// <summary>Whose messages are lost.</summary>
public enum GapKind
{
    /// <summary>This node's: it accepted them, its store was put back from an older copy, and it knows nothing of them any more. The recipient may have them.</summary>
    Sent = 0,

    /// <summary>The peer's: one of the two stores was put back from an older copy, and the sender has nothing any more that it could send again.</summary>
    Received = 1,
}
