using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;
using SQLitePCL;
using static MixMq.Storage.Sqlite.SqliteValues;

namespace MixMq.Storage.Sqlite;

/// <summary>The queries by a message of the outbox: its content, what became of it, and what can be sent again. Calls and transactions are those of <see cref="SqliteReader"/>.</summary>
internal sealed class SqliteSentReader(SqliteDatabase database, SqliteOutboxReader outbox)
{
    public ReadOnlyMemory<byte>? Content(MessageId id)
    {
        using SqliteStatement query = database.Prepare($"""
            SELECT content, content_length, content_sum, {SqliteTable.Outbox.Sound}, damaged, status,
                EXISTS (SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Outbox} AND owner = message_id)
            FROM outbox LEFT JOIN outbox_content USING (message_id) WHERE message_id = ?
            """).Bind(id.ToArray());
        if (!query.Read())
        {
            outbox.RequireNone(id);
            return null;
        }

        if (query.Int64(4) != 0 || query.Int64(6) != 0 || query.Int64(5) is (long)OutboxStatus.Expiring or (long)OutboxStatus.Expired)
        {
            return null;
        }

        if (query.Int64(3) != 1)
        {
            throw DamageFoundException.Row;
        }

        bool wasPruned = query.Int64(5) == (long)OutboxStatus.Acknowledged && query.Type(0) == raw.SQLITE_NULL;
        if (wasPruned)
        {
            return null;
        }

        return Whole(query, 0, 1, 2) ?? throw new DamageFoundException(damage => damage.OutboxContent(id));
    }

    public OutboxTrack? Track(MessageId id)
    {
        using SqliteStatement query = database.Prepare(
            $"SELECT status, recipient, sequence, created, expires, settled, damaged, {SqliteTable.Outbox.Sound} FROM outbox WHERE message_id = ?").Bind(id.ToArray());
        if (!query.Read())
        {
            outbox.RequireNone(id);
            return null;
        }

        return query.Int64(7) == 1
            ? new OutboxTrack(
                (OutboxStatus)query.Int64(0), Address(query, 1), query.UInt64(2), query.Int64(3), query.Int64(4), query.Int64(5), query.Int64(6) != 0)
            : throw DamageFoundException.Row;
    }

    public IReadOnlyList<KeptMessage> Kept(NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages)
    {
        var found = new List<KeptMessage>();
        if (maxMessages == 0)
        {
            return found;
        }

        var places = new SqlitePlaces(database, recipient, conversation, first);
        using SqliteStatement query = database.Prepare($"""
            SELECT message_id, sequence, envelope, label, content_length, created, expires, status,
                EXISTS (SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Outbox} AND owner = message_id), {SqliteTable.Outbox.Sound},
                EXISTS (SELECT 1 FROM outbox_content c WHERE c.message_id = o.message_id), damaged = 1 OR length(envelope) = 0
            FROM outbox o INDEXED BY sqlite_autoindex_outbox_2 WHERE recipient = ?1 AND conversation = ?2 AND sequence >= ?3 AND sequence < ?4 ORDER BY sequence
            """).Bind(recipient.ToArray()).Bind(conversation.ToArray()).Bind(first).Bind(end);
        while (found.Count < maxMessages)
        {
            if (!query.Read())
            {
                places.TakeEnd(end);
                break;
            }

            if (query.Int64(9) != 1)
            {
                throw DamageFoundException.Row;
            }

            places.Take(query.UInt64(1));
            bool hasContent = query.Int64(8) != 0 || query.Int64(10) != 0;
            bool isKept = query.Int64(11) == 0 && (query.Int64(7) == (long)OutboxStatus.Expired || query.Int64(7) == (long)OutboxStatus.Acknowledged);
            if (!isKept || (query.Int64(7) == (long)OutboxStatus.Acknowledged && !hasContent))
            {
                if (isKept && query.Int64(4) > 0)
                {
                    MessageId id = Id(query, 0);
                    throw new DamageFoundException(damage => damage.OutboxContent(id));
                }

                continue;
            }

            found.Add(new KeptMessage(
                Id(query, 0), query.UInt64(1), query.Blob(2).ToArray(), query.Text(3), query.Int64(4), query.Int64(5), query.Int64(6),
                query.Int64(7) == (long)OutboxStatus.Expired, query.Int64(8) != 0));
        }

        return found;
    }
}
