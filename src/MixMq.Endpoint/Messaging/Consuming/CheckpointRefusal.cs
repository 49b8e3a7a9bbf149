namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>Why a checkpoint wasn't made. Nothing of a refused checkpoint has happened.</summary>
public enum CheckpointRefusal
{
    /// <summary>It was made.</summary>
    None = 0,

    /// <summary>The consumer's name, a size or a number is out of its range, or something is given that needs an id.</summary>
    Malformed,

    /// <summary>The session isn't the consumer's.</summary>
    SessionEnded,

    /// <summary>A position isn't with the consumer.</summary>
    NotWithConsumer,

    /// <summary>Its id was used longer ago than checkpoints are remembered.</summary>
    IdForgotten,

    /// <summary>One of its messages can't be sent; <see cref="CheckpointOutcome.Send"/> says why.</summary>
    Send,

    /// <summary>One of its replies can't be given; <see cref="CheckpointOutcome.Send"/> says why.</summary>
    Reply,

    /// <summary>Too much is under way; try again.</summary>
    Busy,

    /// <summary>The disk of the node's store is full but for its reserve; try again when there is room.</summary>
    StoreFull,

    /// <summary>The node is stopping.</summary>
    Stopping,
}
