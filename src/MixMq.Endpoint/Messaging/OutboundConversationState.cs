using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>A conversation in which this node sends, as stored.</summary>
/// <param name="Recipient">Who is written to.</param>
/// <param name="Conversation">The conversation.</param>
/// <param name="Name">Its name.</param>
/// <param name="Secret">Its secret.</param>
/// <param name="NextSequence">The sequence the next message takes.</param>
public sealed record OutboundConversationState(
    NodeAddress Recipient, ConversationId Conversation, string Name, ConversationSecret Secret, ulong NextSequence);
