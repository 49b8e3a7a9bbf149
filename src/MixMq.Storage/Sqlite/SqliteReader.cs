using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>The queries. Its owner serialises the calls.</summary>
internal sealed class SqliteReader(SqliteDatabase database)
{
    public EndpointState Load()
    {
        // One read transaction, so that all tables are seen as of one commit.
        database.Execute("BEGIN");
        try
        {
            return new EndpointState
            {
                OutboundConversations = OutboundConversations(),
                Outbox = Outbox(),
                InboundConversations = InboundConversations(),
                Held = Held(),
                Partials = Partials(),
                LastInboxPosition = (ulong)database.Scalar("SELECT COALESCE(MAX(position), 0) FROM inbox"),
            };
        }
        finally
        {
            database.Execute("COMMIT");
        }
    }

    public ReadOnlyMemory<byte>? OutboxContent(MessageId id)
    {
        SqliteStatement query = database.Prepare("SELECT content FROM outbox_content WHERE message_id = ?").Bind(id.ToArray());
        ReadOnlyMemory<byte>? content = query.Read() ? query.Blob(0).ToArray() : null;
        query.Reset();
        return content;
    }

    public ReadOnlyMemory<byte>? Partial(Place place)
    {
        SqliteStatement find = AtPlace("SELECT row, content_length FROM partial WHERE sender = ? AND conversation = ? AND sequence = ?", place);
        if (!find.Read())
        {
            return null;
        }

        long row = find.Int64(0);
        var joined = new MemoryStream(checked((int)find.Int64(1)));
        find.Reset();
        SqliteStatement query = database.Prepare("SELECT content FROM fragment WHERE partial = ? ORDER BY position").Bind(row);
        while (query.Read())
        {
            joined.Write(query.Blob(0));
        }

        query.Reset();
        return joined.GetBuffer().AsMemory(0, (int)joined.Length);
    }

    public IReadOnlyList<InboxItem> Inbox(ulong afterPosition, int maxItems, long maxBytes, bool includeConsumed)
    {
        var items = new List<InboxItem>();
        long bytes = 0;
        SqliteStatement query = database.Prepare($"""
            SELECT sender, conversation, sequence, name, message_id, label, created, expires, content, tombstone, position, received, consumed
            FROM inbox WHERE state = {(int)InboxState.Ready}{(includeConsumed ? "" : " AND consumed = 0")} AND position > ? ORDER BY position LIMIT ?
            """).Bind(afterPosition).Bind(maxItems);
        while (query.Read())
        {
            InboxItem item = Item(query);
            bytes += item.Entry.Content.Length;
            if (items.Count > 0 && bytes > maxBytes)
            {
                break;
            }

            items.Add(item);
        }

        query.Reset();
        return items;
    }

    public OutboxTrack? Track(MessageId id)
    {
        SqliteStatement query = database.Prepare("SELECT status, recipient, sequence, created, expires, settled FROM outbox WHERE message_id = ?")
            .Bind(id.ToArray());
        OutboxTrack? track = query.Read()
            ? new OutboxTrack((OutboxStatus)query.Int64(0), NodeAddress.FromBytes(query.Blob(1)), query.UInt64(2), query.Int64(3), query.Int64(4), query.Int64(5))
            : null;
        query.Reset();
        return track;
    }

    public StoreCounts Count() => new(
        database.Scalar($"SELECT COUNT(*) FROM outbox WHERE status IN ({(int)OutboxStatus.Pending}, {(int)OutboxStatus.Expiring})"),
        database.Scalar($"SELECT COUNT(*) FROM outbox WHERE status = {(int)OutboxStatus.Acknowledged}"),
        database.Scalar($"SELECT COUNT(*) FROM outbox WHERE status = {(int)OutboxStatus.Expired}"),
        database.Scalar($"SELECT COUNT(*) FROM inbox WHERE state = {(int)InboxState.Ready} AND consumed = 0"),
        database.Scalar($"SELECT COUNT(*) FROM inbox WHERE state = {(int)InboxState.Held}"),
        database.Scalar($"SELECT COUNT(*) FROM inbox WHERE state = {(int)InboxState.Ready} AND consumed = 1"),
        database.Scalar("SELECT COUNT(*) FROM partial"));

    private ImmutableArray<OutboundConversationState> OutboundConversations()
    {
        var rows = ImmutableArray.CreateBuilder<OutboundConversationState>();
        SqliteStatement query = database.Prepare("SELECT recipient, conversation, name, secret, next_sequence FROM outbound_conversation");
        while (query.Read())
        {
            rows.Add(new OutboundConversationState(
                NodeAddress.FromBytes(query.Blob(0)), ConversationId.FromBytes(query.Blob(1)), query.Text(2),
                ConversationSecret.FromBytes(query.Blob(3)), query.UInt64(4)));
        }

        query.Reset();
        return rows.ToImmutable();
    }

