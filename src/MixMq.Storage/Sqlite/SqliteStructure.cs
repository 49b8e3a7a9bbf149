using System.Text;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Which tables, columns, keys and indexes a store has. What says so is text in the file, under no sum; with a bit flipped in it a statement may still have a meaning, and another one: a
/// column that is the row's key no more reads as nothing. So it is held against a new store's. What an older release made differs in its text and not in this, and SQLite's own tables, which an operator's tool may leave, don't count.
/// </summary>
internal static class SqliteStructure
{
    private const string Columns = """
        SELECT m.name || ' ' || (m.sql LIKE '%WITHOUT ROWID%') || ' ' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk
        FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY 1
        """;

    private const string Indexes = """
        SELECT m.name || ' ' || l."unique" || ' ' || l.partial || ' ' || COALESCE((SELECT group_concat(COALESCE(i.name, ''), ' ') FROM pragma_index_info(l.name) i), '')
        FROM sqlite_master m JOIN pragma_index_list(m.name) l WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY 1
        """;

    private static readonly Lazy<string> New = new(() =>
    {
        using SqliteDatabase empty = SqliteDatabase.Open(":memory:", readOnly: false);
        empty.Execute($"{SqliteSchema.Tables} {SqliteSchema.Parts} {SqliteSchema.Anonymous}");
        return Of(empty);
    });

    /// <exception cref="MessageStoreException">It isn't what this program makes.</exception>
    public static void Check(SqliteDatabase database)
    {
        if (Of(database) != New.Value)
        {
            throw new MessageStoreException("The message store's schema is damaged, or was changed by something else; restore a backup.", SQLitePCL.raw.SQLITE_CORRUPT);
        }
    }

    private static string Of(SqliteDatabase database)
    {
        var text = new StringBuilder();
        foreach (string sql in (string[])[Columns, Indexes])
        {
            using SqliteStatement query = database.Prepare(sql);
            while (query.Read())
            {
                text.Append(query.Text(0)).Append('\n');
            }
        }

        return text.ToString();
    }
}
