using MixMq.Storage.Sqlite;

namespace MixMq.Storage;

/// <summary>Puts a backup in the place of a store that no process has open.</summary>
public static class StoreRestore
{
    /// <summary>Checks the backup, keeps the store that is there under another name, and puts a copy of the backup in its place.</summary>
    /// <param name="backup">What <see cref="SqliteMessageStore.Backup"/> made.</param>
    /// <param name="store">The store's file; its folder is there.</param>
    /// <param name="replace">Whether a store that is there may be replaced.</param>
    /// <param name="time">The clock, for the former store's name.</param>
    /// <returns>The former store's new name; null: there was none.</returns>
    /// <exception cref="MessageStoreException">The backup isn't one, isn't sound or is of a newer version; there is a store and it mustn't be replaced; a node runs; the disk.</exception>
    public static string? Run(string backup, string store, bool replace, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrEmpty(backup);
        ArgumentException.ThrowIfNullOrEmpty(store);
        ArgumentNullException.ThrowIfNull(time);
        if (!File.Exists(backup))
        {
            throw new MessageStoreException("There is no such backup.");
        }

        if (File.Exists(store) && !replace)
        {
            throw new MessageStoreException("There is a message store already. With --force it is replaced, and kept under another name.");
        }

        // Held until the end: a node that starts meanwhile is refused.
        using FileStream ownership = SqliteMessageStore.TakeOwnership(store + ".lock");
        string part = store + ".restored";
        try
        {
            File.Delete(part);
            SqliteBackup.Run(backup, part);
            string? former = null;
            foreach (string end in (string[])["-wal", "-shm", ""])
            {
                // The log first: without its database it does nothing, and a database without its log would lack what was committed last. A log whose
                // database somebody has moved away goes too: it would be played into the store that is put back.
                if (File.Exists(store + end))
                {
                    former ??= $"{store}.before-{time.GetUtcNow():yyyyMMdd'T'HHmmssfff'Z'}";
                    File.Move(store + end, former + end);
                }
            }

            File.Move(part, store);
            return former;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MessageStoreException($"The backup can't be put back: {failure.GetType().Name}. Check the folder's owner, and that there is room.", 0, failure);
        }
    }
}
