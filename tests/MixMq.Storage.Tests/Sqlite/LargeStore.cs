using System.Globalization;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Sphinx;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>
/// A store whose trees have several levels, so that pages of every kind can be damaged, and what a node would find in it: each message by its place or position, whole or as damaged.
/// </summary>
internal static class LargeStore
{
    public const int Conversations = 3;
    public const int PerConversation = 90;
    public const int Received = 160;
    private const int Page = 32;

    /// <summary>Of each conversation the first 20 are acknowledged, and some after them; of what was received the first 30 are consumed, two are dead letters, and five are held.</summary>
    public static void Fill(string file)
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(file, new SqliteStoreOptions { Own = DamagedStore.Own });
        for (int number = 0; number < Conversations; number++)
        {
            string name = Name(number);
            store.Commit([new StoreOperation.OpenOutboundConversation(Peer, ConversationId.OfName(name), name, Secret(7), 1)]);
            for (int from = 1; from <= PerConversation; from += 30)
            {
                store.Commit([.. Enumerable.Range(from, 30).SelectMany(sequence => Append(number, sequence))]);
            }

            store.Commit([.. Enumerable.Range(1, PerConversation).Where(IsSettled).Select(sequence => new StoreOperation.SettleOutbox(IdOf(number, sequence), OutboxStatus.Acknowledged, sequence))]);
        }

        store.Commit([Inbound(Received - 5)]);
        for (int from = 1; from <= Received - 5; from += 31)
        {
            store.Commit([.. Enumerable.Range(from, 31).Select(number => Ready((ulong)number, (ulong)number, 200 + number))]);
        }

