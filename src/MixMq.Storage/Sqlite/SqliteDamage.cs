using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Finds damaged rows, moves them into quarantine and puts in their places what keeps the promises: no sequence and no position is given twice, what was
/// accepted or received and can't be had any more is there as damaged. Inside its caller's transaction.
/// </summary>
internal sealed class SqliteDamage
{
    private readonly SqliteDatabase _database;
    private readonly SqliteQuarantine _quarantine;
    private readonly SqliteOutboxRepair _outbox;
    private readonly SqliteInboxRepair _inbox;
    private readonly SqlitePartInspection _parts;

    public SqliteDamage(SqliteDatabase database, Func<long> now)
    {
        _database = database;
        _quarantine = new SqliteQuarantine(database, now);
        _outbox = new SqliteOutboxRepair(database);
        _inbox = new SqliteInboxRepair(database);
        _parts = new SqlitePartInspection(database, _quarantine);
    }

    /// <summary>Looks at every row, and at the keys of contents' parts; contents are looked at when they are read.</summary>
    /// <exception cref="MessageStoreException">Sequences might be given again, for a conversation and all its messages are damaged.</exception>
    public void Inspect() => Inspect(SqliteTable.All);

    private void Inspect(IReadOnlyList<SqliteTable> tables)
    {
        var claims = new List<OutboxClaim>();
        var readyClaims = new List<InboxClaim>();
        int conversations = 0;
        bool found = false;
        bool wereCountersTaken = false;
        foreach (SqliteTable table in tables)
        {
            int taken = TakeUnsound(table, claims, readyClaims);
            conversations += table == SqliteTable.OutboundConversation ? taken : 0;
            found |= taken > 0;
            wereCountersTaken |= table == SqliteTable.Counter && taken > 0;
            if (taken > 0)
            {
                KeepSound(table);
            }
        }

        _parts.Run();
        if (!found)
        {
            return;
        }

        // Before anything is put in the place of a row: its content is the lost row's.
        TakeOrphans("outbox_content", "message_id", "outbox");
        TakeOrphans("inbox_content", "row", "inbox");
        TakeOrphans("dead_letter_content", "number", "dead_letter");
        TakeOrphans("consumer_state", "name", "consumer");
        TakeOrphans("reply_content", "question", "reply");
        TakeLooseFragments();
        LoseOrphans();
        _outbox.Repair(conversations, claims);
        _inbox.Repair(readyClaims);
        if (wereCountersTaken)
        {
            SqliteLetterNumbers.Skip(_database);
        }

        _database.Execute($"INSERT OR IGNORE {SqliteSchema.Counters.TrimStart()["INSERT".Length..]}");
    }

    /// <summary>A partial's content in parts isn't what was received: what is wrong goes into quarantine, and all of it is sent again.</summary>
    public void PartedPartial(long row)
    {
        var sum = new PartSum();
        bool found = false;
        using (SqliteStatement query = _database.Prepare($"""
            SELECT row, content, sum FROM part WHERE row >= (SELECT number << {SqlitePartedWriter.PositionBits} FROM parted WHERE kind = {(int)PartedKind.Partial} AND owner = ?1)
                AND row < (SELECT (number + 1) << {SqlitePartedWriter.PositionBits} FROM parted WHERE kind = {(int)PartedKind.Partial} AND owner = ?1)
            """).Bind(row))
        {
            while (query.Read())
            {
                if (!sum.Is(query.Int64(0), query.Blob(1), query.Blob(2)))
                {
                    found = true;
                    _quarantine.Take("part", DamageCause.ContentChecksum, query, ["row"], hasContent: true);
                }
            }
        }

        if (!found)
        {
            using SqliteStatement content = _database.Prepare($"SELECT {SqliteTable.Parted.List} FROM parted WHERE kind = {(int)PartedKind.Partial} AND owner = ?").Bind(row);
            if (content.Read())
            {
                _quarantine.Take("parted", DamageCause.ContentMissing, content, SqliteTable.Parted.Columns, hasContent: false);
            }
        }

        Give(PartedKind.Partial, PartedKind.Dropped, "owner = ?1", statement => statement.Bind(row));
    }

