using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>The files of a store: whose they are, who may read them, and what must be in them before it is worked on.</summary>
internal static class SqliteFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // 8 MiB: the leaves of the indexes over random ids, which SQLite's own 2 MB make it read again and again.
    private const int CachePages = 2048;

    /// <summary>Keeps a second process out for as long as it isn't disposed of.</summary>
    public static FileStream TakeOwnership(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = OwnerOnly,
            });
        }
        catch (IOException busy) when (File.Exists(path))
        {
            throw new MessageStoreException("The message store is in use by another process; stop that node first.", 0, busy);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MessageStoreException($"The message store's folder can't be written: {failure.GetType().Name}. Check that it exists and its owner.", 0, failure);
        }
    }

    /// <summary>Creates an empty file, which SQLite takes for a new database. It takes some very short files of another kind for one too.</summary>
    public static void CreateIfMissing(string path)
    {
        ReadOnlySpan<byte> magic = "SQLite format 3\0"u8;
        Span<byte> start = stackalloc byte[magic.Length];
        try
        {
            using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, UnixCreateMode = OwnerOnly });
            int length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            if (length > 0 && !start[..length].SequenceEqual(magic))
            {
                throw new MessageStoreException("The message store's file is something else; name another file in the configuration, or restore a backup.");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Inaccessible(failure);
        }
    }

    /// <summary>SQLite gives the -wal and -shm files that it creates the mode of the database file. What was there before may be wider.</summary>
    public static void CloseToOthers(string path)
    {
        try
        {
            foreach (string file in (string[])[path, path + "-wal", path + "-shm", path + ".lock"])
            {
                if (File.Exists(file) && File.GetUnixFileMode(file) != OwnerOnly)
                {
                    File.SetUnixFileMode(file, OwnerOnly);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Inaccessible(failure);
        }
    }

    private static MessageStoreException Inaccessible(Exception failure) =>
        new($"The message store's file can't be created, read or closed to others: {failure.GetType().Name}. Check that it is a file, and its owner.", 0, failure);

    /// <summary>Makes the tables of an empty file and brings those of an older release to the present ones.</summary>
    /// <exception cref="MessageStoreException">It is something else, another node's, damaged, or of a newer release.</exception>
    public static void Prepare(SqliteDatabase database, NodeAddress? own)
    {
        // Nothing is written before it is known whose file it is.
        long version = CheckWhatItIs(database);
        if (own is { } node && version > 0 && SqliteOwner.IsOfAnother(database, version, node))
        {
            throw new MessageStoreException(
                "The message store is another node's: what is in it was sent or received under another identity key. Name this node's own store file in the configuration, or use the identity key "
                + "that the store belongs to; a file that isn't there yet becomes an empty store. If the key was changed, name the statements that say so (network:successions).");
        }

        if (version == 0)
        {
            // Pages that are free can be given back to the file system; a file has this from its first page on.
            database.Execute("PRAGMA auto_vacuum=INCREMENTAL");
        }

        if (database.ScalarText("PRAGMA journal_mode=WAL") != "wal")
        {
            throw new MessageStoreException("The message store's file system doesn't support SQLite's write-ahead log; use a local disk.");
        }

        // The write-ahead log grows with the greatest transaction and would stay so long; the limit cuts it back.
        database.Execute($"PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST; PRAGMA cache_size={CachePages}; PRAGMA wal_autocheckpoint={SqliteRoom.LogPages}; PRAGMA journal_size_limit=16777216;");
        if (version == 0)
        {
            database.InTransaction(() => database.Execute(
                $"{SqliteSchema.Tables} {SqliteSchema.Parts} {SqliteSchema.Anonymous} {SqliteSchema.Counters} PRAGMA application_id={SqliteSchema.ApplicationId}; PRAGMA user_version={SqliteSchema.Version};"));
        }
        else if (version < SqliteSchema.Version)
        {
            SqliteMigrations.Run(database, version);
        }

        SqliteStructure.Check(database);
    }

    public static long BytesOf(SqliteDatabase database) => database.Scalar("PRAGMA page_count") * database.Scalar("PRAGMA page_size");

    /// <summary>The version of its schema; 0: it is empty.</summary>
    private static long CheckWhatItIs(SqliteDatabase database)
    {
        long application = database.Scalar("PRAGMA application_id");
        long version = database.Scalar("PRAGMA user_version");
        if (application == 0 && version == 0 && database.Scalar("SELECT COUNT(*) FROM sqlite_master") == 0)
        {
            return 0;
        }

        if (application != SqliteSchema.ApplicationId)
        {
            throw new MessageStoreException("The file is an SQLite database, but not a message store; name another file in the configuration.");
        }

        if (version < 1 || version > SqliteSchema.Version)
        {
            throw new MessageStoreException(
                $"The message store has schema version {version}, this program knows versions 1 to {SqliteSchema.Version}; run the release that wrote it, or put back a backup made before it was upgraded.");
        }

        return version;
    }
}
