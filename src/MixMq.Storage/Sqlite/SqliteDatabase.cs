using SQLitePCL;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// One SQLite connection with its prepared statements. Not thread-safe: its owner serialises the calls.
/// The raw API is used because it shows each result code, and a store must look at each one.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);

    static SqliteDatabase() => Batteries_V2.Init();

    private SqliteDatabase(sqlite3 handle) => _handle = handle;

    public static SqliteDatabase Open(string path, bool readOnly) =>
        Open(path, readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);

    /// <summary>For a file that nothing writes to: no log is looked at, no lock taken and no file made.</summary>
    public static SqliteDatabase OpenImmutable(string path) => Open(
        $"file:{string.Join('/', Path.GetFullPath(path).Split('/').Select(Uri.EscapeDataString))}?immutable=1", raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_URI);

    private static SqliteDatabase Open(string path, int flags)
    {
        int code = raw.sqlite3_open_v2(path, out sqlite3 handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code != raw.SQLITE_OK)
        {
            string reason = raw.sqlite3_errstr(code).utf8_to_string();
            handle?.Dispose();
            throw new MessageStoreException($"The message store can't be opened: {reason}.", Primary(code));
        }

        var database = new SqliteDatabase(handle);
        raw.sqlite3_busy_timeout(handle, 5_000);
        RowSum.Register(handle);
        return database;
    }

    /// <summary>Runs statements that return nothing of interest.</summary>
    public void Execute(string sql)
    {
        Check(raw.sqlite3_exec(_handle, sql));
    }

    /// <summary>One write transaction: all of it or, when something throws, nothing.</summary>
    public void InTransaction(Action work)
    {
        try
        {
            Execute("BEGIN IMMEDIATE");
            work();
            Execute("COMMIT");
        }
        catch
        {
            RollBackIfOpen();
            throw;
        }
    }

    /// <summary>A prepared statement, kept for the connection's life. It comes reset and without bindings.</summary>
    public SqliteStatement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out SqliteStatement? statement))
        {
            Check(raw.sqlite3_prepare_v2(_handle, sql, out sqlite3_stmt handle));
            statement = new SqliteStatement(this, handle);
            _statements.Add(sql, statement);
        }

        statement.Reset();
        return statement;
    }

    /// <summary>Rows that the last statement inserted, changed or deleted.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    public long Scalar(string sql)
    {
        using SqliteStatement statement = Prepare(sql);
        return statement.Read() ? statement.Int64(0) : 0;
    }

    public string ScalarText(string sql)
    {
        using SqliteStatement statement = Prepare(sql);
        return statement.Read() ? statement.Text(0) : "";
    }

    /// <summary>Makes this database the other one as it is at this moment, by SQLite's online backup; the other may be written to meanwhile.</summary>
    public void CopyFrom(SqliteDatabase source)
    {
        sqlite3_backup backup = raw.sqlite3_backup_init(_handle, "main", source._handle, "main");
        int code = raw.sqlite3_backup_step(backup, -1);
        raw.sqlite3_backup_finish(backup);
        Check(code);
    }

    /// <summary>Calls back after each so many steps of SQLite's machine, for tests that end the process in the middle of something.</summary>
    public void EverySteps(int steps, Action action) => raw.sqlite3_progress_handler(
        _handle,
        steps,
        _ =>
        {
            action();
            return 0;
        },
        null);

    /// <summary>Rolls back if a transaction is open; used after a failure, so it reports nothing itself.</summary>
    public void RollBackIfOpen()
    {
        if (raw.sqlite3_get_autocommit(_handle) == 0)
        {
            raw.sqlite3_exec(_handle, "ROLLBACK");
        }
    }

    /// <summary>Throws what the operator should read, unless the code says that all is well.</summary>
    public void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return;
        }

        // SQLite's text names tables and columns, never their contents.
        string advice = Primary(code) switch
        {
            raw.SQLITE_FULL => "The disk of the message store is full; make room",
            raw.SQLITE_NOTADB => "The message store's file is something else; name another file in the configuration, or restore a backup",
            raw.SQLITE_CORRUPT => "The message store is damaged; restore a backup",
            raw.SQLITE_CONSTRAINT => "The message store contradicts what the node knows: it is damaged, or was changed by something else; restore a backup",

            // The statements are always the same: if one has no meaning, what says how the tables look isn't what was written.
            raw.SQLITE_ERROR => "The message store's schema is damaged, or was changed by something else; restore a backup",
            raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => "The message store's files can't be written; check their owner and mode",
            _ => "The message store failed",
        };
        string reason = raw.sqlite3_errmsg(_handle).utf8_to_string();
        throw new MessageStoreException($"{advice}: {reason} (SQLite {raw.sqlite3_extended_errcode(_handle)}).", Primary(code));
    }

    private static int Primary(int code) => code & 0xFF;

    public void Dispose()
    {
        foreach (SqliteStatement statement in _statements.Values)
        {
            statement.Close();
        }

        _statements.Clear();
        _handle.Dispose();
    }
}
