namespace MixMq.Storage.Sqlite;

/// <summary>An index of a table whose rows have numbers, and how it is held against its table.</summary>
internal sealed class SqliteIndex
{
    /// <summary>A prime below 2^32: a number has another remainder, whichever of its bits was flipped, and sums of remainders of 2^31 rows fit into 64 bits.</summary>
    private const string Prime = "4294967291";

    private readonly string _entries;

    private SqliteIndex(SqliteDatabase database, string table, string name, string? predicate)
    {
        (Name, Predicate) = (name, predicate);
        string only = predicate is null ? "" : $" FILTER (WHERE {predicate})";
        var sums = new List<string> { $"COUNT(*){only}", $"SUM(rowid % {Prime}){only}" };
        var same = new List<string>();
        using (SqliteStatement query = database.Prepare(
            $"SELECT i.name, c.type FROM pragma_index_info('{name}') i JOIN pragma_table_info('{table}') c ON c.name = i.name ORDER BY i.seqno"))
        {
            while (query.Read())
            {
                string column = query.Text(0);
                same.Add($"i.{column} IS t.{column}");
                string? number = query.Text(1) switch
                {
                    "INTEGER" => column,
                    "" => $"CASE typeof({column}) WHEN 'integer' THEN {column} END",
                    _ => null,
                };
                if (number is not null)
                {
                    sums.Add($"SUM({number} % {Prime}){only}");
                }
            }
        }

        Sums = sums;
        _entries = $"FROM {table} INDEXED BY {name}{(predicate is null ? "" : $" WHERE {predicate}")}";
        HasEntry = $"EXISTS (SELECT 1 FROM {table} i INDEXED BY {name} WHERE {(predicate is null ? "" : $"{predicate} AND ")}{string.Join(" AND ", same)} AND i.rowid = t.rowid)";
    }

    public string Name { get; }

    /// <summary>Which rows it has; null: all.</summary>
    public string? Predicate { get; }

    /// <summary>
    /// In SQL: a count of rows, and sums over their numbers and integer columns. They are the same of table and index, unless an entry is missing, is there too often, points at another row, or says
    /// another number. Bytes aren't summed: it would take several times as long.
    /// </summary>
    public IReadOnlyList<string> Sums { get; }

    /// <summary>In SQL: whether a search finds the entry of a row of its table, which is called t there.</summary>
    public string HasEntry { get; }

    /// <summary>Of each table whose rows have numbers, its indexes.</summary>
    public static ILookup<string, SqliteIndex> All(SqliteDatabase database)
    {
        var indexes = new List<(string Table, string Name, string Sql)>();
        using (SqliteStatement query = database.Prepare("""
            SELECT t.name, i.name, COALESCE(i.sql, '') FROM sqlite_master t JOIN sqlite_master i ON i.tbl_name = t.name AND i.type = 'index'
            WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND t.sql NOT LIKE '%WITHOUT ROWID%' ORDER BY t.name, i.name
            """))
        {
            while (query.Read())
            {
                indexes.Add((query.Text(0), query.Text(1), query.Text(2)));
            }
        }

        return indexes.Select(index => (index.Table, Index: new SqliteIndex(database, index.Table, index.Name, PredicateOf(index.Sql)))).ToLookup(static pair => pair.Table, static pair => pair.Index);
    }

    /// <summary>Whether it says what its table says, of which the sums are given.</summary>
    public bool Agrees(SqliteDatabase database, ReadOnlySpan<long> sums)
    {
        try
        {
            using SqliteStatement query = database.Prepare($"SELECT {string.Join(", ", Sums)} {_entries}");
            return query.Read() && sums.SequenceEqual(query.Int64s(0, Sums.Count));
        }
        catch (MessageStoreException failure) when (failure.IsDamage)
        {
            return false;
        }
    }

    /// <summary>In SQL: how many entries it has. For a plain COUNT(*) SQLite would take whichever index is the smallest.</summary>
    public string Count => $"SELECT SUM(1) {_entries}";

    private static string? PredicateOf(string sql) => sql.IndexOf(" WHERE ", StringComparison.Ordinal) is > 0 and var at ? sql[(at + " WHERE ".Length)..] : null;
}
