using System.Globalization;
using SQLitePCL;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Copies a store that is in use, as it is at one moment, by SQLite's online backup, and looks at the copy before it calls it one: SQLite's own check of its pages, and every
/// checksum.
/// </summary>
internal static class SqliteBackup
{
    /// <exception cref="MessageStoreException">A backup of so many bytes would take what the store needs itself, or there is no room at all.</exception>
    public static void RequireRoom(string target, long bytes, IStoreSpace space)
    {
        if (!File.Exists(target) && space.RoomFor(target) is var room && room < bytes)
        {
            throw new MessageStoreException(string.Create(
                CultureInfo.InvariantCulture,
                $"There isn't room for the backup: it takes {bytes} bytes, and {room} may be taken there without what the message store needs itself. Name a file on another disk, or make room."));
        }
    }

    public static void Run(string source, string target)
    {
        if (File.Exists(target))
        {
            throw new MessageStoreException("There is a file of the backup's name already; name another one, or move it away.");
        }

        // Until it is whole it has another name: a backup that was interrupted isn't taken for one.
        string part = target + ".part";
        try
        {
            File.Delete(part);
            new FileStream(part, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).Dispose();
            Copy(source, part);
            Check(part);
            using (FileStream file = File.OpenWrite(part))
            {
                file.Flush(flushToDisk: true);
            }

            File.Move(part, target);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MessageStoreException($"The backup can't be written: {failure.GetType().Name}. Check that its folder exists, its owner, and that there is room.", 0, failure);
        }
        finally
        {
            DeleteQuietly(part);
        }
    }

    private static void Copy(string source, string part)
    {
        // Who copied a store's files when it wasn't closed has a journal beside it: what it undoes must be undone first, which takes writing.
        using SqliteDatabase from = SqliteDatabase.Open(source, readOnly: new FileInfo(source + "-journal") is not { Exists: true, Length: > 0 });
        using SqliteDatabase to = SqliteDatabase.Open(part, readOnly: false);
        to.CopyFrom(from);

        // A backup of an older release is put back as that release's store would be opened.
        long version = to.Scalar("PRAGMA user_version");
        if (to.Scalar("PRAGMA application_id") != SqliteSchema.ApplicationId || version < 1)
        {
            throw new MessageStoreException("The file is no backup of a message store.");
        }

        if (version > SqliteSchema.Version)
        {
            throw new MessageStoreException($"The backup has schema version {version}, this program knows versions 1 to {SqliteSchema.Version}; use the release that wrote it.");
        }

        if (version < SqliteSchema.Version)
        {
            SqliteMigrations.Run(to, version);
        }

        // One file, without a log beside it.
        to.ScalarText("PRAGMA journal_mode=DELETE");
    }

    private static void Check(string part)
    {
        using SqliteDatabase copy = SqliteDatabase.Open(part, readOnly: true);
        Require(copy.ScalarText("PRAGMA integrity_check(1)") == "ok");

        foreach (SqliteTable table in SqliteTable.All)
        {
            Require(copy.Scalar($"SELECT COUNT(*) FROM {table.Name} NOT INDEXED WHERE {table.Sound} IS NOT 1") == 0);
        }

        Require(copy.Scalar("SELECT COUNT(*) FROM outbox JOIN outbox_content USING (message_id) WHERE content_sum(content) <> content_sum") == 0);
        Require(copy.Scalar("SELECT COUNT(*) FROM inbox JOIN inbox_content USING (row) WHERE content_sum(content) <> content_sum") == 0);
        Require(copy.Scalar("SELECT COUNT(*) FROM fragment WHERE content_sum(content) <> content_sum") == 0);
        Require(copy.Scalar("SELECT COUNT(*) FROM dead_letter JOIN dead_letter_content USING (number) WHERE content_sum(content) <> content_sum") == 0);
        var sum = new PartSum();
        using (SqliteStatement parts = copy.Prepare("SELECT row, content, sum FROM part"))
        {
            while (parts.Read())
            {
                Require(sum.Is(parts.Int64(0), parts.Blob(1), parts.Blob(2)));
            }
        }

        Require(copy.Scalar("SELECT COUNT(*) FROM consumer JOIN consumer_state USING (name) WHERE content_sum(content) <> state_sum") == 0);
    }

    private static void Require(bool sound)
    {
        if (!sound)
        {
            throw Unsound();
        }
    }

    private static MessageStoreException Unsound() => new(
        "The backup isn't sound, because the store is damaged: restart the node, which takes what is damaged out of use and says what it was, and make the backup then.", raw.SQLITE_CORRUPT);

    private static void DeleteQuietly(string part)
    {
        foreach (string file in (string[])[part, part + "-journal", part + "-wal", part + "-shm"])
        {
            try
            {
                File.Delete(file);
            }
            catch (IOException)
            {
                // It is in the way of nothing: the next backup of this name begins by deleting it.
            }
        }
    }
}
