using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Sphinx;

namespace MixMq.Simulation.Disk;

/// <content>What isn't settled of the outbox, by pages.</content>
public sealed partial class MemoryStore
{
    /// <summary>Unsettled entries of a conversation from a sequence on: by sequence, or those that are no tombstones, by expiry.</summary>
    public IReadOnlyList<OutboxEntry> ReadWaiting(NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry) =>
    [
        .. _outbox.Values
            .Where(row => IsUnsettled(row) && IsOf(row, recipient, conversation) && row.Entry.Sequence >= first && !(byExpiry && row.Entry.Tombstone))
            .OrderBy(row => byExpiry ? row.Entry.ExpiresUnixMillis : 0).ThenBy(row => row.Entry.Sequence)
            .Take(maxEntries).Select(EntryOf),
    ];

    /// <summary>The entry of a message if it isn't settled.</summary>
    public IReadOnlyList<OutboxEntry> ReadUnsettled(MessageId id) => _outbox.TryGetValue(id, out var row) && IsUnsettled(row) ? [EntryOf(row)] : [];

    /// <summary>The disk has damaged the row of an unsettled message: its place is all that is left of it.</summary>
    public void Damage(MessageId id) =>
        _outbox[id] = _outbox[id] with { Entry = _outbox[id].Entry with { Damaged = true, ContentLength = 0, Envelope = default, Label = "" }, Content = null };

    private static bool IsUnsettled(OutboxRow row) => row.Status is OutboxStatus.Pending or OutboxStatus.Expiring;

    private static bool IsOf(OutboxRow row, NodeAddress recipient, ConversationId conversation) => row.Entry.Recipient == recipient && row.Entry.Conversation == conversation;

    private static int Loaded(OutboxEntry[] rows, int page) => rows[0].Conversation == AnonymousPlaces.Conversation ? rows.Length : Math.Min(page, rows.Length);

    private static OutboxWaiting WaitingOf(OutboxEntry[] rows) => new(
        rows[0].Recipient,
        rows[0].Conversation,
        rows[0].Sequence,
        rows.Length,
        rows.Sum(row => row.ContentLength),
        rows.Count(row => row.Tombstone),
        rows.Where(row => !row.Tombstone).Select(row => row.ExpiresUnixMillis).DefaultIfEmpty(long.MaxValue).Min());

    // A tombstone has no content.
    private static OutboxEntry EntryOf(OutboxRow row) => row.Entry.Tombstone ? row.Entry with { ContentLength = 0 } : row.Entry;

    private IEnumerable<OutboxEntry[]> Unsettled() => _outbox.Values
        .Where(IsUnsettled)
        .Select(EntryOf)
        .GroupBy(entry => (entry.Recipient, entry.Conversation))
        .Select(rows => rows.OrderBy(entry => entry.Sequence).ToArray());
}
