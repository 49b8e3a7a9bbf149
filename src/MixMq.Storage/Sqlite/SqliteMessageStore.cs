using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// The message store in one SQLite file (write-ahead log, <c>synchronous=FULL</c>): a commit returns after its fsync. Files have mode
/// 0600, and a lock file keeps a second process out, whose cores would otherwise work on a state that changes under them.
/// Schema version 1; a file of a newer version is refused.
/// </summary>
public sealed class SqliteMessageStore : IMessageStore
{
    private readonly FileStream _ownership;
    private readonly SqliteDatabase _writing;
    private readonly SqliteDatabase _reading;
    private readonly SqliteWriter _writer;
    private readonly SqliteReader _reader;
    private readonly Lock _readLock = new();
    private readonly Lock _writeLock = new();

    private SqliteMessageStore(FileStream ownership, SqliteDatabase writing, SqliteDatabase reading)
    {
        _ownership = ownership;
        _writing = writing;
        _reading = reading;
        _writer = new SqliteWriter(writing);
        _reader = new SqliteReader(reading);
    }

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
            CreateWithOwnerMode(path);
            writing = SqliteDatabase.Open(path, readOnly: false);
            Prepare(writing);
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
    public EndpointState Load()
    {
        lock (_readLock)
        {
            return _reader.Load();
        }
    }

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<StoreOperation> operations)
    {
        ArgumentNullException.ThrowIfNull(operations);
        lock (_writeLock)
        {
            _writer.Commit(operations);
        }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadOutboxContent(MessageId id)
    {
        lock (_readLock)
        {
            return _reader.OutboxContent(id);
        }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadPartial(Place place)
    {
        lock (_readLock)
        {
            return _reader.Partial(place);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<InboxItem> ReadInbox(ulong afterPosition, int maxItems, long maxBytes, bool includeConsumed = false)
    {
        lock (_readLock)
        {
            return _reader.Inbox(afterPosition, maxItems, maxBytes, includeConsumed);
        }
    }

    /// <inheritdoc/>
    public OutboxTrack? Track(MessageId id)
    {
        lock (_readLock)
        {
            return _reader.Track(id);
        }
    }

    /// <inheritdoc/>
    public StoreCounts Count()
    {
        lock (_readLock)
        {
            return _reader.Count();
        }
    }

    /// <summary>Closes the files; what was committed stays.</summary>
    public void Dispose()
    {
        lock (_writeLock)
        {
            lock (_readLock)
            {
                _reading.Dispose();
                _writing.Dispose();
                _ownership.Dispose();
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
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
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

    private static void CreateWithOwnerMode(string path)
    {
        if (!File.Exists(path))
        {
            // SQLite gives its -wal and -shm files the mode of the database file.
            using var created = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
    }

    private static void Prepare(SqliteDatabase database)
    {
        if (database.ScalarText("PRAGMA journal_mode=WAL") != "wal")
        {
            throw new MessageStoreException("The message store's file system doesn't support SQLite's write-ahead log; use a local disk.");
        }

        database.Execute("PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST; PRAGMA wal_autocheckpoint=1000;");
        long application = database.Scalar("PRAGMA application_id");
        long version = database.Scalar("PRAGMA user_version");
        if (application == 0 && version == 0 && database.Scalar("SELECT COUNT(*) FROM sqlite_master") == 0)
        {
            database.Execute(
                $"BEGIN IMMEDIATE; {SqliteSchema.Create} PRAGMA application_id={SqliteSchema.ApplicationId}; PRAGMA user_version={SqliteSchema.Version}; COMMIT;");
            return;
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
    }
}
