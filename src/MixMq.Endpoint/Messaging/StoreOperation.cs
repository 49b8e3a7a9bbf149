using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>
/// One change to the endpoint's store. The core hands out batches of them; a batch is applied in order, whole or not at all, and batches in the
/// order of their numbers. Every operation finds what it names unless it says otherwise: a store that doesn't is damaged and must fail.
/// </summary>
public abstract partial record StoreOperation
{
    private StoreOperation()
    {
    }

    /// <summary>A new conversation of this node's with a recipient; precedes its first <see cref="AppendOutbox"/> in the same batch. Key: (Recipient, Conversation).</summary>
    /// <param name="Recipient">Who is written to.</param>
    /// <param name="Conversation">The conversation.</param>
    /// <param name="Name">Its name, at most 255 bytes of UTF-8.</param>
    /// <param name="Secret">Its secret.</param>
    /// <param name="NextSequence">The sequence of its first message.</param>
    public sealed record OpenOutboundConversation(
        NodeAddress Recipient, ConversationId Conversation, string Name, ConversationSecret Secret, ulong NextSequence) : StoreOperation;

    /// <summary>A message is accepted (<see cref="OutboxStatus.Pending"/>). Sets its conversation's next sequence to the entry's + 1.</summary>
    /// <param name="Entry">The entry; not a tombstone.</param>
    /// <param name="Content">
    /// Its content, <see cref="OutboxEntry.ContentLength"/> bytes. Empty where it is stored in parts (<see cref="OutboxEntry.InParts"/>): then the content staged under the entry's id
    /// is there, has that length, and becomes the entry's.
    /// </param>
    public sealed record AppendOutbox(OutboxEntry Entry, ReadOnlyMemory<byte> Content) : StoreOperation;

    /// <summary>The message expired: from now on the tombstone is sent (<see cref="OutboxStatus.Expiring"/>). Replaces the entry's envelope, drops its content.</summary>
    /// <param name="Id">Which entry.</param>
    /// <param name="Envelope">The signed envelope of the tombstone.</param>
    public sealed record ReplaceWithTombstone(MessageId Id, ReadOnlyMemory<byte> Envelope) : StoreOperation;

    /// <summary>The recipient has the message or its tombstone. The entry leaves the pending set and keeps only what tracking needs; its content is dropped.</summary>
    /// <param name="Id">Which entry.</param>
    /// <param name="Status"><see cref="OutboxStatus.Acknowledged"/> or <see cref="OutboxStatus.Expired"/>.</param>
    /// <param name="UnixMillis">When.</param>
    /// <param name="DropsContent">Nobody can need the content any more: it goes at once, also of an acknowledged message.</param>
    public sealed record SettleOutbox(MessageId Id, OutboxStatus Status, long UnixMillis, bool DropsContent = false) : StoreOperation
    {
        /// <summary>When the message was accepted; 0: that isn't known. For statistics, not for the store.</summary>
        public long CreatedUnixMillis { get; init; }
    }

    /// <summary>Inserts or replaces what is known of a sender's conversation. Key: (Sender, Conversation).</summary>
    /// <param name="Conversation">All of it.</param>
    public sealed record UpsertInboundConversation(InboundConversationState Conversation) : StoreOperation;

    /// <summary>A verified message of several fragments begins to be gathered. Key: Place.</summary>
    /// <param name="Place">Its place.</param>
    /// <param name="Id">Its id.</param>
    /// <param name="Envelope">Its verified envelope.</param>
    /// <param name="ContentLength">Bytes of the whole content.</param>
    /// <param name="FragmentCount">How many fragments there are.</param>
    /// <param name="PieceBytes">Content bytes of a fragment that is neither the first (it has so many less as the envelope has) nor the last, where the content is stored in parts; 0: it isn't.</param>
    public sealed record OpenPartial(Place Place, MessageId Id, ReadOnlyMemory<byte> Envelope, long ContentLength, int FragmentCount, int PieceBytes = 0) : StoreOperation;

    /// <summary>One fragment's content bytes (the envelope's are taken off fragment 0). In index order they are the content. Never twice for one index.</summary>
    /// <param name="Place">Of the partial.</param>
    /// <param name="Index">From 0.</param>
    /// <param name="Content">May be empty.</param>
    public sealed record PutFragment(Place Place, int Index, ReadOnlyMemory<byte> Content) : StoreOperation;

    /// <summary>The partial and its fragments are removed.</summary>
    /// <param name="Place">Of the partial.</param>
    public sealed record DropPartial(Place Place) : StoreOperation;

    /// <summary>
    /// Something takes a place for ever. Never twice for one place. An entry whose content is stored in parts takes over that of the partial of its place, all of
    /// whose fragments are stored, and the partial is no more.
    /// </summary>
    /// <param name="Entry">The row.</param>
    public sealed record AppendInbox(InboxEntry Entry) : StoreOperation;

    /// <summary>
    /// The next part of a content that an application hands over, before there is a message. Each but the last has <see cref="MessagingConstants.ContentPartBytes"/>. From the shell,
    /// not from the core; a store that is opened again has none of them any more.
    /// </summary>
    /// <param name="Id">Which content.</param>
    /// <param name="Index">From 0, in order.</param>
    /// <param name="Part">Its bytes; not empty.</param>
    public sealed record StagePart(MessageId Id, int Index, ReadOnlyMemory<byte> Part) : StoreOperation;

