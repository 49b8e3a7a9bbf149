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
    private readonly FileStream _ownership;
    private readonly SqliteDatabase _writing;
    private readonly SqliteDatabase _reading;
    private readonly string _path;
    private readonly SqliteDamage _damage;
    private readonly SqlitePruner _pruner;
    private readonly SqliteRoom _room;
    private readonly SqlitePartedWriter _parts;
    private readonly SqliteWriter _writer;
    private readonly SqliteReader _reader;
    private readonly SqliteTally _tally;
    private readonly SqliteConsumerReader _consumers;
    private readonly Lock _readLock = new();
    private readonly Lock _writeLock = new();
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
        _room = new SqliteRoom(writing, options.Space?.Invoke(writing) ?? new FileSpace(path + ".reserve", options.ReserveBytes));
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
        FileStream ownership = SqliteFile.TakeOwnership(path + ".lock");
        SqliteDatabase? writing = null;
        SqliteDatabase? reading = null;
        SqliteDatabase? counting = null;
        try
        {
            StoreRestore.RefuseUnfinished(path);
            SqliteFile.CreateIfMissing(path);
            writing = SqliteDatabase.Open(path, readOnly: false);
            SqliteFile.Prepare(writing, options.Own);
            SqliteFile.CloseToOthers(path);
            reading = SqliteDatabase.Open(path, readOnly: true);
            counting = SqliteDatabase.Open(path, readOnly: true);
            bool isSmall = SqliteFile.BytesOf(writing) <= options.MostBytesCheckedAtStart;
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
            _room.Look();
            CommitMending(operations);
        }
    }

    /// <inheritdoc/>
    public bool IsShortOfSpace => _room.IsShort;

    /// <inheritdoc/>
    public int Upkeep(StoreRetention retention, long nowUnixMillis, int maxRows)
    {
        ArgumentNullException.ThrowIfNull(retention);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        lock (_writeLock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            int pruned = 0;
            StoreRetention now = _room.IsShort ? retention with { AcknowledgedBytes = 0 } : retention;
            try
            {
                Mend(_ =>
                {
                    pruned = _pruner.Prune(now, nowUnixMillis, maxRows);
                    return true;
                });
                _room.GiveBack();
            }
            catch (MessageStoreException failure) when (failure.IsFull)
            {
                // There is no room even for making some: nothing has happened, and commits may still find the reserve.
                pruned = 0;
                _room.BecomeShort();
            }

            _room.TryRecover();
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
            bytes = SqliteFile.BytesOf(_reading);
        }

        SqliteBackup.RequireRoom(file, bytes, _room.Space);
        SqliteBackup.Run(_path, file);
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadOutboxContent(MessageId id) => Read(reader => reader.Sent.Content(id));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadPartial(Place place) => Read(reader => reader.Partials.Content(place));

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
        return afterPosition >= long.MaxValue ? [] : Read(reader => reader.Inbox.Ready(afterPosition, maxItems, maxBytes, includeConsumed));
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
        return first >= long.MaxValue ? [] : Read(reader => reader.Sent.Kept(recipient, conversation, first, Math.Min(end, long.MaxValue), maxMessages));
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
        return first.Sequence >= long.MaxValue ? [] : Read(reader => reader.Inbox.Former(first, Math.Min(last, long.MaxValue), maxIds));
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
}
