namespace MixMq.Storage.Sqlite;

/// <summary>
/// What a store does about the room on its disk: a transaction that finds none is done in that of the reserve, which is taken back when there is room again; meanwhile the log is kept short, and free pages
/// go back to the file system. Its owner serialises the calls; <see cref="IsShort"/> may be read at any time.
/// </summary>
internal sealed class SqliteRoom
{
    /// <summary>Pages of the log after which it is written back.</summary>
    public const int LogPages = 1000;

    private const int LogPagesWhenShort = 16;
    private const long FewPages = 256;
    private readonly SqliteDatabase _writing;
    private readonly IStoreSpace _space;
    private volatile bool _isShort;

    /// <summary>Takes the reserve, if there is room for it.</summary>
    public SqliteRoom(SqliteDatabase writing, IStoreSpace space)
    {
        _writing = writing;
        _space = space;
        space.TryHold();
        _isShort = !space.IsHeld || space.IsScarce;
    }

    /// <summary>There is room for what completes, and for nothing new.</summary>
    public bool IsShort => _isShort;

    public IStoreSpace Space => _space;

    /// <summary>Before a commit.</summary>
    public void Look()
    {
        if (_space.IsScarce)
        {
            BecomeShort();
        }
    }

    /// <summary>Does what is one transaction. If there is no room for it, the reserve is given up, and it is done again in that room: nothing of it is there.</summary>
    public void WithReserve(Action work)
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
    public void BecomeShort()
    {
        _isShort = true;
        _writing.Scalar($"PRAGMA wal_autocheckpoint={LogPagesWhenShort}");
    }

    /// <summary>
    /// Free pages are used again; when they are more than a quarter of the file, or room is short, some go back to the file system. Where the file doesn't know how (it is of an
    /// older release), they stay and are used again.
    /// </summary>
    public void GiveBack()
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

    /// <summary>Ends the shortage, if there is room for the reserve again and more.</summary>
    public void TryRecover()
    {
        if (!_isShort)
        {
            return;
        }

        _space.TryHold();
        _isShort = !_space.IsHeld || _space.IsScarce;
        if (!_isShort)
        {
            _writing.Scalar($"PRAGMA wal_autocheckpoint={LogPages}");
        }
    }
}
