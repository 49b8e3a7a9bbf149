using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Sqlite;

/// <content>What is done where damage is met: while reading, committing, pruning, and by looking for it.</content>
public sealed partial class SqliteMessageStore
{
    /// <summary>Of one read: contents in parts may need one for each part.</summary>
    private const int MostRepairs = 64;

    /// <summary>
    /// Reads; if that meets damage, it is set right and read again. A repair goes through the rows; where it finds nothing, or the read fails, all of the store is examined, once.
    /// </summary>
    private T Read<T>(Func<SqliteReader, T> query)
    {
        bool examined = false;
        for (int repairs = 0; repairs < MostRepairs; repairs++)
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
                    bool isMended = false;
                    _room.WithReserve(() => isMended = Mend(found.Repair));
                    if (!isMended)
                    {
                        if (examined)
                        {
                            break;
                        }

                        examined = true;
                        Examine();
                    }
                }
            }
            catch (MessageStoreException failure) when (failure.IsDamage && !examined)
            {
                lock (_writeLock)
                {
                    ObjectDisposedException.ThrowIf(_disposed, this);
                    examined = true;
                    Examine();
                }
            }
        }

        throw Unmendable();
    }

    private static MessageStoreException Unmendable() => new("The message store is damaged in a way that its rows don't show; restore a backup.", SQLitePCL.raw.SQLITE_CORRUPT);

    /// <summary>
    /// What contradicts what stands there may be in order where an index is damaged, and what it hides is there. Nothing of the batch is, so all of it can be done again; where nothing was wrong, core
    /// and disk disagree.
    /// </summary>
    private void CommitMending(IReadOnlyList<StoreOperation> operations)
    {
        try
        {
            _room.WithReserve(() => _writer.Commit(operations));
        }
        catch (MessageStoreException failure) when (failure.IsDamage)
        {
            if (!Examine())
            {
                throw;
            }

            _room.WithReserve(() => _writer.Commit(operations));
        }
    }

    /// <summary>In a transaction; if it meets damage that it can't set right, all of the store is examined, and then it is done again.</summary>
    private bool Mend(Func<SqliteDamage, bool> work)
    {
        bool done = false;
        try
        {
            _writing.InTransaction(() => done = work(_damage));
        }
        catch (MessageStoreException failure) when (failure.IsDamage)
        {
            if (!Examine())
            {
                throw;
            }

            _writing.InTransaction(() => done = work(_damage));
        }

        return done;
    }

    /// <summary>Looks at all rows and at the trees of all pages, however long that takes, and sets right what can be; on a full disk in the room of the reserve, for what isn't set right stops the node.</summary>
    /// <returns>False: there was nothing wrong.</returns>
    private bool Examine()
    {
        bool renewed = false;
        bool found = false;
        _room.WithReserve(() => renewed = CheckTrees());
        _room.WithReserve(() => _writing.InTransaction(() => found = _damage.Inspect()));
        _room.WithReserve(() => _writing.InTransaction(() => found |= _damage.FillPlaces()));
        return renewed || found;
    }

    /// <summary>Whether SQLite's own check of the whole file was done when the store was opened.</summary>
    internal bool WasCheckedAtStart { get; private init; }

    /// <summary>Begins to look at all of the store while it is used. It is to be disposed of before the store.</summary>
    internal SqliteScrub BeginScrub() => new(_path);

    /// <summary>One step of that; what it finds is set right.</summary>
    /// <returns>False: that was the last one, and all has been looked at.</returns>
    internal bool LookOn(SqliteScrub scrub)
    {
        for (int tries = 0; scrub.Step() is not SqliteScrubFinding.Nothing and var finding; tries++)
        {
            lock (_writeLock)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                bool isMended = false;
                _room.WithReserve(() => isMended = tries == 0 && finding == SqliteScrubFinding.Row && Mend(static damage => damage.Inspect()));
                if (!isMended && (tries > 1 || !Examine()))
                {
                    throw Unmendable();
                }
            }
        }

        return !scrub.IsDone;
    }

    /// <summary>
    /// A bit flipped in an index hides rows that are sound. SQLite's own check finds that by searching each row in each index, half a minute for a million messages, so it is done at the start of a small store, and where damage was met.
    /// An index is made anew from its rows; where pages themselves are damaged, only a backup helps.
    /// </summary>
    /// <returns>False: there was nothing wrong.</returns>
    private bool CheckTrees()
    {
        if (_writing.ScalarText("PRAGMA integrity_check(1)") == "ok")
        {
            return false;
        }

        try
        {
            _writing.InTransaction(_damage.Renew);
        }
        catch (MessageStoreException failure) when (failure.Code == SQLitePCL.raw.SQLITE_CONSTRAINT)
        {
            // A damaged key is another row's: the row goes into quarantine first.
            _writing.InTransaction(() => _damage.Inspect());
            _writing.InTransaction(_damage.Renew);
        }

        if (_writing.ScalarText("PRAGMA integrity_check(1)") is not "ok" and var fault)
        {
            throw new MessageStoreException($"The message store is damaged; restore a backup: {fault}.", SQLitePCL.raw.SQLITE_CORRUPT);
        }

        return true;
    }
}
