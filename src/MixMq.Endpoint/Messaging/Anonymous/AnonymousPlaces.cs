using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>
/// Where anonymous messages stand in the store. Their senders have no address and no conversation: at the recipient all of them together are one conversation of nobody, in the order in which they came,
/// and at the sender those to one recipient are one that no name leads to. Neither is on the wire.
/// </summary>
public static class AnonymousPlaces
{
    /// <summary>In place of a sender: no valid address.</summary>
    public static NodeAddress Sender => default;

    /// <summary>The id of all these conversations; no name has it.</summary>
    public static ConversationId Conversation { get; } = ConversationId.FromBytes([.. Enumerable.Repeat(byte.MaxValue, ConversationId.ByteCount)]);

    /// <summary>
    /// The id of the conversations in which replies to this node's anonymous messages stand in the inbox, one for each who replied; no name has it. In place of a conversation's name their entries have the id of the
    /// message that they answer.
    /// </summary>
    public static ConversationId Replies { get; } = ConversationId.FromBytes([.. Enumerable.Repeat((byte)0xFE, ConversationId.ByteCount)]);

    /// <summary>The message of this node's that an inbox entry answers; null: it is no reply.</summary>
    /// <param name="entry">Any entry.</param>
    public static MessageId? AnsweredBy(InboxEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Place.Conversation == Replies && MessageId.TryParse(entry.ConversationName, out var id) ? id : null;
    }

    /// <summary>Whether an inbox entry at this place has no sender.</summary>
    public static bool IsAnonymous(in Place place) => place.Sender == Sender && place.Conversation == Conversation;

    /// <summary>In place of a conversation's secret: these have none.</summary>
    internal static ConversationSecret Secret { get; } = ConversationSecret.FromBytes(new byte[ConversationSecret.ByteCount]);
}
