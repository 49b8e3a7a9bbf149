using static MixMq.Storage.Sqlite.SqliteRows;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// The numbers of dead letters, by which operators name them and monitors read on: each is given once, also when the letter that had it is gone. The last one is a counter of the store's; a
/// store from before it was kept has none, and begins from the greatest number that it holds. Inside its caller's transaction.
/// </summary>
internal static class SqliteLetterNumbers
{
    /// <summary>Numbers left out where it isn't known how many were given: since a backup that is put back, or since what a damaged counter said.</summary>
    internal const long Skipped = 1_000_000;

    private const string Name = "dead_letters";
    private const string Last = $"SELECT MAX(COALESCE((SELECT value FROM counter WHERE name = '{Name}'), 0), COALESCE((SELECT MAX(number) FROM dead_letter), 0))";
    private static readonly string Advance = SqliteTable.Counter.Update("name = ?1", ("value", "MAX(value, COALESCE((SELECT MAX(number) FROM dead_letter), 0)) + 1"));

    /// <summary>Gives the next number.</summary>
    public static long Take(SqliteRows rows)
    {
        if (!IsKept(rows.Database))
        {
            Any(rows.Prepare(SqliteTable.Counter.Insert).Bind(Name).Bind(rows.Database.Scalar(Last)));
        }

        // A damaged one is set right first: what it says is not to be given.
        rows.Change(() => rows.Prepare(Advance).Bind(Name));
        return rows.Database.Scalar($"SELECT value FROM counter WHERE name = '{Name}'");
    }

    /// <summary>Before a letter may go: a store that keeps no last number yet begins to.</summary>
    public static void Begin(SqliteDatabase database)
    {
        if (!IsKept(database) && database.Scalar(Last) is > 0 and var last)
        {
            Any(database.Prepare(SqliteTable.Counter.Insert).Bind(Name).Bind(last));
        }
    }

    /// <summary>Leaves out what may have been given to others.</summary>
    public static void Skip(SqliteDatabase database)
    {
        long last = database.Scalar(Last) + Skipped;
        Any(database.Prepare($"DELETE FROM counter WHERE name = '{Name}'"));
        Any(database.Prepare(SqliteTable.Counter.Insert).Bind(Name).Bind(last));
    }

    private static bool IsKept(SqliteDatabase database) => Exists(database.Prepare($"SELECT 1 FROM counter WHERE name = '{Name}'"));
}
