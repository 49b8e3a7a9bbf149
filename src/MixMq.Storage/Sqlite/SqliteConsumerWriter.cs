using MixMq.Endpoint.Messaging;
using static MixMq.Storage.Sqlite.SqliteRows;

namespace MixMq.Storage.Sqlite;

/// <summary>Applies what consumers do with the inbox: checkpoints, deliveries that failed, dead letters.</summary>
internal sealed class SqliteConsumerWriter(SqliteRows rows, SqliteInboxWriter inbox, SqlitePartedWriter parts)
{
    private static readonly string Unconsumed = $"{SqliteTable.Key("position")} AND consumed = 0";
    private static readonly string CountOne = SqliteTable.Inbox.Update(Unconsumed, ("deliveries", "deliveries + 1"));
    private static readonly string ToUnread = SqliteTable.Inbox.Update(SqliteTable.Key("position"), ("consumed", "0"), ("deliveries", "0"));
    private static readonly string Same = SqliteTable.Inbox.Update(Unconsumed, ("deliveries", "deliveries"));
    private static readonly string Move = $"""
        SELECT position, sender, conversation, sequence, name, message_id, label, created, expires, received, content_length, content_sum, deliveries
        FROM inbox WHERE {Unconsumed}
        """;

    public void Checkpoint(StoreOperation.Checkpoint checkpoint)
    {
        Require(ConsumerName.IsValid(checkpoint.Consumer) && !(checkpoint.State?.Length > MessagingConstants.MaxConsumerStateBytes));
        byte[] id = checkpoint.Id.ToArray();
        rows.One(rows.Prepare(SqliteTable.Checkpoint.Insert).Bind(id).Bind(checkpoint.Consumer).Bind(checkpoint.UnixMillis));
        if (checkpoint.State is { } state)
        {
            Any(rows.Prepare("INSERT INTO consumer_state VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET content = ?2").Bind(checkpoint.Consumer).Bind(state.Span));
            Renew(checkpoint, id, state.Length, RowSum.OfContent(state.Span));
            return;
        }

        (long length, byte[] sum) = (0, RowSum.OfContent([]));
        bool isNew = true;
        using (SqliteStatement query = rows.Prepare($"SELECT state_length, state_sum, {SqliteTable.Consumer.Sound} FROM consumer WHERE name = ?").Bind(checkpoint.Consumer))
        {
            if (query.Read())
            {
                // A sum that is wrong stays wrong: to write it anew would make damage look sound.
                Require(query.Int64(2) == 1);
                isNew = false;
                (length, sum) = (query.Int64(0), query.Blob(1).ToArray());
            }
        }

        if (isNew && SqliteLostState.MayBe(rows.Database, checkpoint.Consumer))
        {
            // Its row is in quarantine, and its state isn't made an empty one by what leaves it as it was.
            length = SqliteLostState.Length;
        }
        else if (isNew)
        {
            Any(rows.Prepare("INSERT INTO consumer_state VALUES (?, x'')").Bind(checkpoint.Consumer));
        }

        Renew(checkpoint, id, length, sum);
    }

    /// <summary>Does nothing where there is nothing: positions come from outside.</summary>
    public void CountDelivery(ulong position)
    {
        if (inbox.IsUnconsumed(position))
        {
            rows.Change(() => rows.Prepare(CountOne).Bind(position));
        }
    }

