using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>A conversation in which this node sends, as stored.</summary>
/// <param name="Recipient">Who is written to.</param>
/// <param name="Conversation">The conversation.</param>
/// <param name="Name">Its name.</param>
/// <param name="Secret">Its secret.</param>
/// <param name="NextSequence">The sequence the next message takes.</param>
/// <param name="Tentative">The lowest sequence given before the marks of its start were exchanged with the recipient, who may have another message there; 0: none.</param>
/// <param name="FirstGap">The lowest place of its <see cref="GapKind.Sent"/> gaps; 0: it has none.</param>
public sealed record OutboundConversationState(
    NodeAddress Recipient, ConversationId Conversation, string Name, ConversationSecret Secret, ulong NextSequence, ulong Tentative = 0, ulong FirstGap = 0);
