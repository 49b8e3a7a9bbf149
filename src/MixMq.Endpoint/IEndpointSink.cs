using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Pings;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint;

/// <summary>
/// Where an <see cref="EndpointCore"/> puts its output. Called in the middle of an input: a sink notes or queues what it is told and returns; it
/// never calls the core. Spans are valid during the call only.
/// </summary>
public interface IEndpointSink
{
    /// <summary>Store this, atomically, then tell the core by <see cref="EndpointCore.HandleCommitted"/>.</summary>
    /// <param name="batch">1, 2, 3 …: batches become durable in this order; neighbours may share a transaction.</param>
    /// <param name="operations">At least one, in order. If they can't be stored, the shell stops the node: there is no other way on.</param>
    void Commit(long batch, ImmutableArray<StoreOperation> operations);

    /// <summary>Read the content of a committed outbox entry; answered by <see cref="EndpointCore.HandleContent"/> or <see cref="EndpointCore.HandleContentMissing"/>.</summary>
    void ReadOutboxContent(ContentRequestId id, MessageId message);

    /// <summary>Read a partial whose fragments are all committed: their bytes in index order; answered like <see cref="ReadOutboxContent"/>.</summary>
    void ReadPartial(ContentRequestId id, Place place);

    /// <summary>Read settled messages of an outbound conversation that can be sent again (their contents are there), by sequence; answered by <see cref="EndpointCore.HandleKept"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="recipient">Who is written to.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="first">From this sequence on.</param>
    /// <param name="end">Up to below this one.</param>
    /// <param name="maxMessages">At most so many; fewer only where there are no more.</param>
    void ReadKept(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages);

    /// <summary>Read unsettled entries of an outbound conversation; answered by <see cref="EndpointCore.HandleWaiting"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="recipient">Who is written to.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="first">From this sequence on.</param>
    /// <param name="maxEntries">At most so many; fewer only where there are no more.</param>
    /// <param name="byExpiry">True: those that are no tombstones, the first to expire first. False: all of them, by sequence.</param>
    void ReadWaiting(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry);

    /// <summary>Read the entry of a message if it isn't settled; answered by <see cref="EndpointCore.HandleWaiting"/>.</summary>
    void ReadUnsettled(ContentRequestId id, MessageId message);

    /// <summary>Read the ids of what came in these places of a conversation, the last of them first; answered by <see cref="EndpointCore.HandleFormer"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="first">The first place.</param>
    /// <param name="last">The last sequence.</param>
    /// <param name="maxIds">At most so many.</param>
    void ReadFormer(ContentRequestId id, Place first, ulong last, int maxIds);

    /// <summary>Read a range of the content of a committed outbox entry that is stored in parts; answered like <see cref="ReadOutboxContent"/>, with all of the range or as missing.</summary>
    void ReadOutboxPart(ContentRequestId id, MessageId message, long offset, int length);

    /// <summary>Read a range of the content of a partial that is stored in parts, all of whose fragments up to the range's end are committed; answered like <see cref="ReadOutboxPart"/>.</summary>
    void ReadPartialPart(ContentRequestId id, Place place, long offset, int length);

    /// <summary>Sign with the node's own identity; answered by <see cref="EndpointCore.HandleSigned"/>.</summary>
    void RequestSign(RequestId id, ReadOnlySpan<byte> message);

    /// <summary>Verify an Ed25519 signature; answered by <see cref="EndpointCore.HandleVerified"/>.</summary>
    void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>Wrap a message for a path and hand the packet to the link to its first hop. May be lost silently.</summary>
    /// <param name="path">All hops; the last is the recipient, with delay 0.</param>
    /// <param name="firstHop">The address of <c>path[0]</c>, a neighbour.</param>
    /// <param name="message">Lane A message, at most the geometry's message capacity.</param>
    void Send(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message);

    /// <summary>As <see cref="Send"/>, for a packet of this node's to itself. If it is dropped before it leaves, <see cref="EndpointCore.HandleLoopDropped"/> is told, where that is known.</summary>
    /// <param name="path">All hops; the last is this node, with delay 0.</param>
    /// <param name="firstHop">The address of <c>path[0]</c>, a neighbour.</param>
    /// <param name="message">Lane A message, at most the geometry's message capacity.</param>
    /// <param name="about">What to say of it then.</param>
    /// <returns>False: it was dropped at once, and nothing more is said of it.</returns>
    bool SendLoop(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, MessageId about);

    /// <summary>
    /// As <see cref="Send"/>, with SURBs put into the message. What answers them comes back by <see cref="EndpointCore.HandleReply"/>, unless it is lost: the shell keeps what opens replies in memory alone, and
    /// forgets it when they have expired.
    /// </summary>
    /// <param name="path">All hops; the last is the recipient, with delay 0.</param>
    /// <param name="firstHop">The address of <c>path[0]</c>, a neighbour.</param>
    /// <param name="message">Lane A message, at most the geometry's message capacity.</param>
    /// <param name="surbs">At least one.</param>
    /// <param name="about">The anonymous message that they are about.</param>
    void SendAnonymous(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, ReadOnlySpan<SurbOrder> surbs, MessageId about);

