namespace MixMq.Storage.Sqlite;

/// <summary>
/// Removes what need not be kept any more, a few rows at a time. Where it stands in the tables it remembers only in memory: after a start it begins anew. Inside its
/// caller's transaction.
/// </summary>
internal sealed class SqlitePruner(SqliteDatabase database, SqlitePartedWriter parts)
{
    private static readonly string Message = SqliteTable.Key("message_id");
    private static readonly string DropContent = SqliteTable.Outbox.Update("row = ?1 AND message_id = ?2 AND status = 2", ("content_length", "0"), ("content_sum", "content_sum(x'')"));
    private static readonly string MoveFirst = SqliteTable.OutboundConversation.Update("recipient = ?1 AND conversation = ?2 AND first_sequence = ?3", ("first_sequence", "?4"));
    private static readonly string Count = SqliteTable.Counter.Update("name = ?1", ("value", "value + 1"));
    private const long PrunedPartBytes = 4L << 20;
    private byte[] _recipient = [];
    private byte[] _conversation = [];
    private ulong _position;

    /// <summary>One pass of bounded length. Pages that are free are given back to the file system when there are many.</summary>
    /// <returns>Rows and contents removed.</returns>
    public int Prune(StoreRetention retention, long nowUnixMillis, int maxRows)
    {
        int pruned = PruneContents(nowUnixMillis - retention.SettledMillis, retention.AcknowledgedBytes, maxRows);
        pruned += PruneOutbox(nowUnixMillis - retention.SettledMillis, maxRows);
        pruned += PruneParts(maxRows);
        pruned += PruneInbox(nowUnixMillis - retention.ConsumedMillis, maxRows);
        pruned += SqliteAnonymousWriter.Prune(database, nowUnixMillis - retention.SettledMillis, maxRows);
        SqliteRows.Any(database.Prepare("DELETE FROM checkpoint WHERE id IN (SELECT id FROM checkpoint WHERE created <= ?1 ORDER BY created LIMIT ?2) AND +created <= ?1")
            .Bind(nowUnixMillis - retention.CheckpointMillis).Bind(maxRows));
        return pruned + database.Changes;
    }

    private int PruneContents(long settledUpTo, long mostBytes, int maxRows)
    {
        long kept = database.Scalar("SELECT COALESCE(SUM(content_length), 0) FROM outbox INDEXED BY outbox_kept WHERE status = 2 AND content_length > 0");
        var due = new List<(long Row, byte[] Id)>();
        using (SqliteStatement query = database.Prepare("""
            SELECT row, message_id, content_length, settled FROM outbox INDEXED BY outbox_kept WHERE status = 2 AND content_length > 0 ORDER BY settled, content_length LIMIT ?
            """).Bind(maxRows))
        {
            while (query.Read() && (kept > mostBytes || query.Int64(3) <= settledUpTo))
            {
                due.Add((query.Int64(0), query.Blob(1).ToArray()));
                kept -= query.Int64(2);
            }
        }

        foreach ((long row, byte[] id) in due)
        {
            // The index says that it is acknowledged, and what it leads to may be another message.
            SqliteRows.Any(database.Prepare(DropContent).Bind(row).Bind(id));
            SqliteRows.Require(database.Changes == 1);
            SqliteRows.Any(database.Prepare($"DELETE FROM outbox_content WHERE {Message}").Bind(id));
            parts.Drop(PartedKind.Outbox, id);
        }

        return due.Count;
    }

    /// <summary>Parts of one content that is nobody's any more, some megabytes of them.</summary>
    /// <returns>As many as may be where there is more.</returns>
    private int PruneParts(int maxRows)
    {
        long number;
        long few;
        using (SqliteStatement query = database.Prepare($"SELECT number, part_bytes, {SqliteTable.Parted.Sound} FROM parted WHERE kind = {(int)PartedKind.Dropped} LIMIT 1"))
        {
            if (!query.Read())
            {
                return 0;
            }

            // The index says that it is nobody's, and what it leads to may be a message's.
            SqliteRows.Require(query.Int64(2) == 1);
            number = query.Int64(0);
            few = Math.Max(PrunedPartBytes / Math.Max(1, query.Int64(1)), 1);
        }

        SqliteRows.Any(database.Prepare("DELETE FROM part WHERE row IN (SELECT row FROM part WHERE row >= ? AND row < ? ORDER BY row LIMIT ?)")
            .Bind(SqlitePartedWriter.FirstRow(number)).Bind(SqlitePartedWriter.FirstRow(number + 1)).Bind(few));
        int removed = database.Changes;
        if (removed < few)
        {
            SqliteRows.Any(database.Prepare("DELETE FROM parted WHERE number = ?").Bind(number));
            return removed + 1;
        }

        return Math.Max(removed, maxRows);
    }