    /// <summary>An outgoing content isn't what its row says, or isn't there: it goes, and the row says that it is damaged.</summary>
    public void OutboxContent(MessageId id)
    {
        Give(PartedKind.Outbox, PartedKind.Lost, "owner = ?1", statement => statement.Bind(id.ToArray()));
        Content(
            "outbox_content", "message_id", SqliteTable.Outbox, "message_id = ?1", ["message_id"], () => _database.Prepare(SqlOf("outbox_content", "message_id")).Bind(id.ToArray()),
            sql => _database.Prepare(sql).Bind(id.ToArray()));
    }

    /// <summary>The same for an entry of the inbox.</summary>
    public void InboxContent(ulong position)
    {
        Give(PartedKind.Inbox, PartedKind.Lost, "owner = (SELECT row FROM inbox WHERE position = ?1)", statement => statement.Bind(position));
        Content(
            "inbox_content", "row", SqliteTable.Inbox, "position = ?1", ["row"],
            () => _database.Prepare("SELECT row, content FROM inbox_content WHERE row = (SELECT row FROM inbox WHERE position = ?1)").Bind(position),
            sql => _database.Prepare(sql).Bind(position));
    }

    /// <summary>A dead letter whose content isn't the one it had: both go.</summary>
    public void DeadLetterContent(long number)
    {
        Give(PartedKind.DeadLetter, PartedKind.Lost, "owner = ?1", statement => statement.Bind(number));
        Take("dead_letter", SqliteTable.DeadLetter.Columns, hasContent: false);
        Take("dead_letter_content", ["number"], hasContent: true);

        void Take(string table, IReadOnlyList<string> columns, bool hasContent)
        {
            using (SqliteStatement query = _database.Prepare($"SELECT {string.Join(", ", columns)}{(hasContent ? ", content" : "")} FROM {table} WHERE number = ?").Bind(number))
            {
                if (query.Read())
                {
                    _quarantine.Take(table, DamageCause.ContentChecksum, query, columns, hasContent);
                }
            }

            SqliteRows.Any(_database.Prepare($"DELETE FROM {table} WHERE number = ?").Bind(number));
        }
    }

    /// <summary>A partial one of whose fragments isn't what was received: the fragment goes, and is sent again.</summary>
    public void Fragments(Place place)
    {
        const string damaged = "partial = (SELECT row FROM partial WHERE sender = ?1 AND conversation = ?2 AND sequence = ?3) AND content_sum <> content_sum(content)";
        using (SqliteStatement query = Bind($"SELECT {SqliteTable.Fragment.List}, content FROM fragment WHERE {damaged}"))
        {
            while (query.Read())
            {
                _quarantine.Take("fragment", DamageCause.ContentChecksum, query, SqliteTable.Fragment.Columns, hasContent: true);
            }
        }

        SqliteRows.Any(Bind($"DELETE FROM fragment WHERE {damaged}"));

        SqliteStatement Bind(string sql) => _database.Prepare(sql).Bind(place.Sender.ToArray()).Bind(place.Conversation.ToArray()).Bind(place.Sequence);
    }

    private static string SqlOf(string table, string key) => $"SELECT {key}, content FROM {table} WHERE {key} = ?1";

    private void Content(
        string table, string key, SqliteTable rows, string where, string[] columns, Func<SqliteStatement> find, Func<string, SqliteStatement> bind)
    {
        bool there = false;
        using (SqliteStatement query = find())
        {
            if (query.Read())
            {
                there = true;
                _quarantine.Take(table, DamageCause.ContentChecksum, query, columns, hasContent: true);
            }
        }

        if (!there)
        {
            using SqliteStatement row = bind($"SELECT {rows.List} FROM {rows.Name} WHERE {where}");
            if (row.Read())
            {
                _quarantine.Take(rows.Name, DamageCause.ContentMissing, row, rows.Columns, hasContent: false);
            }
        }

        SqliteRows.Any(bind($"DELETE FROM {table} WHERE {key} = (SELECT {key} FROM {rows.Name} WHERE {where})"));
        SqliteRows.Any(bind(rows.Update(where, ("damaged", "1"), ("content_length", "0"), ("content_sum", "content_sum(x'')"))));
    }

