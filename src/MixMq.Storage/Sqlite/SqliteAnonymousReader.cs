using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>The queries about messages without a sender, and replies to them. As <see cref="SqliteReader"/>: its owner serialises the calls.</summary>
internal sealed class SqliteAnonymousReader(SqliteDatabase database)
{
    // As a literal, so that SQLite sees that the index over such rows serves; a damaged row counts too, for its message came.
    private const string ReceivedQuery =
        "SELECT 1 FROM inbox WHERE sender = x'0000000000000000000000000000000000000000000000000000000000000000' AND message_id = ? LIMIT 1";

    public AnonymousKnowledge Knowledge(MessageId id)
    {
        if (!SqliteRows.Exists(database.Prepare(ReceivedQuery).Bind(id.ToArray())))
        {
            return default;
        }

        using SqliteStatement query = database.Prepare($"SELECT until, status FROM reply WHERE question = ? AND {SqliteTable.Reply.Sound}").Bind(id.ToArray());
        return query.Read() ? new AnonymousKnowledge(true, query.Int64(0), (ReplyStatus)query.Int32(1)) : new AnonymousKnowledge(true);
    }

    public ReadOnlyMemory<byte>? ReplyContent(MessageId question)
    {
        using SqliteStatement query = database.Prepare($"""
            SELECT content, content_length, content_sum FROM reply JOIN reply_content USING (question) WHERE question = ? AND {SqliteTable.Reply.Sound}
            """).Bind(question.ToArray());
        return query.Read() ? SqliteValues.Whole(query, 0, 1, 2) : null;
    }

    public QuestionStatus? Question(MessageId id)
    {
        using SqliteStatement query = database.Prepare($"SELECT status FROM question WHERE id = ? AND {SqliteTable.Question.Sound}").Bind(id.ToArray());
        return query.Read() ? (QuestionStatus)query.Int32(0) : null;
    }

    public OutboxTrack? Track(MessageId id)
    {
        using SqliteStatement query = database.Prepare($"SELECT status, created, until, settled, question FROM reply WHERE id = ? AND {SqliteTable.Reply.Sound}").Bind(id.ToArray());
        if (!query.Read() || query.Int32(0) == (int)ReplyStatus.Open || query.Int64(1) == 0)
        {
            return null;
        }

        OutboxStatus status = (ReplyStatus)query.Int32(0) switch
        {
            ReplyStatus.Acknowledged => OutboxStatus.Acknowledged,
            ReplyStatus.Expired => OutboxStatus.Expired,
            _ => OutboxStatus.Pending,
        };
        return new OutboxTrack(status, default, 0, query.Int64(1), query.Int64(2), query.Int64(3)) { Answers = MessageId.FromBytes(query.Blob(4, MessageId.ByteCount)) };
    }

    public ImmutableArray<StoredQuestion> Questions()
    {
        var rows = ImmutableArray.CreateBuilder<StoredQuestion>();
        using SqliteStatement query = database.Prepare(
            $"SELECT id, recipient, secret, until, status FROM question WHERE status IN ({(int)QuestionStatus.Waiting}, {(int)QuestionStatus.Answered})");
        while (query.Read())
        {
            rows.Add(new StoredQuestion(
                MessageId.FromBytes(query.Blob(0, MessageId.ByteCount)), NodeAddress.FromBytes(query.Blob(1, NodeAddress.ByteLength)),
                query.Blob(2, AnonymousConstants.SecretBytes).ToArray(), query.Int64(3), (QuestionStatus)query.Int32(4)));
        }

        return rows.ToImmutable();
    }

    public ImmutableArray<StoredReply> Replies()
    {
        var rows = ImmutableArray.CreateBuilder<StoredReply>();
        using SqliteStatement query = database.Prepare($"SELECT question, label, content_length, created, until FROM reply WHERE status = {(int)ReplyStatus.Pending}");
        while (query.Read())
        {
            rows.Add(new StoredReply(MessageId.FromBytes(query.Blob(0, MessageId.ByteCount)), query.Text(1), query.Int32(2), query.Int64(3), query.Int64(4)));
        }

        return rows.ToImmutable();
    }
}
