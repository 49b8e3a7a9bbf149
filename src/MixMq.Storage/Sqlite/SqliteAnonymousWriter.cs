using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using static MixMq.Storage.Sqlite.SqliteRows;

namespace MixMq.Storage.Sqlite;

/// <summary>Applies what concerns replies to anonymous messages: at the asker, the questions; at the recipient, the replies.</summary>
internal sealed class SqliteAnonymousWriter(SqliteRows rows)
{
    private static readonly byte[] EmptySum = RowSum.OfContent([]);
    private static readonly string MoveQuestion = SqliteTable.Question.Update("id = ?1 AND status < ?2", ("status", "?2"), ("settled", "?3"));

    private static readonly string ToPending = SqliteTable.Reply.Update(
        "question = ?1 AND status = 0", ("status", "1"), ("label", "?2"), ("content_length", "?3"), ("content_sum", "?4"), ("created", "?5"));

    private static readonly string ToSettled = SqliteTable.Reply.Update(
        "question = ?1 AND status IN (0, 1)", ("status", "?2"), ("settled", "?3"), ("content_length", "0"), ("content_sum", "?4"));

    /// <summary>Questions that have come to their end, and replies that nobody can ask about any more.</summary>
    /// <returns>Rows removed.</returns>
    public static int Prune(SqliteDatabase database, long settledUpTo, int maxRows)
    {
        Any(database.Prepare("DELETE FROM question WHERE id IN (SELECT id FROM question WHERE status IN (2, 3) AND settled <= ?1 ORDER BY status, settled LIMIT ?2) AND +status IN (2, 3) AND +settled <= ?1")
            .Bind(settledUpTo).Bind(maxRows));
        int pruned = database.Changes;
        Any(database.Prepare("DELETE FROM reply WHERE question IN (SELECT question FROM reply WHERE status IN (0, 2, 3) AND until <= ?1 ORDER BY status, until LIMIT ?2) AND +status IN (0, 2, 3) AND +until <= ?1")
            .Bind(settledUpTo - AnonymousConstants.GraceMillis).Bind(maxRows));
        return pruned + database.Changes;
    }

    public void Open(StoredQuestion question) => rows.One(rows.Prepare(SqliteTable.Question.Insert)
        .Bind(question.Id.ToArray()).Bind(question.Recipient.ToArray()).Bind(question.Secret.Span).Bind(question.UntilUnixMillis).Bind((long)question.Status).Bind(0));

    /// <summary>A row that the disk has damaged is in quarantine, and nothing hangs on it: the reply itself is in the inbox.</summary>
    public void Move(StoreOperation.MoveQuestion move)
    {
        byte[] id = move.Id.ToArray();
        Any(rows.Prepare(MoveQuestion).Bind(id).Bind((long)move.Status).Bind(move.UnixMillis));
        Require(rows.Database.Changes == 1 || IsDamaged("question", "id", SqliteTable.Question, id));
    }

    public void Open(StoreOperation.OpenReply open)
    {
        byte[] id = open.Id.ToArray();
        byte[] reply = StoredReply.IdOf(open.Id).ToArray();
        rows.One(rows.Prepare(SqliteTable.Reply.Insert)
            .Bind(id).Bind(reply).Bind(open.UntilUnixMillis).Bind((long)ReplyStatus.Open).Bind("").Bind(0).Bind(EmptySum).Bind(0).Bind(0));
    }

    public void Append(StoreOperation.AppendReply append)
    {
        StoredReply reply = append.Reply;
        byte[] id = reply.Question.ToArray();
        Require(reply.ContentLength == append.Content.Length);
        rows.Change(() => rows.Prepare(ToPending).Bind(id).Bind(reply.Label).Bind(reply.ContentLength).Bind(RowSum.OfContent(append.Content.Span)).Bind(reply.CreatedUnixMillis));
        rows.One(rows.Prepare("INSERT INTO reply_content VALUES (?, ?)").Bind(id).Bind(append.Content.Span));
    }

    public void Settle(StoreOperation.SettleReply settle)
    {
        byte[] id = settle.Id.ToArray();
        Require(settle.Status is ReplyStatus.Acknowledged or ReplyStatus.Expired);
        Any(rows.Prepare(ToSettled).Bind(id).Bind((long)settle.Status).Bind(settle.UnixMillis).Bind(EmptySum));
        Require(rows.Database.Changes == 1 || IsDamaged("reply", "question", SqliteTable.Reply, id));
        Any(rows.Prepare("DELETE FROM reply_content WHERE question = ?").Bind(id));
    }

    private bool IsDamaged(string table, string key, SqliteTable rowsOf, byte[] id) =>
        !Exists(rows.Prepare($"SELECT 1 FROM {table} WHERE {key} = ? AND {rowsOf.Sound}").Bind(id));
}
