using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>The queries. Its owner serialises the calls, and puts each into a transaction of its own: several queries then see one commit.</summary>
internal sealed class SqliteReader(SqliteDatabase database)
{
    public EndpointState Load() => new()
    {
        OutboundConversations = OutboundConversations(),
        Outbox = Outbox(),
        InboundConversations = InboundConversations(),
        Held = Held(),
        Partials = Partials(),
        LastInboxPosition = (ulong)database.Scalar("SELECT COALESCE(MAX(position), 0) FROM inbox"),
    };

    public ReadOnlyMemory<byte>? OutboxContent(MessageId id)
    {
        using SqliteStatement query = database.Prepare("SELECT content FROM outbox_content WHERE message_id = ?").Bind(id.ToArray());
        if (!query.Read())
        {
            // Not by "?:", where a null array would become an empty content.
            return null;
        }

        return query.Blob(0).ToArray();
    }

    public ReadOnlyMemory<byte>? Partial(Place place)
    {
        long row;
        int length;
        using (SqliteStatement find = AtPlace("SELECT row, content_length FROM partial WHERE sender = ? AND conversation = ? AND sequence = ?", place))
        {
            if (!find.Read())
            {
                return null;
            }

            row = find.Int64(0);
            length = find.Int32(1);
        }

        var joined = new ArrayBufferWriter<byte>(Math.Max(length, 1));
        using SqliteStatement query = database.Prepare("SELECT content FROM fragment WHERE partial = ? ORDER BY position").Bind(row);
        while (query.Read())
        {
            joined.Write(query.Blob(0));
        }

        return joined.WrittenMemory;
    }

    public IReadOnlyList<InboxItem> Inbox(ulong afterPosition, int maxItems, long maxBytes, bool includeConsumed)
    {
        var items = new List<InboxItem>();
        long bytes = 0;
        using SqliteStatement query = database.Prepare($"""
            SELECT sender, conversation, sequence, name, message_id, label, created, expires, content, tombstone, position, received, consumed
            FROM inbox WHERE state = {(int)InboxState.Ready}{(includeConsumed ? "" : " AND consumed = 0")} AND position > ? ORDER BY position LIMIT ?
            """).Bind(afterPosition).Bind(maxItems);
        while (query.Read())
        {
            // Looked at before it is copied.
            bytes += query.BlobLength(8);
            if (items.Count > 0 && bytes > maxBytes)
            {
                break;
            }

            items.Add(Item(query));
        }

        return items;
    }

    public OutboxTrack? Track(MessageId id)
    {
        using SqliteStatement query = database.Prepare("SELECT status, recipient, sequence, created, expires, settled FROM outbox WHERE message_id = ?")
            .Bind(id.ToArray());
        return query.Read()
            ? new OutboxTrack((OutboxStatus)query.Int64(0), Address(query, 1), query.UInt64(2), query.Int64(3), query.Int64(4), query.Int64(5))
            : null;
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
        using SqliteStatement query = database.Prepare("SELECT recipient, conversation, name, secret, next_sequence FROM outbound_conversation");
        while (query.Read())
        {
            rows.Add(new OutboundConversationState(
                Address(query, 0), Conversation(query, 1), query.Text(2),
                Secret(query, 3), query.UInt64(4)));
        }

        return rows.ToImmutable();
    }

    private ImmutableArray<OutboxEntry> Outbox()
    {
        var rows = ImmutableArray.CreateBuilder<OutboxEntry>();
        using SqliteStatement query = database.Prepare($"""
            SELECT message_id, recipient, conversation, sequence, envelope, label, content_length, created, expires, status
            FROM outbox WHERE status IN ({(int)OutboxStatus.Pending}, {(int)OutboxStatus.Expiring}) ORDER BY recipient, conversation, sequence
            """);
        while (query.Read())
        {
            rows.Add(new OutboxEntry
            {
                Id = Id(query, 0),
                Recipient = Address(query, 1),
                Conversation = Conversation(query, 2),
                Sequence = query.UInt64(3),
                Envelope = query.Blob(4).ToArray(),
                Label = query.Text(5),
                ContentLength = query.Int32(6),
                CreatedUnixMillis = query.Int64(7),
                ExpiresUnixMillis = query.Int64(8),
                Tombstone = query.Int64(9) == (long)OutboxStatus.Expiring,
            });
        }

        return rows.ToImmutable();
    }

    private ImmutableArray<InboundConversationState> InboundConversations()
    {
        var rows = ImmutableArray.CreateBuilder<InboundConversationState>();
        using SqliteStatement query = database.Prepare("SELECT sender, conversation, name, secret, watermark, base, tombstones FROM inbound_conversation");
        while (query.Read())
        {
            rows.Add(new InboundConversationState(
                Address(query, 0), Conversation(query, 1), query.Text(2),
                Secret(query, 3), query.UInt64(4), query.UInt64(5), Sequences(query.Blob(6))));
        }

        return rows.ToImmutable();
    }

    private ImmutableArray<Place> Held()
    {
        var rows = ImmutableArray.CreateBuilder<Place>();
        using SqliteStatement query = database.Prepare($"SELECT sender, conversation, sequence FROM inbox WHERE state = {(int)InboxState.Held}");
        while (query.Read())
        {
            rows.Add(PlaceOf(query));
        }

        return rows.ToImmutable();
    }

    private ImmutableArray<PartialState> Partials()
    {
        var rows = new List<(long Row, PartialState State)>();
        using SqliteStatement query = database.Prepare(
            "SELECT sender, conversation, sequence, message_id, envelope, content_length, fragment_count, row FROM partial");
        while (query.Read())
        {
            rows.Add((query.Int64(7), new PartialState(
                PlaceOf(query), Id(query, 3), query.Blob(4).ToArray(), query.Int32(5), query.Int32(6), [])));
        }

        return [.. rows.Select(row => row.State with { Fragments = Fragments(row.Row) })];
    }

    private ImmutableArray<int> Fragments(long partial)
    {
        var indices = ImmutableArray.CreateBuilder<int>();
        using SqliteStatement query = database.Prepare("SELECT position FROM fragment WHERE partial = ? ORDER BY position").Bind(partial);
        while (query.Read())
        {
            indices.Add(query.Int32(0));
        }

        return indices.ToImmutable();
    }

    private static InboxItem Item(SqliteStatement query) => new(
        new InboxEntry
        {
            Place = PlaceOf(query),
            ConversationName = query.Text(3),
            Id = Id(query, 4),
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

    private static NodeAddress Address(SqliteStatement query, int column) => NodeAddress.FromBytes(query.Blob(column, NodeAddress.ByteLength));

    private static ConversationId Conversation(SqliteStatement query, int column) =>
        ConversationId.FromBytes(query.Blob(column, ConversationId.ByteCount));

    private static ConversationSecret Secret(SqliteStatement query, int column) =>
        ConversationSecret.FromBytes(query.Blob(column, ConversationSecret.ByteCount));

    private static MessageId Id(SqliteStatement query, int column) => MessageId.FromBytes(query.Blob(column, MessageId.ByteCount));

    private static Place PlaceOf(SqliteStatement query) =>
        new(Address(query, 0), Conversation(query, 1), query.UInt64(2));

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
        Span<byte> sender = stackalloc byte[NodeAddress.ByteLength];
        place.Sender.CopyTo(sender);
        SqliteStatement statement = database.Prepare(sql).Bind(sender);
        Span<byte> conversation = stackalloc byte[ConversationId.ByteCount];
        place.Conversation.CopyTo(conversation);
        return statement.Bind(conversation).Bind(place.Sequence);
    }
}
