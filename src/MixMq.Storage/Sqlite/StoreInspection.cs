namespace MixMq.Storage.Sqlite;

/// <summary>
/// Looks into a store that no node has open, without touching a file: as it was when its log was last written back, which a node that ended in an orderly way has done.
/// </summary>
/// <remarks>
/// Not an ordinary read-only connection. That makes the files of the write-ahead log if they aren't there, and they would be its user's: whoever surveys a stopped
/// node as another user would keep the node from starting.
/// </remarks>
public static class StoreInspection
{
    /// <summary>Reads what the file holds.</summary>
    /// <param name="path">The database file.</param>
    /// <returns>Version of the schema, and for the present one counts and ages.</returns>
    /// <exception cref="MessageStoreException">It can't be opened, is no message store, or is damaged.</exception>
    public static (long Version, StoreCounts? Counts, StoreFigures? Figures) Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using SqliteDatabase database = SqliteDatabase.OpenImmutable(path);
        if (database.Scalar("PRAGMA application_id") != SqliteSchema.ApplicationId)
        {
            throw new MessageStoreException("The message store's file is something else; name another file in the configuration, or restore a backup.");
        }

        long version = database.Scalar("PRAGMA user_version");
        if (version != SqliteSchema.Version)
        {
            return (version, null, null);
        }

        var reader = new SqliteReader(database);
        return (version, reader.Count(), reader.Figures() with { FileBytes = new FileInfo(path).Length });
    }

    /// <summary>The version that this program writes.</summary>
    public static long PresentVersion => SqliteSchema.Version;
}
