namespace MixMq.Endpoint.Messaging;

/// <summary>Why a message wasn't accepted. No path to the recipient is no reason: such a message is pending.</summary>
public enum SubmitRefusal
{
    /// <summary>It was accepted.</summary>
    None = 0,

    /// <summary>The content is longer than <see cref="EndpointOptions.MaxContentBytes"/>; or it isn't staged and longer than <see cref="EndpointOptions.WholeContentBytes"/>.</summary>
    ContentTooLarge,

    /// <summary>The label is longer than <see cref="MessagingConstants.MaxLabelBytes"/> bytes of UTF-8.</summary>
    LabelTooLong,

    /// <summary>The conversation's name is longer than <see cref="MessagingConstants.MaxConversationNameBytes"/> bytes of UTF-8.</summary>
    ConversationNameTooLong,

    /// <summary>Label or conversation name isn't well-formed Unicode.</summary>
    InvalidText,

    /// <summary>The expiry is negative or beyond <see cref="EndpointOptions.MaxExpiryMillis"/>.</summary>
    ExpiryOutOfRange,

    /// <summary>The recipient is this node itself.</summary>
    RecipientIsSelf,

    /// <summary>The outbox holds as many unsettled messages or content bytes as it may.</summary>
    OutboxFull,

    /// <summary>The outbox holds as many unsettled messages for this recipient as it may.</summary>
    RecipientQueueFull,

    /// <summary>This node has as many conversations as it may have.</summary>
    TooManyConversations,

    /// <summary>More submissions wait for signature or store than are taken at once; try again.</summary>
    Busy,

    /// <summary>The disk of the node's store is full but for its reserve; try again when there is room.</summary>
    StoreFull,

    /// <summary>The node is stopping.</summary>
    Stopping,

    /// <summary>The content is longer than the network's parameters in force allow.</summary>
    ContentOverNetworkLimit,

    /// <summary>An anonymous message belongs to no conversation, for that would tell which messages have one sender.</summary>
    AnonymousConversation,

    /// <summary>The network's packets have no room for anonymous messages and answers to them.</summary>
    AnonymousNotPossible,

    /// <summary>It is anonymous and its content longer than <see cref="Anonymous.AnonymousConstants.MaxContentBytes"/>.</summary>
    AnonymousTooLong,

    /// <summary>It is anonymous and its expiry negative or beyond <see cref="Anonymous.AnonymousConstants.MaxExpiryMillis"/>.</summary>
    AnonymousExpiry,

    /// <summary>Only an anonymous message has a reply that comes without the sender being known; its time must not be negative or beyond <see cref="Anonymous.AnonymousConstants.MaxExpiryMillis"/>.</summary>
    ReplyTime,

    /// <summary>The network's packets have no room for replies to anonymous messages.</summary>
    ReplyNotPossible,

    /// <summary>As many replies are waited for, or being sent, as may be.</summary>
    TooManyReplies,

    /// <summary>There is no such message, or its sender wants no reply, or none any more.</summary>
    NotAnswerable,

    /// <summary>The message has a reply already.</summary>
    AlreadyAnswered,

    /// <summary>A reply is longer than <see cref="Anonymous.AnonymousConstants.MaxReplyBytes"/>.</summary>
    ReplyTooLong,
}
