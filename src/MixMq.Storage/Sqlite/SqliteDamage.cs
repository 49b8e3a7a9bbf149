using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Finds damaged rows, moves them into quarantine and puts in their places what keeps the promises: no sequence and no position is given twice, what was
/// accepted or received and can't be had any more is there as damaged. Inside its caller's transaction.
/// </summary>
internal sealed class SqliteDamage
{
    /// <summary>
    /// Those of the largest tables of which nothing is counted: by the first a message is found that has been read already, by the second pages are read, which shows what isn't there, the third serves
    /// statistics and the last pruning.
    /// </summary>
    private static readonly string[] SeenWhenRead =
        ["sqlite_autoindex_outbox_1", "sqlite_autoindex_outbox_2", "outbox_status", "outbox_kept", "sqlite_autoindex_inbox_1", "sqlite_autoindex_inbox_2", "inbox_anonymous"];

    /// <summary>What a message's row says once its content is lost.</summary>
    private static readonly (string Column, string Value)[] EmptyAndDamaged = [("damaged", "1"), ("content_length", "0"), ("content_sum", "content_sum(x'')")];

    private readonly SqliteDatabase _database;
    private readonly SqliteQuarantine _quarantine;
    private readonly SqliteOutboxRepair _outbox;
    private readonly SqliteInboxRepair _inbox;
    private readonly SqlitePartInspection _parts;
    private readonly ILookup<string, SqliteIndex> _indexes;

    public SqliteDamage(SqliteDatabase database, Func<long> now)
    {
        _indexes = SqliteIndex.All(database);
        _database = database;
        _quarantine = new SqliteQuarantine(database, now);
        _outbox = new SqliteOutboxRepair(database);
        _inbox = new SqliteInboxRepair(database);
        _parts = new SqlitePartInspection(database, _quarantine);
    }

    /// <summary>
    /// Looks at every row, at the keys of contents' parts, and whether the indexes by which what waits is counted and given have each row's entry; contents are looked at when they are read, and the
    /// other indexes of the largest tables by <see cref="SqliteScrub"/>.
    /// </summary>
    /// <returns>Whether anything was found, and set right.</returns>
    /// <exception cref="MessageStoreException">Sequences might be given again, for a conversation and all its messages are damaged.</exception>
    public bool Inspect()
    {
        var claims = new List<OutboxClaim>();
        var readyClaims = new List<InboxClaim>();
        int conversations = 0;
        bool found = false;
        bool wereCountersTaken = false;
        foreach (SqliteTable table in SqliteTable.All)
        {
            SqliteIndex[] indexes = [.. _indexes[table.Name].Where(static index => !SeenWhenRead.Contains(index.Name))];
            (long unsound, long[] sums) = Look(table, indexes);
            if (unsound > 0)
            {
                // That makes their indexes anew too.
                int taken = TakeUnsound(table, claims, readyClaims);
                conversations += table == SqliteTable.OutboundConversation ? taken : 0;
                wereCountersTaken |= table == SqliteTable.Counter && taken > 0;
                found = true;
                KeepSound(table);
                continue;
            }

            int first = 0;
            foreach (SqliteIndex index in indexes)
            {
                if (!index.Agrees(_database, sums.AsSpan(first, index.Sums.Count)))
                {
                    // Not made anew here: it may be the table that isn't what it was, and then the index knows what is lost.
                    throw new MessageStoreException("The message store is damaged; restore a backup: an index and its table aren't of one mind.", SQLitePCL.raw.SQLITE_CORRUPT);
                }

                first += index.Sums.Count;
            }
        }

        bool foundParts = _parts.Run() > 0;
        if (!found)
        {
            return foundParts;
        }

        // Before anything is put in the place of a row: its content is the lost row's.
        TakeAllOrphans();
        _outbox.Repair(conversations, claims);
        _inbox.Repair(readyClaims);
        if (wereCountersTaken)
        {
            SqliteLetterNumbers.Skip(_database);
        }

        _database.Execute($"INSERT OR IGNORE {SqliteSchema.Counters.TrimStart()["INSERT".Length..]}");
        return true;
    }

    /// <summary>All indexes are made anew.</summary>
    public void Renew()
    {
        _quarantine.Note("indexes", DamageCause.IndexWrong);
        _database.Execute("REINDEX");
    }