    private ImmutableArray<OutboxEntry> Outbox()
    {
        var rows = ImmutableArray.CreateBuilder<OutboxEntry>();
        SqliteStatement query = database.Prepare($"""
            SELECT message_id, recipient, conversation, sequence, envelope, label, content_length, created, expires, status
            FROM outbox WHERE status IN ({(int)OutboxStatus.Pending}, {(int)OutboxStatus.Expiring}) ORDER BY recipient, conversation, sequence
            """);
        while (query.Read())
        {
            rows.Add(new OutboxEntry
            {
                Id = MessageId.FromBytes(query.Blob(0)),
                Recipient = NodeAddress.FromBytes(query.Blob(1)),
                Conversation = ConversationId.FromBytes(query.Blob(2)),
                Sequence = query.UInt64(3),
                Envelope = query.Blob(4).ToArray(),
                Label = query.Text(5),
                ContentLength = (int)query.Int64(6),
                CreatedUnixMillis = query.Int64(7),
                ExpiresUnixMillis = query.Int64(8),
                Tombstone = query.Int64(9) == (long)OutboxStatus.Expiring,
            });
        }

        query.Reset();
        return rows.ToImmutable();
    }

    private ImmutableArray<InboundConversationState> InboundConversations()
    {
        var rows = ImmutableArray.CreateBuilder<InboundConversationState>();
        SqliteStatement query = database.Prepare("SELECT sender, conversation, name, secret, watermark, base, tombstones FROM inbound_conversation");
        while (query.Read())
        {
            rows.Add(new InboundConversationState(
                NodeAddress.FromBytes(query.Blob(0)), ConversationId.FromBytes(query.Blob(1)), query.Text(2),
                ConversationSecret.FromBytes(query.Blob(3)), query.UInt64(4), query.UInt64(5), Sequences(query.Blob(6))));
        }

        query.Reset();
        return rows.ToImmutable();
    }

    private ImmutableArray<Place> Held()
    {
        var rows = ImmutableArray.CreateBuilder<Place>();
        SqliteStatement query = database.Prepare($"SELECT sender, conversation, sequence FROM inbox WHERE state = {(int)InboxState.Held}");
        while (query.Read())
        {
            rows.Add(PlaceOf(query));
        }

        query.Reset();
        return rows.ToImmutable();
    }

    private ImmutableArray<PartialState> Partials()
    {
        var rows = new List<(long Row, PartialState State)>();
        SqliteStatement query = database.Prepare(
            "SELECT sender, conversation, sequence, message_id, envelope, content_length, fragment_count, row FROM partial");
        while (query.Read())
        {
            rows.Add((query.Int64(7), new PartialState(
                PlaceOf(query), MessageId.FromBytes(query.Blob(3)), query.Blob(4).ToArray(), (int)query.Int64(5), (int)query.Int64(6), [])));
        }

        query.Reset();
        return [.. rows.Select(row => row.State with { Fragments = Fragments(row.Row) })];
    }

    private ImmutableArray<int> Fragments(long partial)
    {
        var indices = ImmutableArray.CreateBuilder<int>();
        SqliteStatement query = database.Prepare("SELECT position FROM fragment WHERE partial = ? ORDER BY position").Bind(partial);
        while (query.Read())
        {
            indices.Add((int)query.Int64(0));
        }

        query.Reset();
        return indices.ToImmutable();
    }

    private static InboxItem Item(SqliteStatement query) => new(
        new InboxEntry
        {
            Place = PlaceOf(query),
            ConversationName = query.Text(3),
            Id = MessageId.FromBytes(query.Blob(4)),
            Label = query.Text(5),
            CreatedUnixMillis = query.Int64(6),
            ExpiresUnixMillis = query.Int64(7),
            Content = query.Blob(8).ToArray(),
            Tombstone = query.Int64(9) != 0,
            State = InboxState.Ready,
            Position = query.UInt64(10),
            ReceivedUnixMillis = query.Int64(11),
        },
        query.Int64(12) != 0);

    private static Place PlaceOf(SqliteStatement query) =>
        new(NodeAddress.FromBytes(query.Blob(0)), ConversationId.FromBytes(query.Blob(1)), query.UInt64(2));

    private static ImmutableArray<ulong> Sequences(ReadOnlySpan<byte> bytes)
    {
        var sequences = ImmutableArray.CreateBuilder<ulong>(bytes.Length / 8);
        for (int i = 0; i + 8 <= bytes.Length; i += 8)
        {
            sequences.Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..]));
        }

        return sequences.ToImmutable();
    }

    private SqliteStatement AtPlace(string sql, Place place)
    {
        Span<byte> sender = stackalloc byte[32];
        place.Sender.CopyTo(sender);
        SqliteStatement statement = database.Prepare(sql).Bind(sender);
        Span<byte> conversation = stackalloc byte[ConversationId.ByteCount];
        place.Conversation.CopyTo(conversation);
        return statement.Bind(conversation).Bind(place.Sequence);
    }
}
