using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// The message store in one SQLite file (write-ahead log, <c>synchronous=FULL</c>): a commit returns after its fsync. Files have mode
/// 0600, and a lock file keeps a second process out, whose cores would otherwise work on a state that changes under them.
/// A file of an older schema is brought to the present one, one of a newer is refused. Every row carries a checksum.
/// </summary>
public sealed partial class SqliteMessageStore : IMessageStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const long FewPages = 256;
    private const int LogPages = 1000;

    // 8 MiB: the leaves of the indexes over random ids, which SQLite's own 2 MB make it read again and again.
    private const int CachePages = 2048;
    private const int LogPagesWhenShort = 16;
    private readonly FileStream _ownership;
    private readonly SqliteDatabase _writing;
    private readonly SqliteDatabase _reading;
    private readonly string _path;
    private readonly SqliteDamage _damage;
    private readonly SqlitePruner _pruner;
    private readonly IStoreSpace _space;
    private readonly SqlitePartedWriter _parts;
    private readonly SqliteWriter _writer;
    private readonly SqliteReader _reader;
    private readonly SqliteTally _tally;
    private readonly SqliteConsumerReader _consumers;
    private readonly Lock _readLock = new();
    private readonly Lock _writeLock = new();
    private volatile bool _isShort;
    private bool _disposed;

    private SqliteMessageStore(string path, FileStream ownership, SqliteDatabase writing, SqliteDatabase reading, SqliteDatabase counting, SqliteStoreOptions options)
    {
        _path = path;
        _ownership = ownership;
        _writing = writing;
        _reading = reading;
        _damage = new SqliteDamage(writing, () => options.Time.GetUtcNow().ToUnixTimeMilliseconds());
        var rows = new SqliteRows(writing, () => _damage.Inspect());
        _parts = new SqlitePartedWriter(rows);
        _writer = new SqliteWriter(rows, _parts);
        _pruner = new SqlitePruner(writing, _parts);
        _space = options.Space?.Invoke(writing) ?? new FileSpace(path + ".reserve", options.ReserveBytes);
        _space.TryHold();
        _isShort = !_space.IsHeld || _space.IsScarce;
        _reader = new SqliteReader(reading);
        _tally = new SqliteTally(counting, options.Time);
        _consumers = new SqliteConsumerReader(reading);
        _anonymous = new SqliteAnonymousReader(reading);
    }

    /// <summary>The writing connection, for tests: what is in force on it, and how it behaves when its disk is full.</summary>
    internal SqliteDatabase Connection => _writing;

    /// <summary>Opens or creates the store.</summary>
    /// <param name="path">The database file; its folder must exist. <c>-wal</c>, <c>-shm</c> and <c>.lock</c> files appear beside it.</param>
    /// <param name="options">Null: the defaults, without a reserve.</param>
    /// <exception cref="MessageStoreException">Owned by another process, another node's, not a message store, damaged beyond repair, half put back from a backup, or of a newer version.</exception>
    public static SqliteMessageStore Open(string path, SqliteStoreOptions? options = null)
    {
        options ??= new SqliteStoreOptions();
        FileStream ownership = TakeOwnership(path + ".lock");
        SqliteDatabase? writing = null;
        SqliteDatabase? reading = null;
        SqliteDatabase? counting = null;
        try
        {
            StoreRestore.RefuseUnfinished(path);
            CreateIfMissing(path);
            writing = SqliteDatabase.Open(path, readOnly: false);
            Prepare(writing, options.Own);
            CloseToOthers(path);
            reading = SqliteDatabase.Open(path, readOnly: true);
            counting = SqliteDatabase.Open(path, readOnly: true);
            bool isSmall = BytesOf(writing) <= options.MostBytesCheckedAtStart;
            var store = new SqliteMessageStore(path, ownership, writing, reading, counting, options) { WasCheckedAtStart = isSmall };
            if (isSmall)
            {
                store.CheckTrees();
            }

            store.Mend(static damage =>
            {
                damage.Inspect();
                return true;
            });
            writing.InTransaction(() => SqliteLetterNumbers.Begin(writing));
            if (options.Own is { } own)
            {
                writing.InTransaction(() => SqliteOwner.Claim(writing, own));
            }

            writing.InTransaction(store._parts.DropAllStaged);
            return store;
        }
        catch
        {
            counting?.Dispose();
            reading?.Dispose();
            writing?.Dispose();
            ownership.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public EndpointState Load(int outboxPage = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outboxPage);
        return Read(reader => reader.Load(outboxPage));
    }

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<StoreOperation> operations)
    {
        ArgumentNullException.ThrowIfNull(operations);
        lock (_writeLock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_space.IsScarce)
            {
                BecomeShort();
            }

            CommitMending(operations);
        }
    }

    /// <inheritdoc/>
    public bool IsShortOfSpace => _isShort;

    /// <inheritdoc/>
    public int Upkeep(StoreRetention retention, long nowUnixMillis, int maxRows)
    {
        ArgumentNullException.ThrowIfNull(retention);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        lock (_writeLock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            int pruned = 0;
            StoreRetention now = _isShort ? retention with { AcknowledgedBytes = 0 } : retention;
            try
            {
                Mend(_ =>
                {
                    pruned = _pruner.Prune(now, nowUnixMillis, maxRows);
                    return true;
                });
                GiveBack();
            }
            catch (MessageStoreException failure) when (failure.IsFull)
            {
                // There is no room even for making some: nothing has happened, and commits may still find the reserve.
                pruned = 0;
                BecomeShort();
            }

            if (_isShort)
            {
                _space.TryHold();
                _isShort = !_space.IsHeld || _space.IsScarce;
                if (!_isShort)
                {
                    _writing.Scalar($"PRAGMA wal_autocheckpoint={LogPages}");
                }
            }

            return pruned;
        }
    }

    /// <summary>Copies the store, as it is at one moment, into a file that isn't there yet; commits and reads go on meanwhile. The copy is looked at before it has that name.</summary>
    /// <exception cref="MessageStoreException">There is no room for it beside what the store itself needs, it can't be written, or the store is damaged.</exception>
    public void Backup(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        long bytes;
        lock (_readLock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            bytes = _reading.Scalar("PRAGMA page_count") * _reading.Scalar("PRAGMA page_size");
        }

        SqliteBackup.RequireRoom(file, bytes, _space);
        SqliteBackup.Run(_path, file);
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadOutboxContent(MessageId id) => Read(reader => reader.OutboxContent(id));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadPartial(Place place) => Read(reader => reader.Partial(place));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadOutboxPart(MessageId id, long offset, int length) => Read(reader => reader.Parts.OfOutbox(id, NotNegative(offset), length));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadPartialPart(Place place, long offset, int length) => Read(reader => reader.Parts.OfPartial(place, NotNegative(offset), length));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadInboxPart(ulong position, long offset, int length) =>
        position >= long.MaxValue ? null : Read(reader => reader.Parts.OfInbox(position, NotNegative(offset), length));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadDeadLetterPart(long number, long offset, int length) => Read(reader => reader.Parts.OfDeadLetter(number, NotNegative(offset), length));

    /// <inheritdoc/>
    public IReadOnlyList<InboxItem> ReadInbox(ulong afterPosition, int maxItems, long maxBytes, bool includeConsumed = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxItems);
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);

        // The position comes from outside; none is ever so great.
        return afterPosition >= long.MaxValue ? [] : Read(reader => reader.Inbox(afterPosition, maxItems, maxBytes, includeConsumed));
    }

    /// <inheritdoc/>
    public IReadOnlyList<InboxHead> ReadInboxHeads(ulong afterPosition, int maxHeads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxHeads);
        return afterPosition >= long.MaxValue ? [] : Read(_ => _consumers.Heads(afterPosition, maxHeads));
    }

    /// <inheritdoc/>
    public IReadOnlyList<InboxHead> ReadConversationHeads(Place after, int maxHeads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxHeads);
        return Read(_ => _consumers.Heads(after, maxHeads));
    }

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
    public IReadOnlyList<KeptMessage> ReadKept(NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxMessages);
        return first >= long.MaxValue ? [] : Read(reader => reader.Kept(recipient, conversation, first, Math.Min(end, long.MaxValue), maxMessages));
    }

    /// <inheritdoc/>
    public IReadOnlyList<OutboxEntry> ReadWaiting(NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxEntries);
        return first >= long.MaxValue ? [] : Read(reader => reader.Outbox.Waiting(recipient, conversation, first, maxEntries, byExpiry));
    }

    /// <inheritdoc/>
    public OutboxEntry? ReadUnsettled(MessageId id) => Read(reader => reader.Outbox.Unsettled(id));

    /// <inheritdoc/>
    public IReadOnlyList<MessageId> ReadFormer(Place first, ulong last, int maxIds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxIds);
        return first.Sequence >= long.MaxValue ? [] : Read(reader => reader.Former(first, Math.Min(last, long.MaxValue), maxIds));
    }

    /// <inheritdoc/>
    public IReadOnlyList<StoredGap> ReadGaps(long afterNumber, int maxGaps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxGaps);
        return Read(reader => reader.Gaps(afterNumber, maxGaps));
    }

    /// <inheritdoc/>
    public StoreCounts Count() => Read(static reader => reader.Count());

    /// <inheritdoc/>
    public StoreCounts RecentCounts() => _tally.Recent();

    /// <summary>How old what waits is, and how much room all takes.</summary>
    public StoreFigures Figures()
    {
        StoreFigures figures = Read(static reader => reader.Figures());
        return figures with { FileBytes = LengthOf(_path) + LengthOf(_path + "-wal") };
    }

    /// <summary>Closes the files; what was committed stays.</summary>
    public void Dispose()
    {
        lock (_writeLock)
        {
            lock (_readLock)
            {
                _disposed = true;
                _tally.Dispose();
                _reading.Dispose();
                _writing.Dispose();
                _ownership.Dispose();
            }
        }
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>Does what is one transaction. If there is no room for it, the reserve is given up, and it is done again in that room: nothing of it is there.</summary>
    private void WithReserve(Action work)
    {
        try
        {
            work();
        }
        catch (MessageStoreException failure) when (failure.IsFull && _space.IsHeld)
        {
            _space.Release();
            BecomeShort();
            _writing.Scalar("PRAGMA wal_checkpoint(TRUNCATE)");
            work();
        }
    }

    /// <summary>From now on the log is kept short: what stands in it stands in the database too.</summary>
    private void BecomeShort()
    {
        _isShort = true;
        _writing.Scalar($"PRAGMA wal_autocheckpoint={LogPagesWhenShort}");
    }

    /// <summary>
    /// Free pages are used again; when they are more than a quarter of the file, or room is short, some go back to the file system. Where the file doesn't know how (it is of an
    /// older release), they stay and are used again.
    /// </summary>
    private void GiveBack()
    {
        long free = _writing.Scalar("PRAGMA freelist_count");
        if (free > FewPages && (_isShort || 4 * free > _writing.Scalar("PRAGMA page_count")))
        {
            _writing.Execute($"PRAGMA incremental_vacuum({FewPages})");
        }

        if (_isShort)
        {
            _writing.Scalar("PRAGMA wal_checkpoint(TRUNCATE)");
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

    private static long NotNegative(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return offset;
    }

    internal static FileStream TakeOwnership(string path)
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

    private static void Prepare(SqliteDatabase database, NodeAddress? own)
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
        database.Execute($"PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST; PRAGMA cache_size={CachePages}; PRAGMA wal_autocheckpoint={LogPages}; PRAGMA journal_size_limit=16777216;");
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

    private static long BytesOf(SqliteDatabase database) => database.Scalar("PRAGMA page_count") * database.Scalar("PRAGMA page_size");

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