        store.Commit([.. Enumerable.Range(1, 30).Select(number => new StoreOperation.ConsumeInbox((ulong)number))]);
        store.Commit([.. Enumerable.Range(Received - 3, 4).Select(number => Held((ulong)number, 90)), new StoreOperation.MoveToDeadLetters(40, "consumer 0", "never", 8), new StoreOperation.MoveToDeadLetters(50, "consumer 0", "never", 8)]);
        store.Commit([OpenPartial(300, 3), Fragment(300, 0, 1, 2), Fragment(300, 1, 3, 4), OpenParted(301, 20), .. Enumerable.Range(0, 15).Select(index => Piece(301, index))]);
        store.Commit([new StoreOperation.Checkpoint(CheckpointId(1), "consumer 0", Bytes(1, 90), 7)]);
    }

    /// <summary>What a node needs of it.</summary>
    public static Dictionary<string, string> Read(SqliteMessageStore store)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        EndpointState state = store.Load(outboxPage: 0);
        foreach (OutboxWaiting waiting in state.Waiting)
        {
            long count = 0;
            for (ulong next = waiting.First; ;)
            {
                IReadOnlyList<OutboxEntry> page = store.ReadWaiting(waiting.Recipient, waiting.Conversation, next, Page, byExpiry: false);
                foreach (OutboxEntry entry in page)
                {
                    Assert.True(entry.Sequence >= next, "A page goes back.");
                    next = entry.Sequence + 1;
                    found.Add($"outbox {entry.Conversation} {entry.Sequence}", Text(store, entry));
                    count++;
                }

                if (page.Count < Page)
                {
                    break;
                }
            }

            found[$"count {waiting.Conversation}"] = string.Create(CultureInfo.InvariantCulture, $"{waiting.Count - count} too many");
            foreach (OutboxEntry entry in store.ReadWaiting(waiting.Recipient, waiting.Conversation, waiting.First, int.MaxValue, byExpiry: true))
            {
                found[$"expiring {entry.Conversation} {entry.Sequence}"] = entry.Damaged ? "damaged" : $"{entry.ExpiresUnixMillis}";
                found[$"unsettled {entry.Id}"] = store.ReadUnsettled(entry.Id) is { } one ? $"{one.Sequence}" : "none";
            }
        }

        ReadInbox(store, found);
        foreach (HeldEntry held in state.Held)
        {
            found[$"held {held.Place.Sequence}"] = $"{held.ContentLength}";
        }

        foreach (DeadLetter letter in store.ReadDeadLetters(0, int.MaxValue))
        {
            found[$"letter {letter.Entry.Position}"] = store.ReadDeadLetter(letter.Number) is { } whole ? Convert.ToHexString(whole.Entry.Content.Span) : "damaged";
        }

        found["consumer"] = store.ReadConsumer("consumer 0") is { } consumer ? Convert.ToHexString(consumer.State.Span) : "none";
        found["checkpoint"] = $"{store.HasCheckpoint(CheckpointId(1))}";
        return found;
    }

    /// <summary>What a node does next: all that waits is settled and consumed, and what is over is removed.</summary>
    public static void Finish(SqliteMessageStore store)
    {
        EndpointState state = store.Load();
        store.Commit([.. state.Outbox.Select(entry => new StoreOperation.SettleOutbox(entry.Id, OutboxStatus.Acknowledged, 9_000))]);
        store.Commit([.. store.ReadInbox(0, int.MaxValue, long.MaxValue).Select(item => new StoreOperation.ConsumeInbox(item.Entry.Position))]);
        var retention = new StoreRetention();
        for (int pass = 0; pass < 3; pass++)
        {
            store.Upkeep(retention, 10_000 + retention.SettledMillis, 400);
        }
    }

    private static void ReadInbox(SqliteMessageStore store, Dictionary<string, string> found)
    {
        for (ulong after = 0; ;)
        {
            IReadOnlyList<InboxItem> page = store.ReadInbox(after, Page, 4_000);
            foreach (InboxItem item in page)
            {
                Assert.True(item.Entry.Position > after, "A page goes back.");
                after = item.Entry.Position;
                found.Add($"inbox {after}", item.Damaged ? "damaged" : $"{item.Entry.Place.Sequence} {item.Entry.Label} {Convert.ToHexString(item.Entry.Content.Span)}");
            }

            if (page.Count == 0)
            {
                break;
            }
        }

        foreach (InboxHead head in store.ReadInboxHeads(0, int.MaxValue))
        {
            found[$"head {head.Position}"] = $"{head.Place.Sequence}";
        }
    }

    private static string Text(SqliteMessageStore store, OutboxEntry entry)
    {
        ReadOnlyMemory<byte>? content = entry.Tombstone || entry.Damaged ? null
            : entry.InParts ? store.ReadOutboxPart(entry.Id, 0, (int)entry.ContentLength) : store.ReadOutboxContent(entry.Id);
        return content is { } bytes ? $"{entry.Id} {entry.Label} {entry.ExpiresUnixMillis} {Convert.ToHexString(entry.Envelope.Span)} {Convert.ToHexString(bytes.Span)}" : "damaged";
    }

    private static IEnumerable<StoreOperation> Append(int conversation, int sequence)
    {
        int id = (conversation * 1000) + sequence;
        bool inParts = sequence % 20 == 3;
        if (inParts)
        {
            yield return new StoreOperation.StagePart(IdOf(conversation, sequence), 0, Bytes(id, 150));
        }

        StoreOperation.AppendOutbox append = inParts ? AppendStaged(id, (ulong)sequence, 150) : AppendOutbox(id, (ulong)sequence, 100 + sequence);
        yield return append with
        {
            Entry = append.Entry with
            {
                Id = IdOf(conversation, sequence),
                Conversation = ConversationId.OfName(Name(conversation)),
                Envelope = DamagedStore.EnvelopeOf(IdOf(conversation, sequence), Name(conversation), sequence),
            },
        };
    }

    // As random as ids are, so that an index over them is in another order than the rows.
    private static MessageId IdOf(int conversation, int sequence) =>
        MessageId.FromBytes(System.Security.Cryptography.SHA256.HashData(Bytes((conversation * 1000) + sequence, 8)).AsSpan(0, MessageId.ByteCount));

    private static bool IsSettled(int sequence) => sequence <= 20 || sequence % 7 == 0;

    private static string Name(int conversation) => $"orders {conversation}";
}
