using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// The queries for what isn't settled of the outbox, which may be millions of rows: at a start they are counted by an index alone, and read by pages later. A row is held against its checksum when it
/// is read.
/// </summary>
internal sealed class SqliteOutboxReader(SqliteDatabase database)
{
    private static readonly string Entries = $"""
        SELECT message_id, recipient, conversation, sequence, envelope, label, content_length, created, expires, status, damaged,
            EXISTS (SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Outbox} AND owner = message_id), {SqliteTable.Outbox.Sound}
        FROM outbox
        """;

    // Settled ones too: a row that isn't seen mustn't be taken for one that is settled.
    private static readonly string BySequence =
        $"{Entries} INDEXED BY sqlite_autoindex_outbox_2 WHERE recipient = ?1 AND conversation = ?2 AND sequence >= ?3 ORDER BY sequence";

    private static readonly string ByExpiry =
        $"{Entries} INDEXED BY outbox_waiting WHERE recipient = ?1 AND conversation = ?2 AND status IN (0, 1) AND status = 0 AND sequence >= ?3 ORDER BY expires, sequence LIMIT ?4";

    private static readonly string OfConversations = """
        SELECT recipient, conversation, COUNT(*), SUM(content_length), MIN(sequence), SUM(status = 1), COALESCE(MIN(CASE WHEN status = 0 THEN expires END), 9223372036854775807)
        FROM outbox INDEXED BY outbox_waiting WHERE status IN (0, 1) GROUP BY recipient, conversation
        """;

    /// <summary>Adds what isn't settled to a store's state: the first entries of each conversation, and how many more there are.</summary>
    public EndpointState AddTo(EndpointState state, int page)
    {
        var entries = ImmutableArray.CreateBuilder<OutboxEntry>();
        var waiting = ImmutableArray.CreateBuilder<OutboxWaiting>();
        List<OutboxWaiting> conversations = Conversations();
        RequireKnown(conversations);
        foreach (OutboxWaiting all in conversations)
        {
            IReadOnlyList<OutboxEntry> loaded = Waiting(all.Recipient, all.Conversation, all.First, all.Conversation == AnonymousPlaces.Conversation ? int.MaxValue : page, byExpiry: false);
            entries.AddRange(loaded);
            if (loaded.Count < all.Count)
            {
                waiting.Add(all with
                {
                    First = loaded.Count == 0 ? all.First : loaded[^1].Sequence + 1,
                    Count = all.Count - loaded.Count,
                    Bytes = all.Bytes - loaded.Sum(static entry => entry.ContentLength),
                    Tombstones = all.Tombstones - loaded.Count(static entry => entry.Tombstone),
                });
            }
        }

        return state with { Outbox = entries.ToImmutable(), Waiting = waiting.ToImmutable() };
    }

    public IReadOnlyList<OutboxEntry> Waiting(NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry)
    {
        if (maxEntries == 0)
        {
            return [];
        }

        var rows = new List<OutboxEntry>();
        if (byExpiry)
        {
            using SqliteStatement query = database.Prepare(ByExpiry).Bind(recipient.ToArray()).Bind(conversation.ToArray()).Bind(first).Bind(maxEntries);
            while (query.Read())
            {
                rows.Add(Entry(query));
            }

            return rows;
        }

        var places = new SqlitePlaces(database, recipient, conversation, first);
        using (SqliteStatement query = database.Prepare(BySequence).Bind(recipient.ToArray()).Bind(conversation.ToArray()).Bind(first))
        {
            while (rows.Count < maxEntries && query.Read())
            {
                OutboxEntry entry = Entry(query);
                places.Take(entry.Sequence);
                if (query.Int64(9) is (long)OutboxStatus.Pending or (long)OutboxStatus.Expiring)
                {
                    rows.Add(entry);
                }
            }
        }

        if (rows.Count < maxEntries)
        {
            places.TakeEnd();
        }

        return rows;
    }

    public OutboxEntry? Unsettled(MessageId id)
    {
        using SqliteStatement query = database.Prepare($"{Entries} WHERE message_id = ? AND +status IN (0, 1)").Bind(id.ToArray());
        if (query.Read())
        {
            return Entry(query);
        }

        RequireNone(id);
        return null;
    }

    /// <summary>A row that isn't found by its id has no content either.</summary>
    public void RequireNone(MessageId id)
    {
        if (SqliteRows.Exists(database.Prepare($"""
            SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE message_id = ?1) AND (EXISTS (SELECT 1 FROM outbox_content WHERE message_id = ?1)
                OR EXISTS (SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Outbox} AND owner = ?1))
            """).Bind(id.ToArray())))
        {
            throw DamageFoundException.Index;
        }
    }

    /// <summary>What is counted by the index is counted by conversations that there are, each once.</summary>
    private void RequireKnown(List<OutboxWaiting> conversations)
    {
        HashSet<(NodeAddress, ConversationId)> counted = [];
        foreach (OutboxWaiting waiting in conversations)
        {
            if (!counted.Add((waiting.Recipient, waiting.Conversation))
                || !SqliteRows.Exists(database.Prepare("SELECT 1 FROM outbound_conversation WHERE recipient = ? AND conversation = ?").Bind(waiting.Recipient.ToArray()).Bind(waiting.Conversation.ToArray())))
            {
                throw DamageFoundException.Index;
            }
        }
    }

    private List<OutboxWaiting> Conversations()
    {
        var rows = new List<OutboxWaiting>();
        using SqliteStatement query = database.Prepare(OfConversations);
        while (query.Read())
        {
            rows.Add(new OutboxWaiting(
                SqliteValues.Address(query, 0), SqliteValues.Conversation(query, 1), query.UInt64(4), query.Int32(2), query.Int64(3), query.Int32(5), query.Int64(6)));
        }

        return rows;
    }

    private static OutboxEntry Entry(SqliteStatement query) => query.Int64(12) != 1
        ? throw DamageFoundException.Row
        : new OutboxEntry
        {
            Id = SqliteValues.Id(query, 0),
            Recipient = SqliteValues.Address(query, 1),
            Conversation = SqliteValues.Conversation(query, 2),
            Sequence = query.UInt64(3),
            Envelope = query.Blob(4).ToArray(),
            Label = query.Text(5),
            ContentLength = query.Int64(6),
            InParts = query.Int64(11) != 0,
            CreatedUnixMillis = query.Int64(7),
            ExpiresUnixMillis = query.Int64(8),
            Tombstone = query.Int64(9) == (long)OutboxStatus.Expiring,
            Damaged = query.Int64(10) != 0,
        };
}
