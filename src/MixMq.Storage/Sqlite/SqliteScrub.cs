namespace MixMq.Storage.Sqlite;

/// <summary>
/// Looks through a store that is in use, some rows at a time: whether each row is as it was written, and whether a search in each index of its table finds it; when a table is through, whether its
/// indexes have no entries beyond its rows. On a reading connection of its own, a short transaction a step, so that neither the writer nor the log waits for it. It changes nothing. Not thread-safe.
/// </summary>
internal sealed class SqliteScrub : IDisposable
{
    /// <summary>Rows of a step: some milliseconds.</summary>
    public const int RowsOfStep = 256;

    private readonly SqliteDatabase _database;
    private readonly List<(string Name, string? Sound, SqliteIndex[] Indexes)> _tables;
    private readonly Queue<SqliteTable> _unindexed;
    private int _table;
    private int _counted = -1;
    private long _row = long.MinValue;
    private long _last;
    private bool _isSurveyed;

    /// <summary>Begins at the first row of the first table.</summary>
    public SqliteScrub(string path)
    {
        _database = SqliteDatabase.Open(path, readOnly: true);
        ILookup<string, SqliteIndex> indexes = SqliteIndex.All(_database);
        _tables = [.. indexes.Select(table => (table.Key, SqliteTable.All.FirstOrDefault(known => known.Name == table.Key)?.Sound, table.ToArray()))];
        _unindexed = new(SqliteTable.All.Where(table => !indexes.Contains(table.Name)));
    }

    /// <summary>How many rows there are to look at, as the first step finds out; no fewer than there are in tables with indexes, and some more where many were removed. 0 before.</summary>
    public long Rows { get; private set; }

    /// <summary>All has been looked at.</summary>
    public bool IsDone => _table == _tables.Count && _unindexed.Count == 0;

    /// <summary>Looks how much there is, then at the next rows, or counts the entries of an index. After damage was set right, the next step looks at the same again.</summary>
    public SqliteScrubFinding Step()
    {
        if (IsDone)
        {
            return SqliteScrubFinding.Nothing;
        }

        try
        {
            _database.Execute("BEGIN");
            return !_isSurveyed ? Survey() : _table == _tables.Count ? LookAtAll() : _counted < 0 ? LookAtRows() : CountEntries();
        }
        catch (MessageStoreException failure) when (failure.IsDamage)
        {
            return SqliteScrubFinding.Unreadable;
        }
        finally
        {
            _database.RollBackIfOpen();
        }
    }

    public void Dispose() => _database.Dispose();

    /// <summary>From first to last number, for to count them takes as long as to read them. A damaged number may be any.</summary>
    private SqliteScrubFinding Survey()
    {
        double rows = _tables.Sum(table => Math.Max(0.0, _database.Scalar(
            $"SELECT COALESCE((SELECT MAX(rowid) FROM {table.Name} NOT INDEXED) - (SELECT MIN(rowid) FROM {table.Name} NOT INDEXED) + 1, 0)")));
        Rows = (long)Math.Min(rows, 1L << 62);
        _isSurveyed = true;
        return SqliteScrubFinding.Nothing;
    }

    /// <summary>Conversations, and tables of few rows.</summary>
    private SqliteScrubFinding LookAtAll()
    {
        SqliteTable table = _unindexed.Peek();
        if (_database.Scalar($"SELECT COUNT(*) FROM {table.Name} WHERE {table.Sound} IS NOT 1") > 0)
        {
            return SqliteScrubFinding.Row;
        }

        _unindexed.Dequeue();
        return SqliteScrubFinding.Nothing;
    }

    private SqliteScrubFinding LookAtRows()
    {
        (string name, string? sound, SqliteIndex[] indexes) = _tables[_table];
        if (_row == long.MinValue)
        {
            // What is added meanwhile isn't looked at: where much is, that would have no end.
            _last = _database.Scalar($"SELECT MAX(rowid) FROM {name} NOT INDEXED");
        }

        string[] columns =
        [
            "MAX(t.rowid)", $"COUNT(*) FILTER (WHERE {sound ?? "1"} IS NOT 1)",
            .. indexes.Select(index => $"COUNT(*) FILTER (WHERE {(index.Predicate is null ? "" : $"{index.Predicate} AND ")}NOT {index.HasEntry})"),
        ];
        using SqliteStatement query = _database.Prepare(
            $"SELECT {string.Join(", ", columns)} FROM {name} t NOT INDEXED WHERE t.rowid > ?1 AND t.rowid <= COALESCE((SELECT rowid FROM {name} NOT INDEXED WHERE rowid > ?1 ORDER BY rowid LIMIT 1 OFFSET {RowsOfStep - 1}), 9223372036854775807) AND t.rowid <= ?2")
            .Bind(_row).Bind(_last);
        if (!query.Read() || query.Type(0) != SQLitePCL.raw.SQLITE_INTEGER)
        {
            _counted = 0;
            return SqliteScrubFinding.Nothing;
        }

        if (query.Int64(1) > 0)
        {
            return SqliteScrubFinding.Row;
        }

        for (int i = 0; i < indexes.Length; i++)
        {
            if (query.Int64(2 + i) > 0)
            {
                return SqliteScrubFinding.Index;
            }
        }

        // Where a tree is out of order, a search for what is above a row may lead below it, again and again.
        if (query.Int64(0) <= _row)
        {
            return SqliteScrubFinding.Unreadable;
        }

        _row = query.Int64(0);
        return SqliteScrubFinding.Nothing;
    }

    private SqliteScrubFinding CountEntries()
    {
        (string name, _, SqliteIndex[] indexes) = _tables[_table];
        if (_counted < indexes.Length)
        {
            SqliteIndex index = indexes[_counted];
            long rows = _database.Scalar($"SELECT COUNT(*) FROM {name} NOT INDEXED{(index.Predicate is null ? "" : $" WHERE {index.Predicate}")}");
            if (rows != _database.Scalar(index.Count))
            {
                return SqliteScrubFinding.Index;
            }

            _counted++;
            return SqliteScrubFinding.Nothing;
        }

        _table++;
        (_counted, _row) = (-1, long.MinValue);
        return SqliteScrubFinding.Nothing;
    }
}