    /// <summary>Use a SURB, and hand the packet to the link to its first relay. May be lost silently; a SURB that is no such thing is dropped.</summary>
    /// <param name="surb">As long as SURBs of the network are; from anyone.</param>
    /// <param name="message">At most the geometry's reply capacity.</param>
    void UseSurb(ReadOnlySpan<byte> surb, ReadOnlySpan<byte> message);

    /// <summary>
    /// Make a SURB of this node's for itself, use it at once, and hand the packet to the overlay like any other that is made with a SURB. What comes back is told by <see cref="EndpointCore.HandleReply"/>, unless it is lost; and if it is dropped before the overlay has it, <see cref="EndpointCore.HandleLoopDropped"/> is told.
    /// </summary>
    /// <param name="back">The SURB's hops: this node, relays, this node.</param>
    /// <param name="expiryUnixSeconds">When it expires.</param>
    /// <param name="message">At most the geometry's reply capacity.</param>
    /// <param name="about">What comes back is about; in no packet.</param>
    /// <returns>False: it was dropped at once, and nothing more is said of it.</returns>
    bool SendBySurb(ReadOnlySpan<PathHop> back, uint expiryUnixSeconds, ReadOnlySpan<byte> message, MessageId about);

    /// <summary>The answer to a <see cref="SubmitRequest"/>; when accepted, the message is durable.</summary>
    void SubmitCompleted(long token, in SubmitOutcome outcome);

    /// <summary>Inbox entries up to this position are durable and ready.</summary>
    void InboxReady(ulong position);

    /// <summary>Read the ready entries after a position that are not consumed, by position; answered by <see cref="EndpointCore.HandleHeads"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="afterPosition">Only those after it.</param>
    /// <param name="maxHeads">At most so many; fewer only where there are no more.</param>
    void ReadInboxHeads(ContentRequestId id, ulong afterPosition, int maxHeads);

    /// <summary>Read the ready entries of one conversation after a place that are not consumed, by sequence; answered by <see cref="EndpointCore.HandleHeads"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="after">Only those after it.</param>
    /// <param name="maxHeads">At most so many; fewer only where there are no more.</param>
    void ReadConversationHeads(ContentRequestId id, Place after, int maxHeads);

    /// <summary>Look what is known of an anonymous message that may have come here; answered by <see cref="EndpointCore.HandleAnonymousKnowledge"/>.</summary>
    void ReadAnonymous(ContentRequestId id, MessageId message);

    /// <summary>Read the content of a reply that is being sent; answered like <see cref="ReadOutboxContent"/>.</summary>
    void ReadReplyContent(ContentRequestId id, MessageId question);

    /// <summary>Look whether a checkpoint was made, or a message of the ids that it would give its sends; and what is known of the messages that it replies to. Answered by <see cref="EndpointCore.HandleCheckpointKnowledge"/>.</summary>
    /// <param name="id">Which request.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="sends">How many it would send.</param>
    /// <param name="questions">The anonymous messages that it would reply to; most often none.</param>
    void ReadCheckpoint(ContentRequestId id, CheckpointId checkpoint, int sends, ImmutableArray<MessageId> questions);

    /// <summary>Nothing that a former session of the consumer's name began is under way any more: its state may be read, and stays as it is until the consumer's own checkpoint.</summary>
    void ConsumerOpened(long session);

    /// <summary>Give the inbox entry at a position to a consumer. If it can't be read because it is consumed, the shell says so by <see cref="EndpointCore.HandleVanished"/>.</summary>
    /// <param name="session">The consumer's session.</param>
    /// <param name="position">Which entry.</param>
    /// <param name="deliveries">How often it was given in vain before.</param>
    void Deliver(long session, ulong position, int deliveries);

    /// <summary>The consumer has credit, and there is nothing more for it now.</summary>
    void CaughtUp(long session);

    /// <summary>The core has ended a consumer's session; it isn't to be closed any more.</summary>
    void ConsumerEnded(long session, ConsumerEnd end);

    /// <summary>The answer to a <see cref="CheckpointRequest"/>; when made, it is durable.</summary>
    void CheckpointCompleted(long token, CheckpointOutcome outcome);

    /// <summary>The answer to <see cref="EndpointCore.HandleCancel"/>.</summary>
    void CancelCompleted(long token, CancelOutcome outcome);

    /// <summary>A ping leaves now.</summary>
    /// <param name="token">As in its request.</param>
    /// <param name="relays">Relays between this node and the one that is asked, on the way there. The way back is drawn by the other.</param>
    void PingSent(long token, int relays);

    /// <summary>The answer to <see cref="EndpointCore.HandlePing"/>.</summary>
    void PingCompleted(long token, in PingOutcome outcome);

    /// <summary>The answer to <see cref="EndpointCore.HandleReplay"/>: durable.</summary>
    void ReplayCompleted(long token);
}
