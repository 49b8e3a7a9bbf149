using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using SQLitePCL;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Checksums of rows and contents: the first 8 bytes of SHA-256. SQLite checks the shape of its pages, not what is in them, so a flipped bit in a column
/// is read as if it had been written. A key would add nothing: who can write to the file could read it there. 64 bits, because a store has 2^30
/// rows and is read for years; SHA-256, because processors and libcrypto have it, and it finds exchanged bytes and rows as surely as flipped bits.
/// </summary>
internal static class RowSum
{
    public const int ByteCount = 8;

    /// <summary>In SQL <c>row_sum('table', column, …)</c> and <c>content_sum(content)</c>.</summary>
    public static void Register(sqlite3 connection)
    {
        const int flags = raw.SQLITE_UTF8 | raw.SQLITE_DETERMINISTIC;
        raw.sqlite3_create_function(connection, "row_sum", -1, flags, null, static (context, _, values) => Answer(context, values));
        raw.sqlite3_create_function(connection, "content_sum", 1, flags, null, static (context, _, values) =>
        {
            Span<byte> sum = stackalloc byte[ByteCount];
            OfContent(raw.sqlite3_value_blob(values[0]), sum);
            raw.sqlite3_result_blob(context, sum);
        });
    }

    public static byte[] OfContent(ReadOnlySpan<byte> content)
    {
        byte[] sum = new byte[ByteCount];
        OfContent(content, sum);
        return sum;
    }

    private static void OfContent(ReadOnlySpan<byte> content, Span<byte> sum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        hash[..ByteCount].CopyTo(sum);
    }

    /// <summary>Each value as type u8 ‖ length u32 ‖ bytes, so that nothing can move from one column into the next unnoticed.</summary>
    private static void Answer(sqlite3_context context, sqlite3_value[] values)
    {
        int size = 0;
        foreach (sqlite3_value value in values)
        {
            // Asked how long it is, SQLite would write a number out as text first.
            bool isNumber = raw.sqlite3_value_type(value) is raw.SQLITE_INTEGER or raw.SQLITE_FLOAT;
            size += 5 + (isNumber ? sizeof(long) : raw.sqlite3_value_bytes(value));
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
        int end = 0;
        foreach (sqlite3_value value in values)
        {
            end += Write(value, buffer.AsSpan(end));
        }

        Span<byte> sum = stackalloc byte[ByteCount];
        OfContent(buffer.AsSpan(0, end), sum);
        buffer.AsSpan(0, end).Clear();
        ArrayPool<byte>.Shared.Return(buffer);
        raw.sqlite3_result_blob(context, sum);
    }

    private static int Write(sqlite3_value value, Span<byte> buffer)
    {
        int type = raw.sqlite3_value_type(value);
        Span<byte> number = stackalloc byte[sizeof(long)];
        scoped ReadOnlySpan<byte> bytes;
        switch (type)
        {
            case raw.SQLITE_INTEGER:
                BinaryPrimitives.WriteInt64LittleEndian(number, raw.sqlite3_value_int64(value));
                bytes = number;
                break;
            case raw.SQLITE_FLOAT:
                BinaryPrimitives.WriteDoubleLittleEndian(number, raw.sqlite3_value_double(value));
                bytes = number;
                break;
            case raw.SQLITE_NULL:
                bytes = default;
                break;
            default:
                bytes = raw.sqlite3_value_blob(value);
                break;
        }

        buffer[0] = (byte)type;
        BinaryPrimitives.WriteInt32LittleEndian(buffer[1..], bytes.Length);
        bytes.CopyTo(buffer[5..]);
        return 5 + bytes.Length;
    }
}
