using MixMq.Storage.Sqlite;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>
/// Gives an index of a store the tree of pages that it would have if its table's rows were others: entries that are missing, or lead to other rows. The pages are sound, so that SQLite itself notices
/// nothing. It may be done while the store is open.
/// </summary>
internal static class DamagedIndex
{
    /// <summary>Makes it.</summary>
    /// <param name="file">The store's file.</param>
    /// <param name="table">The table.</param>
    /// <param name="index">Its index.</param>
    /// <param name="change">In SQL, what is done to the rows of the table <c>shadow</c>, from which the index is made.</param>
    public static void Make(string file, string table, string index, string change)
    {
        bool isAutomatic = index.StartsWith("sqlite_", StringComparison.Ordinal);
        string shadow = isAutomatic ? index.Replace(table, "shadow", StringComparison.Ordinal) : "shadow_index";
        using (SqliteDatabase database = SqliteDatabase.Open(file, readOnly: false))
        {
            database.Execute(Sql(database, table).Replace($"CREATE TABLE {table} ", "CREATE TABLE shadow ", StringComparison.Ordinal));
            if (!isAutomatic)
            {
                database.Execute(Sql(database, index).Replace($"CREATE INDEX {index} ON {table} ", $"CREATE INDEX {shadow} ON shadow ", StringComparison.Ordinal));
            }

            database.Execute($"INSERT INTO shadow SELECT * FROM {table}; {change}");
            long other = database.Scalar($"SELECT rootpage FROM sqlite_master WHERE name = '{shadow}'");
            long own = database.Scalar($"SELECT rootpage FROM sqlite_master WHERE name = '{index}'");
            database.Execute($"""
                PRAGMA writable_schema=ON;
                UPDATE sqlite_master SET rootpage = CASE name WHEN '{index}' THEN {other} ELSE {own} END WHERE name IN ('{index}', '{shadow}');
                """);
        }

        using SqliteDatabase again = SqliteDatabase.Open(file, readOnly: false);
        again.Execute("DROP TABLE shadow");
    }

    private static string Sql(SqliteDatabase database, string name) => database.ScalarText($"SELECT sql FROM sqlite_master WHERE name = '{name}'");
}
