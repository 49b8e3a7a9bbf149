using MixMq.Sphinx;
using MixMq.Storage.Sqlite;
using SQLitePCL;

namespace MixMq.Storage;

/// <summary>
/// Puts a backup in the place of a store that no process has open. It may be stopped anywhere: until it is done a whole copy of the backup lies beside the store under a name of its own,
/// with which no store is opened here and a second restore goes on; and the former store is whole, under one of its two names.
/// </summary>
public static class StoreRestore
{
    private const string Pending = ".restored-";
    private const string Former = ".before-";

    /// <summary>Checks the backup, keeps the store that is there under another name, and puts a copy of the backup in its place.</summary>
    /// <param name="backup">What <see cref="SqliteMessageStore.Backup"/> made.</param>
    /// <param name="store">The store's file; its folder is there.</param>
    /// <param name="own">The node whose store it is; null: whosever.</param>
    /// <param name="replace">Whether a store that is there may be replaced.</param>
    /// <param name="time">The clock, for the former store's name.</param>
    /// <returns>The former store's new name; null: there was none.</returns>
    /// <exception cref="MessageStoreException">The backup isn't one, is another node's, isn't sound or is of a newer version; there is a store and it mustn't be replaced; a node runs; the disk.</exception>
    public static string? Run(string backup, string store, NodeAddress? own, bool replace, TimeProvider time) => Run(backup, store, own, replace, time, static _ => { });

    /// <summary>The same; each step that is done is told.</summary>
    internal static string? Run(string backup, string store, NodeAddress? own, bool replace, TimeProvider time, Action<RestoreStep> reached)
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
        using FileStream ownership = SqliteFile.TakeOwnership(store + ".lock");
        try
        {
            string made = Copy(backup, store, own);

            // One that was stopped gave the former store its name, or was about to: with the same one, store and log stay together.
            string restored = Unfinished(store) ?? $"{store}{Pending}{time.GetUtcNow():yyyyMMdd'T'HHmmssfff'Z'}";
            string former = store + Former + restored[(store.Length + Pending.Length)..];
            File.Move(made, restored, overwrite: true);
            reached(RestoreStep.Copied);
            if (File.Exists(store))
            {
                Close(store);
            }

            reached(RestoreStep.Closed);
            MoveIfThere(store, former);
            reached(RestoreStep.StoreMoved);
            foreach (string end in (string[])["-wal", "-journal", "-shm"])
            {
                // A log goes with its store, also where that couldn't be opened, or somebody has moved it away: it would be played into the one that is put back.
                MoveIfThere(store + end, former + end);
            }

            reached(RestoreStep.LogsMoved);
            File.Move(restored, store);
            return File.Exists(former) || File.Exists(former + "-wal") || File.Exists(former + "-journal") ? former : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MessageStoreException($"The backup can't be put back: {failure.GetType().Name}. Check the folder's owner, and that there is room.", 0, failure);
        }
    }

    /// <exception cref="MessageStoreException">A restore was begun here and isn't done: what is in the store's place may be nothing, or half of what was there.</exception>
    internal static void RefuseUnfinished(string store)
    {
        if (Unfinished(store) is { } restored)
        {
            throw new MessageStoreException(
                $"A restore of the message store was interrupted: run mixmq restore again, with --force. To go on with the former store instead, delete {Path.GetFileName(restored)}; and if there is no "
                + $"{Path.GetFileName(store)} beside it, first give the files of the newest {Path.GetFileName(store)}{Former}… their names back.");
        }
    }

    private static string? Unfinished(string store) =>
        Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(store)))
            ? Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(store))!, Path.GetFileName(store) + Pending + "*").Where(file => !file.EndsWith("-journal", StringComparison.Ordinal))
                .Select(file => store + file[Path.GetFullPath(store).Length..]).Order(StringComparer.Ordinal).LastOrDefault()
            : null;

    private static string Copy(string backup, string store, NodeAddress? own)
    {
        string made = store + ".restoring";
        File.Delete(made);
        try
        {
            SqliteBackup.Run(backup, made);
        }
        catch (MessageStoreException failure) when (failure.Code is raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT or raw.SQLITE_ERROR)
        {
            // Said of the store where a backup is made of it; here it is the backup that is at fault.
            throw new MessageStoreException(
                failure.Code == raw.SQLITE_NOTADB
                    ? "The file is no backup of a message store; name one that mixmq backup made."
                    : "The backup is damaged, or of a damaged store: put back another one. The store is as it was.",
                failure.Code,
                failure);
        }

        try
        {
            using SqliteDatabase copy = SqliteDatabase.Open(made, readOnly: false);
            SqliteStructure.Check(copy);
            if (own is { } node && SqliteOwner.IsOfAnother(copy, SqliteSchema.Version, node))
            {
                throw new MessageStoreException(
                    "The backup is of another node's message store. Name a backup of this node's, or the configuration of the node that it is of; the identity key must be the one that it was made under.");
            }

            // No journal beside it: where this is interrupted, the copy is made anew.
            copy.ScalarText("PRAGMA journal_mode=MEMORY");
            copy.InTransaction(() => SqliteLetterNumbers.Skip(copy));
        }
        catch (MessageStoreException)
        {
            File.Delete(made);
            throw;
        }

        return made;
    }

    /// <summary>What is in its log goes into the store, or is undone in it, so that one file is all of it. Where that can't be done, it keeps its log.</summary>
    private static void Close(string store)
    {
        try
        {
            using SqliteDatabase database = SqliteDatabase.Open(store, readOnly: false);
            database.ScalarText("PRAGMA journal_mode=DELETE");
        }
        catch (MessageStoreException)
        {
            // It is damaged, or its disk full: a backup is put back for just that.
        }
    }

    private static void MoveIfThere(string file, string name)
    {
        if (File.Exists(file))
        {
            File.Move(file, name);
        }
    }
}