    /// <summary>From each conversation's first row up, so that there are no gaps; never its last, from which the conversation could be put together again.</summary>
    private int PruneOutbox(long settledUpTo, int maxRows)
    {
        int pruned = 0;
        for (int step = 0; step < maxRows; step++)
        {
            long first;
            long next;
            using (SqliteStatement query = database.Prepare("""
                SELECT recipient, conversation, first_sequence, next_sequence FROM outbound_conversation
                WHERE (recipient, conversation) >= (?, ?) ORDER BY recipient, conversation LIMIT 1
                """).Bind(_recipient).Bind(_conversation))
            {
                if (!query.Read())
                {
                    (_recipient, _conversation) = ([], []);
                    break;
                }

                (_recipient, _conversation, first, next) = (query.Blob(0).ToArray(), query.Blob(1).ToArray(), query.Int64(2), query.Int64(3));
            }

            if (first + 1 >= next || !PruneFirst(first, settledUpTo))
            {
                // The key after this one.
                _conversation = [.. _conversation, 0];
                continue;
            }

            pruned++;
        }

        return pruned;
    }

    private bool PruneFirst(long sequence, long settledUpTo)
    {
        byte[] id;
        string counter;
        using (SqliteStatement query = database.Prepare($"""
            SELECT message_id, status FROM outbox
            WHERE recipient = ? AND conversation = ? AND sequence = ? AND status IN (2, 3) AND settled <= ? AND {SqliteTable.Outbox.Sound}
            """).Bind(_recipient).Bind(_conversation).Bind(sequence).Bind(settledUpTo))
        {
            if (!query.Read())
            {
                return PassGap(sequence);
            }

            id = query.Blob(0).ToArray();
            counter = query.Int64(1) == 2 ? "pruned_acknowledged" : "pruned_expired";
        }

        if (!MoveTo(sequence, sequence + 1))
        {
            return false;
        }

        SqliteRows.Any(database.Prepare($"DELETE FROM outbox WHERE {Message}").Bind(id));
        SqliteRows.Require(database.Changes == 1);
        SqliteRows.Any(database.Prepare($"DELETE FROM outbox_content WHERE {Message}").Bind(id));
        parts.Drop(PartedKind.Outbox, id);
        SqliteRows.Any(database.Prepare(Count).Bind(counter));
        return true;
    }

    /// <summary>Places that were left out have no rows; what this node reports of them stays. A folded gap has rows in it.</summary>
    private bool PassGap(long sequence)
    {
        long next;
        using (SqliteStatement query = database.Prepare("""
            SELECT MIN(last + 1, (SELECT MIN(sequence) FROM outbox WHERE recipient = ?1 AND conversation = ?2 AND sequence > ?3)) FROM gap
            WHERE kind = 0 AND peer = ?1 AND conversation = ?2 AND first <= ?3 AND last >= ?3
                AND NOT EXISTS (SELECT 1 FROM outbox WHERE recipient = ?1 AND conversation = ?2 AND sequence = ?3)
                AND EXISTS (SELECT 1 FROM outbox WHERE recipient = ?1 AND conversation = ?2 AND sequence > last)
            """).Bind(_recipient).Bind(_conversation).Bind(sequence))
        {
            if (!query.Read())
            {
                return false;
            }

            next = query.Int64(0);
        }

        return MoveTo(sequence, next);
    }

    private bool MoveTo(long sequence, long first)
    {
        SqliteRows.Any(database.Prepare(MoveFirst).Bind(_recipient).Bind(_conversation).Bind(sequence).Bind(first));
        return database.Changes == 1;
    }

    private int PruneInbox(long receivedUpTo, int maxRows)
    {
        var due = new List<long>();
        ulong last = 0;
        using (SqliteStatement query = database.Prepare($"""
            SELECT position, row, received <= ?1 AND {SqliteTable.Inbox.Sound} AND position < (SELECT MAX(position) FROM inbox)
                AND (damaged = 1 OR (sequence < (SELECT MAX(sequence) FROM inbox o WHERE o.sender = i.sender AND o.conversation = i.conversation AND o.state = 1)
                    AND sequence < (SELECT base FROM inbound_conversation c WHERE c.sender = i.sender AND c.conversation = i.conversation)))
            FROM inbox i WHERE state = 1 AND consumed = 1 AND position > ?2 ORDER BY position LIMIT ?3
            """).Bind(receivedUpTo).Bind(_position).Bind(maxRows))
        {
            while (query.Read())
            {
                last = query.UInt64(0);
                if (query.Int64(2) == 1)
                {
                    due.Add(query.Int64(1));
                }
            }
        }

        _position = last;
        foreach (long row in due)
        {
            SqliteRows.Any(database.Prepare("DELETE FROM inbox WHERE row = ? AND consumed = 1").Bind(row));
            SqliteRows.Any(database.Prepare(Count).Bind("pruned_consumed"));
        }

        return due.Count;
    }
}
