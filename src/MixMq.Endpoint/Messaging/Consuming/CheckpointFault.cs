namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>What of a checkpoint isn't in its range; the fields' names are those of <c>CheckpointRequest</c> in the control API.</summary>
public enum CheckpointFault
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The consumer's name isn't one.</summary>
    Consumer,

    /// <summary>It sends, replies or has a state, and has no id.</summary>
    NoId,

    /// <summary>More state than a consumer may have.</summary>
    State,

    /// <summary>It consumes more than it may.</summary>
    Consumed,

    /// <summary>It consumes a position twice.</summary>
    Duplicate,

    /// <summary>More sends and replies than it may have.</summary>
    Sends,

    /// <summary>More content than it may send and reply.</summary>
    Contents,

    /// <summary>A send answers something, or a reply answers nothing.</summary>
    Answers,
}
