namespace MixMq.Endpoint.Messaging;

/// <summary>The places of a conversation that were settled before the sender's store was put back from an older copy: messages of these ids may come again in other places.</summary>
/// <param name="Conversation">Sender and conversation; the sequence is 0.</param>
/// <param name="Ids">Those that the store still has, at most as many as were asked for.</param>
public sealed record FormerMessages(Place Conversation, System.Collections.Immutable.ImmutableArray<MessageId> Ids);
