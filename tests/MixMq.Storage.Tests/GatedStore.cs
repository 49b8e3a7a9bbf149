using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Sphinx;

namespace MixMq.Storage.Tests;

/// <summary>A store whose commits wait at a gate and are noted down; told to, the next one fails.</summary>
internal sealed class GatedStore : IMessageStore
{
    private readonly SemaphoreSlim _entered = new(0);
    private readonly ManualResetEventSlim _gate = new();

    /// <summary>The positions that each transaction consumed: how the tests number their batches.</summary>
    public List<ulong[]> Transactions { get; } = [];

    public Exception? Failure { get; set; }

    public void WaitUntilInCommit() => _entered.Wait();

    public void OpenGate() => _gate.Set();

    public void Commit(IReadOnlyList<StoreOperation> operations)
    {
        _entered.Release();
        _gate.Wait();
        if (Failure is not null)
        {
            throw Failure;
        }

        Transactions.Add([.. operations.Cast<StoreOperation.ConsumeInbox>().Select(operation => operation.Position)]);
    }

    public bool IsShortOfSpace { get; set; }

    public int Upkeeps { get; private set; }

    public Func<int>? OnUpkeep { get; set; }

    public int Upkeep(StoreRetention retention, long nowUnixMillis, int maxRows)
    {
        Upkeeps++;
        return OnUpkeep?.Invoke() ?? 0;
    }

    public EndpointState Load(int outboxPage = int.MaxValue) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadOutboxContent(MessageId id) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadPartial(Place place) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadOutboxPart(MessageId id, long offset, int length) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadPartialPart(Place place, long offset, int length) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadInboxPart(ulong position, long offset, int length) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadDeadLetterPart(long number, long offset, int length) => throw new NotSupportedException();

    public IReadOnlyList<InboxHead> ReadInboxHeads(ulong afterPosition, int maxHeads) => throw new NotSupportedException();

    public IReadOnlyList<InboxHead> ReadConversationHeads(Place after, int maxHeads) => throw new NotSupportedException();

    public IReadOnlyList<InboxItem> ReadInbox(ulong afterPosition, int maxItems, long maxBytes, bool includeConsumed = false) =>
        throw new NotSupportedException();

    public AnonymousKnowledge ReadAnonymous(MessageId id) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? ReadReplyContent(MessageId question) => throw new NotSupportedException();

    public QuestionStatus? ReadQuestion(MessageId id) => throw new NotSupportedException();

    public OutboxTrack? Track(MessageId id) => throw new NotSupportedException();

    public ConsumerState? ReadConsumer(string name) => throw new NotSupportedException();

    public bool HasCheckpoint(CheckpointId id) => throw new NotSupportedException();

    public IReadOnlyList<DeadLetter> ReadDeadLetters(long afterNumber, int maxItems) => throw new NotSupportedException();

    public DeadLetter? ReadDeadLetter(long number) => throw new NotSupportedException();

    public IReadOnlyList<QuarantinedRow> ReadQuarantine(long afterNumber, int maxRows) => throw new NotSupportedException();

    public IReadOnlyList<KeptMessage> ReadKept(NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages) => throw new NotSupportedException();

    public IReadOnlyList<OutboxEntry> ReadWaiting(NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry) => throw new NotSupportedException();

    public OutboxEntry? ReadUnsettled(MessageId id) => throw new NotSupportedException();

    public IReadOnlyList<MessageId> ReadFormer(Place first, ulong last, int maxIds) => throw new NotSupportedException();

    public IReadOnlyList<StoredGap> ReadGaps(long afterNumber, int maxGaps) => throw new NotSupportedException();

    public StoreCounts Count() => throw new NotSupportedException();

    public void Dispose()
    {
        _entered.Dispose();
        _gate.Dispose();
    }
}
