using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Simulation.Disk;
using MixMq.Sphinx;

namespace MixMq.Storage.Tests;

/// <summary>
/// The store on which the simulator's findings rest, where the contract's tests can see it: what it has of the outbox, of gaps, and what a core loads. What only an operator or an application reads, it doesn't have. It gives gaps no numbers,
/// so they have those of their order here.
/// </summary>
internal sealed class SimulatedStore : IMessageStore
{
    private readonly MemoryStore _store = new();

    public bool IsShortOfSpace => false;

    public EndpointState Load(int outboxPage = int.MaxValue) => _store.Load(outboxPage);

    public void Commit(IReadOnlyList<StoreOperation> operations) => _store.Apply(operations);

    public ReadOnlyMemory<byte>? ReadOutboxContent(MessageId id) => _store.ReadOutboxContent(id);

    public IReadOnlyList<KeptMessage> ReadKept(NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages) =>
        _store.ReadKept(recipient, conversation, first, end, maxMessages);

    public IReadOnlyList<OutboxEntry> ReadWaiting(NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry) =>
        _store.ReadWaiting(recipient, conversation, first, maxEntries, byExpiry);

    public OutboxEntry? ReadUnsettled(MessageId id) => _store.ReadUnsettled(id).SingleOrDefault();

    public IReadOnlyList<MessageId> ReadFormer(Place first, ulong last, int maxIds) => _store.ReadFormer(first, last, maxIds);

    public IReadOnlyList<StoredGap> ReadGaps(long afterNumber, int maxGaps) =>
        [.. _store.Gaps.Select((gap, index) => new StoredGap(index + 1, gap)).Where(row => row.Number > afterNumber).Take(maxGaps)];

    public StoreCounts Count() => new(0, 0, 0, 0, 0, 0, 0);

    public int Upkeep(StoreRetention retention, long nowUnixMillis, int maxRows) => 0;

    public ReadOnlyMemory<byte>? ReadPartial(Place place) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadOutboxPart(MessageId id, long offset, int length) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadPartialPart(Place place, long offset, int length) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadInboxPart(ulong position, long offset, int length) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadDeadLetterPart(long number, long offset, int length) => throw new NotSupportedException();

    public IReadOnlyList<InboxItem> ReadInbox(ulong afterPosition, int maxItems, long maxBytes, bool includeConsumed = false) => throw new NotSupportedException();

    public IReadOnlyList<InboxHead> ReadInboxHeads(ulong afterPosition, int maxHeads) => throw new NotSupportedException();

    public IReadOnlyList<InboxHead> ReadConversationHeads(Place after, int maxHeads) => throw new NotSupportedException();

    public AnonymousKnowledge ReadAnonymous(MessageId id) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadReplyContent(MessageId question) => throw new NotSupportedException();

    public QuestionStatus? ReadQuestion(MessageId id) => throw new NotSupportedException();

    public OutboxTrack? Track(MessageId id) => throw new NotSupportedException();

    public ConsumerState? ReadConsumer(string name) => throw new NotSupportedException();

    public bool HasCheckpoint(CheckpointId id) => throw new NotSupportedException();

    public IReadOnlyList<DeadLetter> ReadDeadLetters(long afterNumber, int maxItems) => throw new NotSupportedException();

    public DeadLetter? ReadDeadLetter(long number) => throw new NotSupportedException();

    public IReadOnlyList<QuarantinedRow> ReadQuarantine(long afterNumber, int maxRows) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
