namespace MixMq.Endpoint.Messaging;

/// <summary>What becomes true when a batch is durable.</summary>
internal enum CommitEffectKind
{
    /// <summary>Target: OutboundMessage. Number: the submission's token.</summary>
    OutboxAppended,

    /// <summary>Target: OutboundMessage, one of a checkpoint's.</summary>
    OutboxAppendedByCheckpoint,

    /// <summary>Target: PendingCheckpoint.</summary>
    CheckpointStored,

    /// <summary>Number: the position.</summary>
    DeadLetterReplayed,

    /// <summary>Number: the request's token.</summary>
    ReplayStored,

    /// <summary>Target: OutboundMessage. Number: the <see cref="OutboxStatus"/>.</summary>
    OutboxSettled,

    /// <summary>Target: OutboundMessage.</summary>
    TombstoneStored,

    /// <summary>Target: Partial. Number: the index.</summary>
    FragmentStored,

    /// <summary>Target: InboundConversation. Number: the sequence.</summary>
    MessageSettled,

    /// <summary>Target: InboundConversation. Number: the sequence.</summary>
    TombstoneSettled,

    /// <summary>Number: the greatest position.</summary>
    InboxReady,

    /// <summary>Target: AnonymousMessage. Number: the submission's token.</summary>
    AnonymousAppended,

    /// <summary>Target: AnonymousMessage.</summary>
    AnonymousAppendedByCheckpoint,

    /// <summary>Target: AnonymousMessage.</summary>
    AnonymousWithdrawn,

    /// <summary>Target: AnonymousMessage. Number: the <see cref="OutboxStatus"/>.</summary>
    AnonymousSettled,

    /// <summary>Target: AnonymousEntry.</summary>
    AnonymousReceived,

    /// <summary>Target: Question.</summary>
    ReplyReceived,

    /// <summary>Target: PendingReply. Number: the submission's token.</summary>
    ReplyAppended,

    /// <summary>Target: PendingReply, one of a checkpoint's.</summary>
    ReplyAppendedByCheckpoint,

    /// <summary>Target: Asker. Number: the <see cref="Anonymous.ReplyStatus"/>.</summary>
    ReplySettled,

    /// <summary>Target: PendingReply, given up.</summary>
    ReplyExpired,

    /// <summary>Target: OutboundConversation.</summary>
    OutboxMoved,

    /// <summary>Target: OutboundConversation.</summary>
    OutboxAgreed,

    /// <summary>Target: OutboundConversation, which has another one's messages behind its own now.</summary>
    OutboxJoined,

    /// <summary>Target: InboundConversation.</summary>
    SenderMarkStored,
}
