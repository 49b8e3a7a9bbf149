using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// The message store in one SQLite file (write-ahead log, <c>synchronous=FULL</c>): a commit returns after its fsync. Files have mode
/// 0600, and a lock file keeps a second process out, whose cores would otherwise work on a state that changes under them.
/// A file of an older schema is brought to the present one, one of a newer is refused. Every row carries a checksum.
/// </summary>
public sealed class SqliteMessageStore : IMessageStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const long GreatestCheckedAtStart = 64 << 20;
    private readonly FileStream _ownership;
    private readonly SqliteDatabase _writing;
    private readonly SqliteDatabase _reading;
    private readonly SqliteDamage _damage;
    private readonly SqliteWriter _writer;
    private readonly SqliteReader _reader;
    private readonly SqliteConsumerReader _consumers;
    private readonly Lock _readLock = new();
    private readonly Lock _writeLock = new();
    private bool _disposed;

    private SqliteMessageStore(FileStream ownership, SqliteDatabase writing, SqliteDatabase reading, TimeProvider time)
    {
        _ownership = ownership;
        _writing = writing;
        _reading = reading;
        _damage = new SqliteDamage(writing, () => time.GetUtcNow().ToUnixTimeMilliseconds());
        _writer = new SqliteWriter(new SqliteRows(writing, _damage.Inspect));
        _reader = new SqliteReader(reading);
        _consumers = new SqliteConsumerReader(reading);
    }

    /// <summary>The writing connection, for tests: what is in force on it, and how it behaves when its disk is full.</summary>
    internal SqliteDatabase Connection => _writing;

    /// <summary>Opens or creates the store.</summary>
    /// <param name="path">The database file; its folder must exist. <c>-wal</c>, <c>-shm</c> and <c>.lock</c> files appear beside it.</param>
    /// <param name="time">For what is noted with damage; null: the system's clock.</param>
    /// <exception cref="MessageStoreException">Owned by another process, not a message store, damaged beyond repair, or of a newer version.</exception>
    public static SqliteMessageStore Open(string path, TimeProvider? time = null)
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
            var store = new SqliteMessageStore(ownership, writing, reading, time ?? TimeProvider.System);
            CheckTrees(writing);
            writing.InTransaction(store._damage.Inspect);
            return store;
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
    public ConsumerState? ReadConsumer(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Read(_ => _consumers.Consumer(name));
    }

    /// <inheritdoc/>
    public bool HasCheckpoint(CheckpointId id) => Read(_ => _consumers.HasCheckpoint(id));

    /// <inheritdoc/>
    public IReadOnlyList<DeadLetter> ReadDeadLetters(long afterNumber, int maxItems)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxItems);
        return Read(_ => _consumers.DeadLetters(afterNumber, maxItems));
    }

    /// <inheritdoc/>
    public DeadLetter? ReadDeadLetter(long number) => Read(_ => _consumers.DeadLetter(number));

    /// <inheritdoc/>
    public IReadOnlyList<QuarantinedRow> ReadQuarantine(long afterNumber, int maxRows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxRows);
        return Read(reader => reader.Quarantine(afterNumber, maxRows));
    }

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

    /// <summary>Reads; if that meets damage, it is set right and read again. Each repair leaves less that is damaged, so this comes to an end.</summary>
    private T Read<T>(Func<SqliteReader, T> query)
    {
        while (true)
        {
            try
            {
                return ReadOnce(query);
            }
            catch (DamageFoundException found)
            {
                lock (_writeLock)
                {
                    ObjectDisposedException.ThrowIf(_disposed, this);
                    _writing.InTransaction(() => found.Repair(_damage));
                }
            }
        }
    }

    /// <summary>In one read transaction: all queries of one call see the same commit.</summary>
    private T ReadOnce<T>(Func<SqliteReader, T> query)
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
        long version = CheckWhatItIs(database);
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
        database.Execute("PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST; PRAGMA wal_autocheckpoint=1000; PRAGMA journal_size_limit=16777216;");
        if (version == 0)
        {
            database.InTransaction(() => database.Execute(
                $"{SqliteSchema.Tables} {SqliteSchema.Counters} PRAGMA application_id={SqliteSchema.ApplicationId}; PRAGMA user_version={SqliteSchema.Version};"));
        }
        else if (version < SqliteSchema.Version)
        {
            SqliteMigrations.Run(database, version);
        }
    }

    /// <summary>
    /// A bit flipped in an index hides rows that are sound. SQLite's own check finds that by reading the whole file, so it is done at the start only where that takes a moment.
    /// An index is made anew from its rows; where pages themselves are damaged, only a backup helps.
    /// </summary>
    private static void CheckTrees(SqliteDatabase database)
    {
        if (database.Scalar("PRAGMA page_count") * database.Scalar("PRAGMA page_size") > GreatestCheckedAtStart || database.ScalarText("PRAGMA integrity_check(1)") == "ok")
        {
            return;
        }

        database.Execute("REINDEX");
        if (database.ScalarText("PRAGMA integrity_check(1)") is not "ok" and var fault)
        {
            throw new MessageStoreException($"The message store is damaged; restore a backup: {fault}.", SQLitePCL.raw.SQLITE_CORRUPT);
        }
    }

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