    public void MoveToDeadLetters(StoreOperation.MoveToDeadLetters move)
    {
        Require(move.Cause.Length <= MessagingConstants.MaxCauseChars);
        if (!inbox.IsUnconsumed(move.Position))
        {
            return;
        }

        long number = SqliteLetterNumbers.Take(rows);

        // Changes nothing in a sound row; a damaged one is set right first.
        rows.Change(() => rows.Prepare(Same).Bind(move.Position));
        using (SqliteStatement query = rows.Prepare(Move).Bind(move.Position))
        {
            Require(query.Read());
            SqliteStatement insert = rows.Prepare(SqliteTable.DeadLetter.Insert).Bind(number).Bind(query.Int64(0));
            insert = insert.Bind(query.Blob(1)).Bind(query.Blob(2)).Bind(query.Int64(3)).Bind(query.Text(4)).Bind(query.Blob(5)).Bind(query.Text(6));
            insert = insert.Bind(query.Int64(7)).Bind(query.Int64(8)).Bind(query.Int64(9)).Bind(query.Int64(10)).Bind(query.Blob(11));
            rows.One(insert.Bind(move.Cause).Bind(move.Consumer).Bind(query.Int64(12)).Bind(move.UnixMillis));
        }

        Any(rows.Prepare("INSERT INTO dead_letter_content SELECT ?1, content FROM inbox_content WHERE row = (SELECT row FROM inbox WHERE position = ?2)")
            .Bind(number).Bind(move.Position));
        if (inbox.RowAt(move.Position) is { } row)
        {
            parts.Pass(PartedKind.Inbox, row, PartedKind.DeadLetter, number);
        }

        inbox.Consume(move.Position);
    }

    /// <summary>Its inbox row may have been pruned since; then it is written again.</summary>
    public void Replay(long number)
    {
        ulong position;
        using (SqliteStatement query = rows.Prepare($"SELECT position, {SqliteTable.DeadLetter.Sound} FROM dead_letter WHERE number = ?").Bind(number))
        {
            if (!query.Read() || query.Int64(1) != 1)
            {
                return;
            }

            position = query.UInt64(0);
        }

        if (Exists(rows.Prepare("SELECT 1 FROM inbox WHERE position = ?").Bind(position)))
        {
            rows.Change(() => rows.Prepare(ToUnread).Bind(position));
        }
        else
        {
            Rewrite(number);
        }

        Any(rows.Prepare("INSERT INTO inbox_content SELECT (SELECT row FROM inbox WHERE position = ?1), content FROM dead_letter_content WHERE number = ?2").Bind(position).Bind(number));
        if (inbox.RowAt(position) is { } row)
        {
            parts.Pass(PartedKind.DeadLetter, number, PartedKind.Inbox, row);
        }

        rows.One(rows.Prepare("DELETE FROM dead_letter WHERE number = ?").Bind(number));
        Any(rows.Prepare("DELETE FROM dead_letter_content WHERE number = ?").Bind(number));
    }

    private void Rewrite(long number)
    {
        using SqliteStatement query = rows.Prepare($"SELECT {SqliteTable.DeadLetter.List} FROM dead_letter WHERE number = ?").Bind(number);
        Require(query.Read());
        bool hasContent = Exists(rows.Prepare("SELECT 1 FROM dead_letter_content WHERE number = ?").Bind(number))
            || Exists(rows.Prepare($"SELECT 1 FROM parted WHERE kind = {(int)PartedKind.DeadLetter} AND owner = ?").Bind(number));
        SqliteStatement insert = rows.Prepare(SqliteTable.Inbox.Insert).Bind(query.Blob(2)).Bind(query.Blob(3)).Bind(query.Int64(4)).Bind(query.Text(5)).Bind([]);
        insert = insert.Bind(query.Blob(6)).Bind(query.Text(7)).Bind(query.Int64(8)).Bind(query.Int64(9)).Bind(query.Int64(11)).Bind(query.Blob(12));
        rows.One(insert.Bind(hasContent ? 0 : 1).Bind((long)InboxState.Ready).Bind(query.Int64(1)).Bind(query.Int64(10)).Bind(0).Bind(0).Bind(0));
    }

    private void Renew(StoreOperation.Checkpoint checkpoint, byte[] id, long length, byte[] sum) => rows.One(
        rows.Prepare(SqliteTable.Consumer.Insert.Replace("INSERT", "INSERT OR REPLACE", StringComparison.Ordinal))
            .Bind(checkpoint.Consumer).Bind(id).Bind(length).Bind(sum).Bind(checkpoint.UnixMillis));
}