    /// <summary>After rows and indexes are in order: places of conversations that have no row get one that says so, and contents that are no row's go into quarantine.</summary>
    public bool FillPlaces()
    {
        int empty = _outbox.Repair(0, []);
        for (int i = 0; i < empty; i++)
        {
            _quarantine.Note("outbox", DamageCause.RowGone);
        }

        return TakeAllOrphans() + empty > 0;
    }

    /// <summary>
    /// Whether an index finds another row than is there: where one isn't found, it may be there all the same. An index that has all that is asked for is used by SQLite in spite of <c>NOT INDEXED</c>, but
    /// for no column behind a plus.
    /// </summary>
    private static bool IsHidden(string table, Func<string, SqliteStatement> bind, params (string Column, string Value)[] key) =>
        RowOf(bind($"SELECT rowid FROM {table} WHERE {string.Join(" AND ", key.Select(static part => $"{part.Column} = {part.Value}"))}"))
        != RowOf(bind($"SELECT rowid FROM {table} NOT INDEXED WHERE {string.Join(" AND ", key.Select(static part => $"+{part.Column} = {part.Value}"))}"));

    private static long? RowOf(SqliteStatement statement)
    {
        using SqliteStatement query = statement;
        return query.Read() ? query.Int64(0) : null;
    }

    /// <summary>A partial's content in parts isn't what was received: what is wrong goes into quarantine, and all of it is sent again.</summary>
    public bool PartedPartial(long row)
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

