using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>Places of a conversation of which this node has lost what took them, and can't have it again. Gaps that touch are one (<see cref="GapRecords"/>).</summary>
/// <param name="Kind">Whose messages they were.</param>
/// <param name="Peer">The other end.</param>
/// <param name="Conversation">The conversation.</param>
/// <param name="Name">Its name.</param>
/// <param name="First">The lowest sequence.</param>
/// <param name="Last">The greatest sequence.</param>
/// <param name="NoticedUnixMillis">When this node noticed, Unix milliseconds; of several, when it noticed the last.</param>
/// <param name="Folded">Not each place from first to last is lost: there were more gaps in the conversation than are kept apart.</param>
public sealed record Gap(GapKind Kind, NodeAddress Peer, ConversationId Conversation, string Name, ulong First, ulong Last, long NoticedUnixMillis, bool Folded = false);