    /// <summary>A content that was being handed over isn't wanted. No such content: nothing happens. From the shell.</summary>
    /// <param name="Id">Which content.</param>
    public sealed record DropStaged(MessageId Id) : StoreOperation;

    /// <summary>A held entry becomes <see cref="InboxState.Ready"/>.</summary>
    /// <param name="Place">Which entry.</param>
    /// <param name="Position">Its position.</param>
    public sealed record ReleaseInbox(Place Place, ulong Position) : StoreOperation;

    /// <summary>The application has taken the entry. No entry there: nothing happens.</summary>
    /// <param name="Position">Which ready entry.</param>
    public sealed record ConsumeInbox(ulong Position) : StoreOperation;

    /// <summary>
    /// A consumer's checkpoint: it is remembered, and the consumer's state becomes this one. In the same batch are what it consumed (<see cref="ConsumeInbox"/>) and what it sends
    /// (<see cref="AppendOutbox"/>) and replies (<see cref="AppendReply"/>). Never twice for one id.
    /// </summary>
    /// <param name="Id">The checkpoint.</param>
    /// <param name="Consumer">Whose, a valid <see cref="ConsumerName"/>.</param>
    /// <param name="State">The application's state, at most <see cref="MessagingConstants.MaxConsumerStateBytes"/>; null: as it was.</param>
    /// <param name="UnixMillis">When.</param>
    public sealed record Checkpoint(CheckpointId Id, string Consumer, ReadOnlyMemory<byte>? State, long UnixMillis) : StoreOperation;

    /// <summary>A consumer didn't keep what it was given: the entry's delivery count grows by one. No unconsumed entry there: nothing happens.</summary>
    /// <param name="Position">Which ready entry.</param>
    public sealed record CountDelivery(ulong Position) : StoreOperation;

    /// <summary>No consumer can take the entry: it goes to the dead letters and counts as consumed. No unconsumed entry there: nothing happens.</summary>
    /// <param name="Position">Which ready entry.</param>
    /// <param name="Consumer">Who had it last; may be empty.</param>
    /// <param name="Cause">Why, at most <see cref="MessagingConstants.MaxCauseChars"/> characters.</param>
    /// <param name="UnixMillis">When.</param>
    public sealed record MoveToDeadLetters(ulong Position, string Consumer, string Cause, long UnixMillis) : StoreOperation;

    /// <summary>A dead letter goes back into the inbox, at its old position, never delivered. No such letter: nothing happens.</summary>
    /// <param name="Number">Which one.</param>
    public sealed record ReplayDeadLetter(long Number) : StoreOperation;

    /// <summary>From here on, an outbound conversation's sequences are given before the marks of this start were exchanged with the recipient.</summary>
    /// <param name="Recipient">Who is written to.</param>
    /// <param name="Conversation">The conversation.</param>
    /// <param name="Sequence">The lowest such sequence; 0: there is none any more.</param>
    public sealed record SetTentative(NodeAddress Recipient, ConversationId Conversation, ulong Sequence) : StoreOperation;

    /// <summary>
    /// The recipient has messages in this conversation of which this node knows nothing, for its store was put back from a copy. Those of its own that stand in their way are moved
    /// behind them, and the next sequence with them, and nothing is tentative any more.
    /// </summary>
    /// <param name="Gap">The places of which this node doesn't know what the recipient has there; of kind <see cref="GapKind.Sent"/>.</param>
    /// <param name="Moved">Unsettled entries by ascending sequence, each to a greater place than it has.</param>
    /// <param name="NextSequence">The sequence that the next message takes, greater than before.</param>
    /// <param name="Waiting">Further unsettled entries, between those in their old places and in their new ones, that move without being named; what they leave free is recorded as a second gap; null: none.</param>
    public sealed record MoveOutbox(
        Gap Gap, System.Collections.Immutable.ImmutableArray<MovedMessage> Moved, ulong NextSequence, MovedRange? Waiting = null) : StoreOperation;

    /// <summary>
    /// Two conversations of one name turn out to be with one recipient, who has nothing of the first. Its unsettled entries go behind the second's, in their order, each by the same number of places, with
    /// the gaps between them; their envelopes stay as they are. If no entry of the first is left, it is no more; else what has gone is a gap of it, and what stays one of the second.
    /// </summary>
    /// <param name="Left">All places of the first, from its lowest unsettled one on; of kind <see cref="GapKind.Sent"/>.</param>
    /// <param name="Into">The second's recipient.</param>
    /// <param name="Target">The second's next sequence, which the first place becomes; the next one then is as many places above as there are in <paramref name="Left"/>.</param>
    public sealed record JoinOutbox(Gap Left, NodeAddress Into, ulong Target) : StoreOperation;

    /// <summary>Messages are lost. If that is known of all these places by one record already, nothing happens; else <see cref="GapRecords"/> says which records there are then.</summary>
    /// <param name="Gap">Which.</param>
    public sealed record RecordGap(Gap Gap) : StoreOperation;
}
