using System.Text;
using SQLitePCL;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// A prepared statement; parameters are numbered from 1 as in SQLite, columns from 0. Dispose ends one use of it, not its life: a statement
/// that isn't reset keeps its read transaction open. Its database closes it.
/// </summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle) : IDisposable
{
    private int _next;

    public SqliteStatement Bind(ReadOnlySpan<byte> value)
    {
        // An empty span would be bound as NULL, which the columns' NOT NULL refuses.
        int index = ++_next;
        database.Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, index, 0) : raw.sqlite3_bind_blob(handle, index, value));
        return this;
    }

    public SqliteStatement Bind(long value)
    {
        database.Check(raw.sqlite3_bind_int64(handle, ++_next, value));
        return this;
    }

    /// <summary>Sequences and positions are below 2^63 in any life of a node; more than that is a bug, not data.</summary>
    public SqliteStatement Bind(ulong value) => value <= long.MaxValue
        ? Bind((long)value)
        : throw new MessageStoreException("A sequence or position is beyond what the message store can hold.");

    /// <summary>With its length, because a label may hold U+0000, at which a zero-terminated text would end.</summary>
    public SqliteStatement Bind(string value)
    {
        int index = ++_next;
        database.Check(value.Length == 0
            ? raw.sqlite3_bind_text(handle, index, "")
            : raw.sqlite3_bind_text(handle, index, new ReadOnlySpan<byte>(Encoding.UTF8.GetBytes(value))));
        return this;
    }

    public SqliteStatement BindNull()
    {
        database.Check(raw.sqlite3_bind_null(handle, ++_next));
        return this;
    }

    /// <summary>Goes to the next row, if there is one.</summary>
    public bool Read()
    {
        int code = raw.sqlite3_step(handle);
        database.Check(code);
        return code == raw.SQLITE_ROW;
    }

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    /// <summary>Some columns side by side.</summary>
    public long[] Int64s(int first, int count) => [.. Enumerable.Range(first, count).Select(Int64)];

    public int Int32(int column) => Int64(column) is >= 0 and <= int.MaxValue and var value ? (int)value : throw Damaged();

    public ulong UInt64(int column) => Int64(column) is >= 0 and var value ? (ulong)value : throw Damaged();

    public string Text(int column) => Encoding.UTF8.GetString(Blob(column));

    /// <summary>Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    /// <summary>A value of fixed length. Valid until the next step or reset.</summary>
    public ReadOnlySpan<byte> Blob(int column, int length)
    {
        ReadOnlySpan<byte> value = Blob(column);
        return value.Length == length ? value : throw Damaged();
    }

    /// <summary>SQLITE_INTEGER, _FLOAT, _TEXT, _BLOB or _NULL.</summary>
    public int Type(int column) => raw.sqlite3_column_type(handle, column);

    public double Double(int column) => raw.sqlite3_column_double(handle, column);

    public int BlobLength(int column) => raw.sqlite3_column_bytes(handle, column);

    public void Reset()
    {
        raw.sqlite3_reset(handle);
        raw.sqlite3_clear_bindings(handle);
        _next = 0;
    }

    public void Dispose() => Reset();

    public void Close() => handle.Dispose();

    private static MessageStoreException Damaged() => new("The message store holds a value that it can't hold: it is damaged. Restore a backup.", raw.SQLITE_CORRUPT);
}
