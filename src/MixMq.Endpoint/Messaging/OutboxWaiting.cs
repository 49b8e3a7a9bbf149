using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>What the outbox holds of a conversation beyond the entries that were loaded: it stays in the store until its turn comes.</summary>
/// <param name="Recipient">Who is written to.</param>
/// <param name="Conversation">The conversation.</param>
/// <param name="First">The lowest sequence of it.</param>
/// <param name="Count">How many entries; at least one.</param>
/// <param name="Bytes">Their content bytes together.</param>
/// <param name="Tombstones">How many of them are tombstones.</param>
/// <param name="ExpiresUnixMillis">When the first of those that are no tombstones expires; the greatest value: there is none.</param>
public sealed record OutboxWaiting(
    NodeAddress Recipient, ConversationId Conversation, ulong First, int Count, long Bytes, int Tombstones, long ExpiresUnixMillis);
