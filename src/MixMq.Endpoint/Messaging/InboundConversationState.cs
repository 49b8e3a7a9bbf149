using System.Collections.Immutable;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>A conversation in which this node receives, as stored. The entries held above the watermark are inbox rows (<see cref="EndpointState.Held"/>).</summary>
/// <param name="Sender">Who writes.</param>
/// <param name="Conversation">The conversation.</param>
/// <param name="Name">Its name.</param>
/// <param name="Secret">Its secret, from a verified envelope.</param>
/// <param name="Watermark">Every sequence up to this one is settled and ready.</param>
/// <param name="Base">The sender has durably learned what became of every sequence below this one.</param>
/// <param name="Tombstones">The sequences from <paramref name="Base"/> on that a tombstone took, ascending; at most <see cref="MessagingConstants.SequenceWindow"/>.</param>
/// <param name="SenderIncarnation">The sender's start of which the last sender mark told; <see cref="Incarnation.None"/>: none has.</param>
/// <param name="FormerFirst">The lowest place that the sender may have filled before its store was put back from a copy; 0: it never was, as far as is known.</param>
/// <param name="FormerLast">The greatest such place.</param>
/// <param name="Foreign">Places up to this one were taken under another secret; 0: none.</param>
public sealed record InboundConversationState(
    NodeAddress Sender,
    ConversationId Conversation,
    string Name,
    ConversationSecret Secret,
    ulong Watermark,
    ulong Base,
    ImmutableArray<ulong> Tombstones,
    Incarnation SenderIncarnation = default,
    ulong FormerFirst = 0,
    ulong FormerLast = 0,
    ulong Foreign = 0);
