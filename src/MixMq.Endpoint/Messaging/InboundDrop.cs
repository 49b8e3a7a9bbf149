namespace MixMq.Endpoint.Messaging;

/// <summary>Why something that came in a packet was dropped. Never answered, only counted.</summary>
public enum InboundDrop
{
    /// <summary>Frames that don't fill the message, or a frame whose body isn't what its type says.</summary>
    MalformedFrame = 0,

    /// <summary>A frame type this version doesn't know.</summary>
    UnknownFrame,

    /// <summary>A fragment's index, count or length contradicts the envelope or the format.</summary>
    InconsistentFragment,

    /// <summary>An envelope that doesn't parse, is for someone else, or contradicts its frame.</summary>
    MalformedEnvelope,

    /// <summary>An envelope whose signature isn't the sender's.</summary>
    ForgedEnvelope,

    /// <summary>A fragment or tombstone whose tag is wrong.</summary>
    ForgedFragment,

    /// <summary>An acknowledgement whose tag is wrong.</summary>
    ForgedAcknowledgement,

    /// <summary>An acknowledgement for a conversation that this node doesn't have.</summary>
    UnknownConversation,

    /// <summary>The envelope's conversation secret isn't the one the conversation began with.</summary>
    SecretChanged,

    /// <summary>Another message already stands at this place.</summary>
    PlaceTaken,

    /// <summary>The sequence is beyond the window.</summary>
    OutOfWindow,

    /// <summary>The sender isn't among those who may write.</summary>
    SenderNotAllowed,

    /// <summary>The sender has as many conversations as it may.</summary>
    ConversationLimit,

    /// <summary>The sender, or all together, have as many partial bytes as they may.</summary>
    PartialQuota,

    /// <summary>The gathered content's hash isn't the envelope's.</summary>
    ContentHash,

    /// <summary>A fragment without its envelope was pushed out by newer ones, or its sender's share was full.</summary>
    UnverifiedRoom,

    /// <summary>As many envelopes as may be were being verified.</summary>
    VerificationLimit,

    /// <summary>The store is behind.</summary>
    StoreBehind,

    /// <summary>The store's disk is full: nothing new is taken, and the sender sends it again.</summary>
    StoreFull,

    /// <summary>A view summary or view items whose tag is wrong.</summary>
    ForgedView,

    /// <summary>View items that this node hasn't asked for, or no longer waits for.</summary>
    UnaskedView,

    /// <summary>A view summary from someone who hasn't written for long, or beyond what is answered.</summary>
    ViewQuota,

    /// <summary>A sender mark or recipient mark whose tag or signature is wrong.</summary>
    ForgedMark,

    /// <summary>The sender has as much in the inbox as it may; it was told so.</summary>
    SenderQuota,

    /// <summary>All senders together have as much in the inbox as they may; the sender was told as if it were its own quota.</summary>
    InboxQuota,

    /// <summary>A refusal whose tag is wrong.</summary>
    ForgedRefusal,

    /// <summary>An anonymous message, and this node takes none.</summary>
    AnonymousNotAllowed,

    /// <summary>All anonymous messages together have as much as they may; the sender was told so, or sends it again.</summary>
    AnonymousQuota,

    /// <summary>An anonymous message that has expired, or expires later than one may.</summary>
    AnonymousExpiry,

    /// <summary>What says it is a loop of this node's and isn't, or has come back before.</summary>
    UnknownLoop,

    /// <summary>A ping whose signature isn't its sender's, or that is for somebody else; an answer to one whose tag is wrong.</summary>
    ForgedPing,

    /// <summary>What says it answers a ping of this node's, and there is none, or none any more.</summary>
    UnaskedPingAnswer,

    /// <summary>A ping beyond the rates at which they are answered.</summary>
    PingQuota,

    /// <summary>The content is longer than this node takes of any message; the sender was told.</summary>
    ContentTooLarge,

    /// <summary>A content limit whose tag is wrong.</summary>
    ForgedContentLimit,
}
