using System.Buffers;
using System.Text.Json;
using SQLitePCL;

namespace MixMq.Storage.Sqlite;

/// <summary>Where damaged rows and contents go: whole, with what is wrong with them. Inside its caller's transaction.</summary>
internal sealed class SqliteQuarantine(SqliteDatabase database, Func<long> now)
{
    private const string Insert = """
        INSERT INTO quarantine (number, source, cause, noticed, fields, content, sum)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, row_sum('quarantine', ?1, ?2, ?3, ?4, ?5))
        """;

    /// <summary>Takes a row of which the first columns are these; a content, if there is one, is the next.</summary>
    public void Take(string source, DamageCause cause, SqliteStatement row, IReadOnlyList<string> columns, bool hasContent)
    {
        Keep(source, cause, Fields(row, columns), hasContent ? row.Blob(columns.Count).ToArray() : []);
    }

    /// <summary>Says that something was set right of which there is nothing to keep.</summary>
    public void Note(string source, DamageCause cause) => Keep(source, cause, "{}"u8.ToArray(), []);

    private void Keep(string source, DamageCause cause, byte[] fields, byte[] content)
    {
        long number = database.Scalar("SELECT COALESCE(MAX(number), 0) + 1 FROM quarantine");
        SqliteRows.Any(database.Prepare(Insert).Bind(number).Bind(source).Bind((long)cause).Bind(now()).Bind(fields).Bind(content));
    }

    private static byte[] Fields(SqliteStatement row, IReadOnlyList<string> columns)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            for (int i = 0; i < columns.Count; i++)
            {
                json.WritePropertyName(columns[i]);
                switch (row.Type(i))
                {
                    case raw.SQLITE_INTEGER: json.WriteNumberValue(row.Int64(i)); break;
                    case raw.SQLITE_FLOAT: json.WriteStringValue(row.Double(i).ToString("R", System.Globalization.CultureInfo.InvariantCulture)); break;
                    case raw.SQLITE_TEXT: json.WriteStringValue(row.Text(i)); break;
                    case raw.SQLITE_NULL: json.WriteNullValue(); break;
                    default: json.WriteStringValue(Convert.ToHexStringLower(row.Blob(i))); break;
                }
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