    private int TakeUnsound(SqliteTable table, List<OutboxClaim> claims, List<InboxClaim> readyClaims)
    {
        int taken = 0;
        bool hasContent = table == SqliteTable.Fragment || table == SqliteTable.Quarantine;
        using SqliteStatement query = _database.Prepare($"SELECT {table.List}{(hasContent ? ", content" : "")} FROM {table.Name} NOT INDEXED WHERE {table.Sound} IS NOT 1");
        while (query.Read())
        {
            taken++;
            if (table == SqliteTable.Outbox)
            {
                claims.Add(OutboxClaim.Of(query));
            }
            else if (table == SqliteTable.Inbox && InboxClaim.Of(query) is { } claim)
            {
                readyClaims.Add(claim);
            }

            _quarantine.Take(table.Name, DamageCause.RowChecksum, query, table.Columns, hasContent);
        }

        return taken;
    }

    /// <summary>
    /// The sound rows are written anew. A damaged key stands at a place in the tree where no search finds it, and the indexes hold what it was before: deleting the row
    /// would leave both behind.
    /// </summary>
    private void KeepSound(SqliteTable table) => _database.Execute($"""
        CREATE TABLE rescued AS SELECT * FROM {table.Name} NOT INDEXED WHERE {table.Sound} IS 1;
        DELETE FROM {table.Name};
        INSERT INTO {table.Name} SELECT * FROM rescued;
        DROP TABLE rescued;
        """);

    private void TakeOrphans(string table, string key, string rows)
    {
        string orphan = $"{key} NOT IN (SELECT {key} FROM {rows})";
        using (SqliteStatement query = _database.Prepare($"SELECT {key}, content FROM {table} WHERE {orphan}"))
        {
            while (query.Read())
            {
                _quarantine.Take(table, DamageCause.RowMissing, query, [key], hasContent: true);
            }
        }

        _database.Execute($"DELETE FROM {table} WHERE {orphan}");
    }

    /// <summary>Contents in parts whose owners are lost are kept, and nobody's. A partial of whose content nothing is left begins anew.</summary>
    private void LoseOrphans()
    {
        LoseOrphansOf(PartedKind.Outbox, "SELECT message_id FROM outbox");
        LoseOrphansOf(PartedKind.Partial, "SELECT row FROM partial");
        LoseOrphansOf(PartedKind.Inbox, "SELECT row FROM inbox");
        LoseOrphansOf(PartedKind.DeadLetter, "SELECT number FROM dead_letter");
        _database.Execute($"""
            DELETE FROM partial WHERE NOT EXISTS (SELECT 1 FROM fragment WHERE partial = partial.row)
                AND NOT EXISTS (SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Partial} AND owner = partial.row)
            """);
    }

    private void LoseOrphansOf(PartedKind kind, string owners) => Give(kind, PartedKind.Lost, $"owner NOT IN ({owners})", static statement => statement);

    private void Give(PartedKind from, PartedKind to, string where, Func<SqliteStatement, SqliteStatement> bind) => SqliteRows.Any(
        bind(_database.Prepare(SqliteTable.Parted.Update($"kind = {(int)from} AND {where}", ("kind", $"{(int)to}"), ("owner", "number")))));

    private void TakeLooseFragments()
    {
        const string loose = "partial NOT IN (SELECT row FROM partial)";
        using (SqliteStatement query = _database.Prepare($"SELECT {SqliteTable.Fragment.List}, content FROM fragment WHERE {loose}"))
        {
            while (query.Read())
            {
                _quarantine.Take("fragment", DamageCause.RowMissing, query, SqliteTable.Fragment.Columns, hasContent: true);
            }
        }

        _database.Execute($"DELETE FROM fragment WHERE {loose}");
    }
}
