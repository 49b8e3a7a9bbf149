using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Sphinx;

namespace MixMq.Storage;

/// <summary>
/// An endpoint's durable state: outbox, inbox, conversations, fragments of messages that are still coming in. One process owns a store.
/// <see cref="Commit"/> is for the one storage writer; everything that reads may be called from any thread at any time and sees a
/// consistent, committed state. What a disk has damaged is never given out: it goes into quarantine and is shown as damaged. Failures are <see cref="MessageStoreException"/>.
/// </summary>
public interface IMessageStore : IDisposable
{
    /// <summary>What the committed batches add up to; called once, before the first commit.</summary>
    /// <param name="outboxPage">
    /// So many unsettled entries of each outbound conversation are loaded at most; of the others <see cref="EndpointState.Waiting"/> tells how many there are, which costs neither time nor memory for each.
    /// Those of anonymous messages are loaded all.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A negative bound.</exception>
    EndpointState Load(int outboxPage = int.MaxValue);

    /// <summary>
    /// Applies the operations in order in one transaction. When it returns they survive a power failure. When it throws none was applied;
    /// only if the disk failed while it was told to make them durable may they be there, all of them, after the store is opened again.
    /// </summary>
    /// <exception cref="MessageStoreException">An operation doesn't find what it names, or finds what it must not; disk full or failing.</exception>
    void Commit(IReadOnlyList<StoreOperation> operations);

    /// <summary>
    /// Room is short: what is committed is completed from a reserve, and nothing new should be taken until this is false again. It becomes true in a commit, and false in
    /// <see cref="Upkeep"/>.
    /// </summary>
    bool IsShortOfSpace { get; }

    /// <summary>
    /// Removes what need not be kept any more, at most so many rows of a kind, and sees to the space. For the one storage writer, between commits. While room is short,
    /// the contents of acknowledged messages go before their time.
    /// </summary>
    /// <returns>Rows and contents removed.</returns>
    int Upkeep(StoreRetention retention, long nowUnixMillis, int maxRows);

    /// <summary>
    /// Content of an outbox entry, of an acknowledged one too until it is pruned; null when there is none: it has expired, was pruned, or is damaged.
    /// </summary>
    ReadOnlyMemory<byte>? ReadOutboxContent(MessageId id);

    /// <summary>The stored fragments of a partial, joined in index order; null when there is no such partial, or its content is in parts.</summary>
    ReadOnlyMemory<byte>? ReadPartial(Place place);

    /// <summary>
    /// A range of the content of an outbox entry that is stored in parts; null: it isn't, or has gone, or is damaged, or ends before the range does. The range must not be negative.
    /// </summary>
    ReadOnlyMemory<byte>? ReadOutboxPart(MessageId id, long offset, int length);

    /// <summary>The same of a partial's whose fragments up to the range's end are there.</summary>
    ReadOnlyMemory<byte>? ReadPartialPart(Place place, long offset, int length);

    /// <summary>The same of a ready inbox entry's that is not consumed.</summary>
    ReadOnlyMemory<byte>? ReadInboxPart(ulong position, long offset, int length);

    /// <summary>The same of a dead letter's.</summary>
    ReadOnlyMemory<byte>? ReadDeadLetterPart(long number, long offset, int length);

    /// <summary>
    /// Ready entries with a position above <paramref name="afterPosition"/>, by position: at most <paramref name="maxItems"/>, and as many as
    /// have contents of together at most <paramref name="maxBytes"/> (the first is given whatever its size). A consumed entry has no content.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative bound.</exception>
    IReadOnlyList<InboxItem> ReadInbox(ulong afterPosition, int maxItems, long maxBytes, bool includeConsumed = false);

    /// <summary>Ready entries that are not consumed, with a position above <paramref name="afterPosition"/>, by position: the first <paramref name="maxHeads"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative bound.</exception>
    IReadOnlyList<InboxHead> ReadInboxHeads(ulong afterPosition, int maxHeads);

    /// <summary>Ready entries of one conversation that are not consumed, with a sequence above that of <paramref name="after"/>, by sequence: the first <paramref name="maxHeads"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative bound.</exception>
    IReadOnlyList<InboxHead> ReadConversationHeads(Place after, int maxHeads);

    /// <summary>What is known of an anonymous message that may have come here. A row that is damaged counts as none, but for that the message came.</summary>
    AnonymousKnowledge ReadAnonymous(MessageId id);

    /// <summary>The content of a pending reply to an anonymous message; null: there is none, or it is damaged.</summary>
    ReadOnlyMemory<byte>? ReadReplyContent(MessageId question);

    /// <summary>How it stands with the reply to an anonymous message that this node has sent; null: none was ever waited for, or it was pruned.</summary>
    QuestionStatus? ReadQuestion(MessageId id);

    /// <summary>What is known of a message, or a reply to an anonymous one, that this node has sent; null: never heard of it. A reply has nobody as its recipient.</summary>
    OutboxTrack? Track(MessageId id);

    /// <summary>What a consumer left at its last checkpoint; null: it never made one.</summary>
    /// <exception cref="MessageStoreException">Its state is damaged, or may be: going on without it would be worse than stopping. It is in quarantine, and a checkpoint with a state takes its place.</exception>
    ConsumerState? ReadConsumer(string name);

    /// <summary>Whether a checkpoint has been committed (and not been pruned).</summary>
    bool HasCheckpoint(CheckpointId id);

    /// <summary>Dead letters without contents, by number: at most so many after a number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative bound.</exception>
    IReadOnlyList<DeadLetter> ReadDeadLetters(long afterNumber, int maxItems);

    /// <summary>A dead letter with its content; null: there is none of this number, or it is damaged and in quarantine.</summary>
    DeadLetter? ReadDeadLetter(long number);

    /// <summary>What was found damaged and taken out of use, by number: at most so many after a number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative bound.</exception>
    IReadOnlyList<QuarantinedRow> ReadQuarantine(long afterNumber, int maxRows);

    /// <summary>Settled messages of an outbound conversation that can be sent again, by sequence from <paramref name="first"/> to below <paramref name="end"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative bound.</exception>
    IReadOnlyList<KeptMessage> ReadKept(NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages);

    /// <summary>
    /// Unsettled entries of an outbound conversation with a sequence from <paramref name="first"/> on: the first by sequence, or <paramref name="byExpiry"/> those that are no tombstones, by when they
    /// expire.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative bound.</exception>
    IReadOnlyList<OutboxEntry> ReadWaiting(NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry);

    /// <summary>The entry of a message; null: there is none, or it is settled.</summary>
    OutboxEntry? ReadUnsettled(MessageId id);

    /// <summary>Ids of the messages (not tombstones) that came in a conversation's places from <paramref name="first"/> to <paramref name="last"/>, the last of them first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative bound.</exception>
    IReadOnlyList<MessageId> ReadFormer(Place first, ulong last, int maxIds);

    /// <summary>Places whose messages are lost because a store was put back from a copy, by number: at most so many after a number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative bound.</exception>
    IReadOnlyList<StoredGap> ReadGaps(long afterNumber, int maxGaps);

    /// <summary>How many rows there are of each kind.</summary>
    StoreCounts Count();

    /// <summary>As <see cref="Count"/>, for who asks often: it may be of a moment ago where counting is slow.</summary>
    StoreCounts RecentCounts() => Count();
}
