namespace MixMq.Storage.Sqlite;

/// <summary>What a damaged row of the inbox says of itself. Any of it may be wrong.</summary>
internal sealed record InboxClaim(byte[] Sender, byte[] Conversation, long Sequence, byte[] Id, long Created, long Expires, long Position, long Received, bool Consumed)
{
    /// <summary>
    /// From a row whose columns are those of <see cref="SqliteTable.Inbox"/>. Null: two columns agree that it was held, so the application has never seen it. Nothing may stand
    /// for it, for in a wrong place it would keep the right message out; that this node has lost it shows when the sender's base has passed it.
    /// </summary>
    public static InboxClaim? Of(SqliteStatement row)
    {
        bool held = row.Int64(12) == 0 && row.Type(13) == SQLitePCL.raw.SQLITE_NULL;
        return held ? null : new(
            row.Blob(0).ToArray(), row.Blob(1).ToArray(), row.Int64(2), row.Blob(5).ToArray(), row.Int64(7), row.Int64(8), row.Int64(13), row.Int64(14), row.Int64(15) == 1);
    }
}
