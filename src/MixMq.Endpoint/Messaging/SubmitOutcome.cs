using System.Globalization;
using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging;

/// <summary>The answer to a <see cref="SubmitRequest"/>: accepted and durable, or refused and without any effect.</summary>
/// <param name="Refusal"><see cref="SubmitRefusal.None"/>: accepted.</param>
/// <param name="Id">The message's id when accepted.</param>
/// <param name="Sequence">Its sequence in its conversation when accepted.</param>
/// <param name="CreatedUnixMillis">When it was created, by this node's clock, when accepted.</param>
/// <param name="ExpiresUnixMillis">When it expires, when accepted.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SubmitOutcome(
    SubmitRefusal Refusal, MessageId Id, ulong Sequence, long CreatedUnixMillis, long ExpiresUnixMillis)
{
    /// <summary>Whether the message is in the outbox.</summary>
    public bool Accepted => Refusal == SubmitRefusal.None;

    /// <summary>A refusal.</summary>
    public static SubmitOutcome Refused(SubmitRefusal reason) => new(reason, default, 0, 0, 0);

    /// <summary>A sentence that tells the user what to do.</summary>
    public string Describe() => Refusal switch
    {
        SubmitRefusal.None => "The message is accepted.",
        SubmitRefusal.ContentTooLarge => string.Create(
            CultureInfo.InvariantCulture,
            $"The content is longer than this node sends. Beyond {MessagingConstants.MaxWholeContentBytes} bytes it must be handed over in parts, and the node's configuration says how much it may have (messaging:maxContentMiB)."),
        SubmitRefusal.ContentOverNetworkLimit =>
            "The content is longer than the network's parameters allow (the status text says how long it may be); send it in parts.",
        SubmitRefusal.LabelTooLong => string.Create(
            CultureInfo.InvariantCulture, $"The label is longer than {MessagingConstants.MaxLabelBytes} bytes of UTF-8."),
        SubmitRefusal.ConversationNameTooLong => string.Create(
            CultureInfo.InvariantCulture, $"The conversation name is longer than {MessagingConstants.MaxConversationNameBytes} bytes of UTF-8."),
        SubmitRefusal.InvalidText => "Label and conversation name must be well-formed Unicode.",
        SubmitRefusal.ExpiryOutOfRange => "The expiry must be positive and not beyond the node's greatest expiry.",
        SubmitRefusal.RecipientIsSelf => "The recipient is this node itself.",
        SubmitRefusal.OutboxFull => "The outbox is full; wait until recipients have acknowledged some messages.",
        SubmitRefusal.RecipientQueueFull => "Too many messages wait for this recipient; is its node running and reachable?",
        SubmitRefusal.TooManyConversations => "This node has as many conversations as it may have; use one of them.",
        SubmitRefusal.Busy => "The node is busy storing earlier messages; try again.",
        SubmitRefusal.StoreFull => "The disk of the node's message store is full: nothing new is accepted until there is room; what was accepted is completed.",
        SubmitRefusal.Stopping => "The node is stopping; try again when it runs.",
        SubmitRefusal.AnonymousTooLong => string.Create(
            CultureInfo.InvariantCulture, $"An anonymous message may have {Anonymous.AnonymousConstants.MaxContentBytes} bytes."),
        SubmitRefusal.AnonymousExpiry => "An anonymous message may take 4 days, and not more than the node's greatest expiry.",
        SubmitRefusal.AnonymousConversation => "An anonymous message belongs to no conversation: that would tell the recipient which messages come from one sender.",
        SubmitRefusal.AnonymousNotPossible => "This network's packets have no room for anonymous messages.",
        SubmitRefusal.ReplyTime => "A reply may be waited for 4 days at most, and only to an anonymous message: to any other, its recipient can write.",
        SubmitRefusal.ReplyNotPossible => "This network's packets have no room for replies to anonymous messages.",
        SubmitRefusal.TooManyReplies => "Too many replies to anonymous messages are under way; try again when some have come to their end.",
        SubmitRefusal.NotAnswerable => "There is no such message, or its sender wants no reply to it, or none any more.",
        SubmitRefusal.AlreadyAnswered => "The message has its reply already: there is one at most.",
        SubmitRefusal.ReplyTooLong => string.Create(
            CultureInfo.InvariantCulture, $"A reply to an anonymous message may have {Anonymous.AnonymousConstants.MaxReplyBytes} bytes."),
        _ => "The message was refused.",
    };
}
