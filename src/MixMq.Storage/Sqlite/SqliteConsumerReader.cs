using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>The queries for consumers and dead letters. Calls and transactions are those of <see cref="SqliteReader"/>.</summary>
internal sealed class SqliteConsumerReader(SqliteDatabase database)
{
    private static readonly string Letters = $"""
        SELECT {SqliteTable.DeadLetter.List}, {SqliteTable.DeadLetter.Sound}, content, EXISTS (SELECT 1 FROM parted WHERE kind = {(int)PartedKind.DeadLetter} AND owner = dead_letter.number)
        FROM dead_letter LEFT JOIN dead_letter_content USING (number)
        """;

    private static readonly string Head = $"SELECT position, sender, conversation, sequence, deliveries, {SqliteTable.Inbox.Sound}, content_length FROM inbox WHERE state = {(int)InboxState.Ready} AND consumed = 0";

    public IReadOnlyList<InboxHead> Heads(ulong afterPosition, int maxHeads) =>
        Heads(database.Prepare($"{Head} AND position > ? ORDER BY position LIMIT ?").Bind(afterPosition).Bind(maxHeads), afterPosition, byPlace: false);

    public IReadOnlyList<InboxHead> Heads(Place after, int maxHeads) => Heads(
        database.Prepare($"{Head} AND sender = ? AND conversation = ? AND sequence > ? ORDER BY sequence LIMIT ?")
            .Bind(after.Sender.ToArray()).Bind(after.Conversation.ToArray()).Bind(after.Sequence).Bind(maxHeads), after.Sequence, byPlace: true);

    public ConsumerState? Consumer(string name)
    {
        using SqliteStatement query = database.Prepare(
            $"SELECT checkpoint, updated, state_length, state_sum, {SqliteTable.Consumer.Sound}, content FROM consumer LEFT JOIN consumer_state USING (name) WHERE name = ?").Bind(name);
        if (!query.Read())
        {
            return SqliteLostState.MayBe(database, name) ? throw SqliteLostState.Damaged() : null;
        }

        if (query.Int64(4) != 1)
        {
            throw DamageFoundException.Row;
        }

        if (query.Int64(2) == SqliteLostState.Length)
        {
            throw SqliteLostState.Damaged();
        }

        return SqliteValues.Whole(query, 5, 2, 3) is { } state
            ? new ConsumerState(CheckpointId.FromBytes(query.Blob(0, CheckpointId.ByteCount)), state, query.Int64(1))
            : throw new DamageFoundException(damage => damage.ConsumerState(name));
    }

    /// <summary>Also a consumer's last one, which stands in its row: it is the one that is repeated, and were it hidden by the index, it would be made twice.</summary>
    public bool HasCheckpoint(CheckpointId id) => SqliteRows.Exists(
        database.Prepare($"SELECT 1 FROM checkpoint WHERE id = ?1 UNION ALL SELECT 1 FROM consumer WHERE checkpoint = ?1 AND {SqliteTable.Consumer.Sound}").Bind(id.ToArray()));

    public IReadOnlyList<DeadLetter> DeadLetters(long afterNumber, int maxItems)
    {
        var letters = new List<DeadLetter>();
        using SqliteStatement query = database.Prepare($"{Letters} WHERE number > ? ORDER BY number LIMIT ?").Bind(afterNumber).Bind(maxItems);
        while (query.Read())
        {
            letters.Add(Letter(query, withContent: false));
        }

        return letters;
    }

    public DeadLetter? DeadLetter(long number)
    {
        using SqliteStatement query = database.Prepare($"{Letters} WHERE number = ?").Bind(number);
        return query.Read() ? Letter(query, withContent: true) : null;
    }

    private static List<InboxHead> Heads(SqliteStatement statement, ulong last, bool byPlace)
    {
        var heads = new List<InboxHead>();
        using SqliteStatement query = statement;
        while (query.Read())
        {
            if (query.Int64(5) != 1)
            {
                throw DamageFoundException.Row;
            }

            var place = new Place(
                NodeAddress.FromBytes(query.Blob(1, NodeAddress.ByteLength)), ConversationId.FromBytes(query.Blob(2, ConversationId.ByteCount)), query.UInt64(3));
            ulong next = byPlace ? place.Sequence : query.UInt64(0);
            if (next <= last)
            {
                throw DamageFoundException.Index;
            }

            last = next;
            heads.Add(new InboxHead(query.UInt64(0), place, query.Int32(4), query.Int64(6)));
        }

        return heads;
    }

    private static DeadLetter Letter(SqliteStatement query, bool withContent)
    {
        if (query.Int64(17) != 1)
        {
            throw DamageFoundException.Row;
        }

        long number = query.Int64(0);
        bool tombstone = query.Type(18) == SQLitePCL.raw.SQLITE_NULL && query.Int64(11) == 0;
        ReadOnlyMemory<byte> content = ReadOnlyMemory<byte>.Empty;
        bool inParts = query.Int64(19) != 0;
        if (withContent && !tombstone && !inParts)
        {
            content = SqliteValues.Whole(query, 18, 11, 12) ?? throw new DamageFoundException(damage => damage.DeadLetterContent(number));
        }

        var entry = new InboxEntry
        {
            Place = new Place(
                NodeAddress.FromBytes(query.Blob(2, NodeAddress.ByteLength)), ConversationId.FromBytes(query.Blob(3, ConversationId.ByteCount)), query.UInt64(4)),
            ConversationName = query.Text(5),
            Id = MessageId.FromBytes(query.Blob(6, MessageId.ByteCount)),
            Label = query.Text(7),
            CreatedUnixMillis = query.Int64(8),
            ExpiresUnixMillis = query.Int64(9),
            Content = content,
            PartedContentBytes = inParts ? query.Int64(11) : 0,
            Tombstone = tombstone,
            State = InboxState.Ready,
            Position = query.UInt64(1),
            ReceivedUnixMillis = query.Int64(10),
        };
        return new DeadLetter(number, entry, query.Int64(11), query.Text(13), query.Text(14), query.Int32(15), query.Int64(16));
    }
}
