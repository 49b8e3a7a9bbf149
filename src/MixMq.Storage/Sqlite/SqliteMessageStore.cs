using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// The message store in one SQLite file (write-ahead log, <c>synchronous=FULL</c>): a commit returns after its fsync. Files have mode
/// 0600, and a lock file keeps a second process out, whose cores would otherwise work on a state that changes under them.
/// Schema version 1; a file of a newer version is refused.
/// </summary>
public sealed class SqliteMessageStore : IMessageStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly FileStream _ownership;
    private readonly SqliteDatabase _writing;
    private readonly SqliteDatabase _reading;
    private readonly SqliteWriter _writer;
    private readonly SqliteReader _reader;
    private readonly Lock _readLock = new();
    private readonly Lock _writeLock = new();
    private bool _disposed;

    private SqliteMessageStore(FileStream ownership, SqliteDatabase writing, SqliteDatabase reading)
    {
        _ownership = ownership;
        _writing = writing;
        _reading = reading;
        _writer = new SqliteWriter(writing);
        _reader = new SqliteReader(reading);
    }

    /// <summary>The writing connection, for tests: what is in force on it, and how it behaves when its disk is full.</summary>
    internal SqliteDatabase Connection => _writing;

    /// <summary>Opens or creates the store.</summary>
    /// <param name="path">The database file; its folder must exist. <c>-wal</c>, <c>-shm</c> and <c>.lock</c> files appear beside it.</param>
    /// <exception cref="MessageStoreException">Owned by another process, not a message store, damaged, or of a newer version.</exception>
    public static SqliteMessageStore Open(string path)
    {
        FileStream ownership = TakeOwnership(path + ".lock");
        SqliteDatabase? writing = null;
        SqliteDatabase? reading = null;
        try
        {
            CreateIfMissing(path);
            writing = SqliteDatabase.Open(path, readOnly: false);
            Prepare(writing);
            CloseToOthers(path);
            reading = SqliteDatabase.Open(path, readOnly: true);
            return new SqliteMessageStore(ownership, writing, reading);
        }
        catch
        {
            reading?.Dispose();
            writing?.Dispose();
            ownership.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public EndpointState Load() => Read(static reader => reader.Load());

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<StoreOperation> operations)
    {
        ArgumentNullException.ThrowIfNull(operations);
        lock (_writeLock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _writer.Commit(operations);
        }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadOutboxContent(MessageId id) => Read(reader => reader.OutboxContent(id));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadPartial(Place place) => Read(reader => reader.Partial(place));

    /// <inheritdoc/>
    public IReadOnlyList<InboxItem> ReadInbox(ulong afterPosition, int maxItems, long maxBytes, bool includeConsumed = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxItems);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);

        // The position comes from outside; none is ever so great.
        return afterPosition >= long.MaxValue ? [] : Read(reader => reader.Inbox(afterPosition, maxItems, maxBytes, includeConsumed));
    }

    /// <inheritdoc/>
    public OutboxTrack? Track(MessageId id) => Read(reader => reader.Track(id));

    /// <inheritdoc/>
    public StoreCounts Count() => Read(static reader => reader.Count());

    /// <summary>Closes the files; what was committed stays.</summary>
    public void Dispose()
    {
        lock (_writeLock)
        {
            lock (_readLock)
            {
                _disposed = true;
                _reading.Dispose();
                _writing.Dispose();
                _ownership.Dispose();
            }
        }
    }

    /// <summary>In one read transaction: all queries of one call see the same commit.</summary>
    private T Read<T>(Func<SqliteReader, T> query)
    {
        lock (_readLock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            try
            {
                _reading.Execute("BEGIN");
                return query(_reader);
            }
            finally
            {
                _reading.RollBackIfOpen();
            }
        }
    }

    private static FileStream TakeOwnership(string path)
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
    private static void CreateIfMissing(string path)
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
    private static void CloseToOthers(string path)
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

    private static void Prepare(SqliteDatabase database)
    {
        // Nothing is written before it is known whose file it is.
        bool empty = CheckWhatItIs(database);
        if (database.ScalarText("PRAGMA journal_mode=WAL") != "wal")
        {
            throw new MessageStoreException("The message store's file system doesn't support SQLite's write-ahead log; use a local disk.");
        }

        // The write-ahead log grows with the greatest transaction and would stay so long; the limit cuts it back.
        database.Execute("PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST; PRAGMA wal_autocheckpoint=1000; PRAGMA journal_size_limit=16777216;");
        if (empty)
        {
            database.Execute(
                $"BEGIN IMMEDIATE; {SqliteSchema.Create} PRAGMA application_id={SqliteSchema.ApplicationId}; PRAGMA user_version={SqliteSchema.Version}; COMMIT;");
        }
    }

    private static bool CheckWhatItIs(SqliteDatabase database)
    {
        long application = database.Scalar("PRAGMA application_id");
        long version = database.Scalar("PRAGMA user_version");
        if (application == 0 && version == 0 && database.Scalar("SELECT COUNT(*) FROM sqlite_master") == 0)
        {
            return true;
        }

        if (application != SqliteSchema.ApplicationId)
        {
            throw new MessageStoreException("The file is an SQLite database, but not a message store; name another file in the configuration.");
        }

        if (version != SqliteSchema.Version)
        {
            throw new MessageStoreException(
                $"The message store has schema version {version}, this program knows version {SqliteSchema.Version}; run the release that wrote it.");
        }

        return false;
    }
}
