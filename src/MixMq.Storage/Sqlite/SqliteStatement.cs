using SQLitePCL;

namespace MixMq.Storage.Sqlite;

/// <summary>A prepared statement; parameters are numbered from 1 as in SQLite, columns from 0.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle) : IDisposable
{
    private int _next;

    public SqliteStatement Bind(ReadOnlySpan<byte> value)
    {
        // An empty span would be bound as NULL, which the columns' NOT NULL refuses.
        int index = ++_next;
        database.Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, index, 0) : raw.sqlite3_bind_blob(handle, index, value), null);
        return this;
    }

    public SqliteStatement Bind(long value)
    {
        database.Check(raw.sqlite3_bind_int64(handle, ++_next, value), null);
        return this;
    }

    /// <summary>Sequences and positions are below 2^63 in any life of a node; more than that is a bug, not data.</summary>
    public SqliteStatement Bind(ulong value) => Bind(checked((long)value));

    public SqliteStatement Bind(string value)
    {
        database.Check(raw.sqlite3_bind_text(handle, ++_next, value), null);
        return this;
    }

    public bool Read()
    {
        int code = raw.sqlite3_step(handle);
        database.Check(code, null);
        return code == raw.SQLITE_ROW;
    }

    /// <summary>Runs a statement that returns no row.</summary>
    public void Run()
    {
        Read();
        Reset();
    }

    public void Reset()
    {
        raw.sqlite3_reset(handle);
        raw.sqlite3_clear_bindings(handle);
        _next = 0;
    }

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    public ulong UInt64(int column) => checked((ulong)Int64(column));

    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string() ?? "";

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    public void Dispose() => handle.Dispose();
}