        return Give(PartedKind.Partial, PartedKind.Dropped, "owner = ?1 AND +owner = ?1", statement => statement.Bind(row));
    }

    /// <summary>An outgoing content isn't what its row says, or isn't there: it goes, and the row says that it is damaged.</summary>
    public bool OutboxContent(MessageId id)
    {
        // Looking at all rows for each of many contents would take for ever, so it is done only where there seems to be none.
        bool there = SqliteRows.Exists(Bind("SELECT 1 FROM outbox_content NOT INDEXED WHERE rowid = (SELECT rowid FROM outbox_content WHERE message_id = ?1) AND +message_id = ?1"))
            || SqliteRows.Exists(Bind($"SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Outbox} AND owner = ?1 AND {SqliteTable.Parted.Sound}"));
        if (!there && (IsHidden("outbox_content", Bind, ("message_id", "?1")) || IsHidden("parted", Bind, ("kind", $"{(int)PartedKind.Outbox}"), ("owner", "?1"))))
        {
            return false;
        }

        Give(PartedKind.Outbox, PartedKind.Lost, "owner = ?1 AND +owner = ?1", statement => statement.Bind(id.ToArray()));
        return Content(
            "outbox_content", "message_id", SqliteTable.Outbox, "message_id = ?1", ["message_id"], () => Bind(SqlOf("outbox_content", "message_id")), Bind, EmptyAndDamaged);

        SqliteStatement Bind(string sql) => _database.Prepare(sql).Bind(id.ToArray());
    }

    /// <summary>The same for an entry of the inbox.</summary>
    public bool InboxContent(ulong position)
    {
        const string row = "(SELECT row FROM inbox WHERE position = ?1)";
        bool there = SqliteRows.Exists(Bind($"SELECT 1 FROM inbox_content WHERE row = {row}"))
            || SqliteRows.Exists(Bind($"SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Inbox} AND owner = {row} AND {SqliteTable.Parted.Sound}"));
        if (!there && (IsHidden("inbox", Bind, ("position", "?1")) || IsHidden("parted", Bind, ("kind", $"{(int)PartedKind.Inbox}"), ("owner", row))))
        {
            return false;
        }

        Give(PartedKind.Inbox, PartedKind.Lost, "owner = (SELECT row FROM inbox WHERE position = ?1)", statement => statement.Bind(position));
        return Content(
            "inbox_content", "row", SqliteTable.Inbox, "position = ?1", ["row"],
            () => Bind($"SELECT row, content FROM inbox_content WHERE row = {row}"),
            Bind, EmptyAndDamaged);

        SqliteStatement Bind(string sql) => _database.Prepare(sql).Bind(position);
    }

    /// <summary>A dead letter whose content isn't the one it had: both go.</summary>
    public bool DeadLetterContent(long number)
    {
        if (IsHidden("parted", sql => _database.Prepare(sql).Bind(number), ("kind", $"{(int)PartedKind.DeadLetter}"), ("owner", "?1")))
        {
            return false;
        }

        Give(PartedKind.DeadLetter, PartedKind.Lost, "owner = ?1 AND +owner = ?1", statement => statement.Bind(number));
        Take("dead_letter", SqliteTable.DeadLetter.Columns, hasContent: false);
        Take("dead_letter_content", ["number"], hasContent: true);
        return true;

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

    /// <summary>A consumer's state isn't the one that it left, or isn't there: it goes, and the consumer's row says that it is lost until a checkpoint brings another.</summary>
    public bool ConsumerState(string name)
    {
        bool there = SqliteRows.Exists(Bind("SELECT 1 FROM consumer_state NOT INDEXED WHERE rowid = (SELECT rowid FROM consumer_state WHERE name = ?1) AND +name = ?1"));
        if (!there && IsHidden("consumer_state", Bind, ("name", "?1")))
        {
            return false;
        }

        return Content(
            "consumer_state", "name", SqliteTable.Consumer, "name = ?1", ["name"], () => Bind(SqlOf("consumer_state", "name")), Bind,
            ("state_length", $"{SqliteLostState.Length}"), ("state_sum", "content_sum(x'')"));

        SqliteStatement Bind(string sql) => _database.Prepare(sql).Bind(name);
    }

    /// <summary>A partial one of whose fragments isn't what was received: the fragment goes, and is sent again.</summary>
    public bool Fragments(Place place)
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
        return _database.Changes > 0;

        SqliteStatement Bind(string sql) => _database.Prepare(sql).Bind(place.Sender.ToArray()).Bind(place.Conversation.ToArray()).Bind(place.Sequence);
    }

    private static string SqlOf(string table, string key) => $"SELECT {key}, content FROM {table} WHERE {key} = ?1";

    private bool Content(
        string table, string key, SqliteTable rows, string where, string[] columns, Func<SqliteStatement> find, Func<string, SqliteStatement> bind, params (string Column, string Value)[] changes)
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
        SqliteRows.Any(bind(rows.Update(where, changes)));
        return _database.Changes == 1;
    }

    /// <summary>How many rows aren't as they were written, and the sums that indexes must have.</summary>
    private (long Unsound, long[] Sums) Look(SqliteTable table, IEnumerable<SqliteIndex> indexes)
    {
        string[] sums = [$"COUNT(*) FILTER (WHERE {table.Sound} IS NOT 1)", .. indexes.SelectMany(static index => index.Sums)];
        using SqliteStatement query = _database.Prepare($"SELECT {string.Join(", ", sums)} FROM {table.Name} NOT INDEXED");
        return query.Read() ? (query.Int64(0), query.Int64s(1, sums.Length - 1)) : (0, []);
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

    private int TakeAllOrphans()
    {
        int taken = TakeOrphans("outbox_content", "message_id", "outbox");
        taken += TakeOrphans("inbox_content", "row", "inbox");
        taken += TakeOrphans("dead_letter_content", "number", "dead_letter");
        taken += TakeOrphans("consumer_state", "name", "consumer");
        taken += TakeOrphans("reply_content", "question", "reply");
        taken += TakeLooseFragments();
        LoseOrphans();
        return taken;
    }

    private int TakeOrphans(string table, string key, string rows)
    {
        string orphan = $"{key} NOT IN (SELECT {key} FROM {rows})";
        using (SqliteStatement query = _database.Prepare($"SELECT {key}, content FROM {table} WHERE {orphan}"))
        {
            while (query.Read())
            {
                _quarantine.Take(table, DamageCause.RowMissing, query, [key], hasContent: true);
            }
        }

        SqliteRows.Any(_database.Prepare($"DELETE FROM {table} WHERE {orphan}"));
        return _database.Changes;
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

    private bool Give(PartedKind from, PartedKind to, string where, Func<SqliteStatement, SqliteStatement> bind)
    {
        SqliteRows.Any(bind(_database.Prepare(SqliteTable.Parted.Update($"kind = {(int)from} AND +kind = {(int)from} AND {where}", ("kind", $"{(int)to}"), ("owner", "number")))));
        return _database.Changes > 0;
    }

    private int TakeLooseFragments()
    {
        const string loose = "partial NOT IN (SELECT row FROM partial)";
        using (SqliteStatement query = _database.Prepare($"SELECT {SqliteTable.Fragment.List}, content FROM fragment WHERE {loose}"))
        {
            while (query.Read())
            {
                _quarantine.Take("fragment", DamageCause.RowMissing, query, SqliteTable.Fragment.Columns, hasContent: true);
            }
        }

        SqliteRows.Any(_database.Prepare($"DELETE FROM fragment WHERE {loose}"));
        return _database.Changes;
    }
}
