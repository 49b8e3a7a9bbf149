using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Sphinx;
using SQLitePCL;

namespace MixMq.Storage.Sqlite;

/// <summary>The queries. Its owner serialises the calls, and puts each into a transaction of its own: several queries then see one commit.</summary>
internal sealed class SqliteReader(SqliteDatabase database)
{
    /// <summary>Ids read of one conversation whose sender's store was put back.</summary>
    private const int MaxFormer = 16_384;
    private readonly SqliteAnonymousReader _anonymous = new(database);

    public SqlitePartedReader Parts { get; } = new(database);

    public SqliteOutboxReader Outbox { get; } = new(database);

    public EndpointState Load(int outboxPage) => Outbox.AddTo(
        new()
        {
            OutboundConversations = OutboundConversations(),
            InboundConversations = InboundConversations(),
            Held = Held(),
            InboxUsage = InboxUsage(),
            Partials = Partials(),
            Questions = _anonymous.Questions(),
            Replies = _anonymous.Replies(),
            Former = Former(),
            LastInboxPosition = (ulong)database.Scalar("SELECT COALESCE(MAX(position), 0) FROM inbox"),
        },
        outboxPage);

    public ReadOnlyMemory<byte>? OutboxContent(MessageId id)
    {
        using SqliteStatement query = database.Prepare($"""
            SELECT content, content_length, content_sum, {SqliteTable.Outbox.Sound}, damaged, status,
                EXISTS (SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Outbox} AND owner = message_id)
            FROM outbox LEFT JOIN outbox_content USING (message_id) WHERE message_id = ?
            """).Bind(id.ToArray());
        if (!query.Read())
        {
            Outbox.RequireNone(id);
            return null;
        }

        if (query.Int64(4) != 0 || query.Int64(6) != 0 || query.Int64(5) is (long)OutboxStatus.Expiring or (long)OutboxStatus.Expired)
        {
            return null;
        }

        if (query.Int64(3) != 1)
        {
            throw DamageFoundException.Row;
        }

        bool wasPruned = query.Int64(5) == (long)OutboxStatus.Acknowledged && query.Type(0) == raw.SQLITE_NULL;
        if (wasPruned)
        {
            return null;
        }

        return Whole(query, 0, 1, 2) ?? throw new DamageFoundException(damage => damage.OutboxContent(id));
    }

    public ReadOnlyMemory<byte>? Partial(Place place)
    {
        long row;
        int length;
        using (SqliteStatement find = AtPlace($"SELECT row, content_length, {SqliteTable.Partial.Sound}, EXISTS (SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Partial} AND owner = row) FROM partial WHERE sender = ? AND conversation = ? AND sequence = ?", place))
        {
            if (!find.Read() || find.Int64(3) != 0)
            {
                return null;
            }

            row = find.Int64(2) == 1 ? find.Int64(0) : throw DamageFoundException.Row;
            length = find.Int32(1);
        }

        var joined = new ArrayBufferWriter<byte>(Math.Max(length, 1));
        using SqliteStatement query = database.Prepare(
            $"SELECT content, content_sum, {SqliteTable.Fragment.Sound} FROM fragment WHERE partial = ? ORDER BY position").Bind(row);
        while (query.Read())
        {
            ReadOnlySpan<byte> content = query.Blob(0);
            if (query.Int64(2) != 1)
            {
                throw DamageFoundException.Row;
            }

            if (!RowSum.OfContent(content).AsSpan().SequenceEqual(query.Blob(1)))
            {
                throw new DamageFoundException(damage => damage.Fragments(place));
            }

            joined.Write(content);
        }

        return joined.WrittenMemory;
    }

    public IReadOnlyList<InboxItem> Inbox(ulong afterPosition, int maxItems, long maxBytes, bool includeConsumed)
    {
        var items = new List<InboxItem>();
        long bytes = 0;
        using SqliteStatement query = database.Prepare($"""
            SELECT sender, conversation, sequence, name, message_id, label, created, expires, content, tombstone, position, received, consumed,
                deliveries, damaged, content_length, content_sum, {SqliteTable.Inbox.Sound}, EXISTS (SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Inbox} AND owner = inbox.row)
            FROM inbox LEFT JOIN inbox_content USING (row)
            WHERE state = {(int)InboxState.Ready}{(includeConsumed ? "" : " AND consumed = 0")} AND position > ? ORDER BY position LIMIT ?
            """).Bind(afterPosition).Bind(maxItems);
        while (query.Read())
        {
            // Looked at before it is copied.
            bytes += query.BlobLength(8);
            if (items.Count > 0 && bytes > maxBytes)
            {
                break;
            }

            InboxItem item = Item(query);
            if (item.Entry.Position <= afterPosition)
            {
                throw DamageFoundException.Index;
            }

            afterPosition = item.Entry.Position;
            items.Add(item);
        }

        return items;
    }

    public OutboxTrack? Track(MessageId id)
    {
        using SqliteStatement query = database.Prepare(
            $"SELECT status, recipient, sequence, created, expires, settled, damaged, {SqliteTable.Outbox.Sound} FROM outbox WHERE message_id = ?").Bind(id.ToArray());
        if (!query.Read())
        {
            Outbox.RequireNone(id);
            return null;
        }

        return query.Int64(7) == 1
            ? new OutboxTrack(
                (OutboxStatus)query.Int64(0), Address(query, 1), query.UInt64(2), query.Int64(3), query.Int64(4), query.Int64(5), query.Int64(6) != 0)
            : throw DamageFoundException.Row;
    }

    public IReadOnlyList<QuarantinedRow> Quarantine(long afterNumber, int maxRows)
    {
        var found = new List<QuarantinedRow>();
        using SqliteStatement query = database.Prepare("SELECT number, source, cause, noticed, fields, length(content) FROM quarantine WHERE number > ? ORDER BY number LIMIT ?")
            .Bind(afterNumber).Bind(maxRows);
        while (query.Read())
        {
            found.Add(new QuarantinedRow(
                query.Int64(0), query.Text(1), (DamageCause)query.Int64(2), query.Int64(3), query.Text(4), query.Int32(5)));
        }

        return found;
    }

    /// <summary>By the order of rows and positions, which is that of time: an index has the first of them.</summary>
    public StoreFigures Figures() => new(
        First($"SELECT created FROM outbox WHERE status = {(int)OutboxStatus.Pending} ORDER BY row LIMIT 1"),
        First($"SELECT received FROM inbox WHERE state = {(int)InboxState.Ready} AND consumed = 0 ORDER BY position LIMIT 1"),
        0);

    private long? First(string sql)
    {
        using SqliteStatement query = database.Prepare(sql);
        return query.Read() ? query.Int64(0) : null;
    }

    public StoreCounts Count() => new(
        database.Scalar($"SELECT COUNT(*) FROM outbox WHERE status IN ({(int)OutboxStatus.Pending}, {(int)OutboxStatus.Expiring})"),
        database.Scalar($"SELECT COUNT(*) FROM outbox WHERE status = {(int)OutboxStatus.Acknowledged}") + Counter("pruned_acknowledged"),
        database.Scalar($"SELECT COUNT(*) FROM outbox WHERE status = {(int)OutboxStatus.Expired}") + Counter("pruned_expired"),
        database.Scalar($"SELECT COUNT(*) FROM inbox WHERE state = {(int)InboxState.Ready} AND consumed = 0"),
        database.Scalar($"SELECT COUNT(*) FROM inbox WHERE state = {(int)InboxState.Held}"),
        database.Scalar($"SELECT COUNT(*) FROM inbox WHERE state = {(int)InboxState.Ready} AND consumed = 1") + Counter("pruned_consumed"),
        database.Scalar("SELECT COUNT(*) FROM partial"),
        database.Scalar("SELECT COUNT(*) FROM quarantine"),
        database.Scalar("SELECT COUNT(*) FROM dead_letter"),
        database.Scalar("SELECT COUNT(*) FROM gap"));

    public IReadOnlyList<KeptMessage> Kept(NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages)
    {
        var found = new List<KeptMessage>();
        if (maxMessages == 0)
        {
            return found;
        }

        var places = new SqlitePlaces(database, recipient, conversation, first);
        using SqliteStatement query = database.Prepare($"""
            SELECT message_id, sequence, envelope, label, content_length, created, expires, status,
                EXISTS (SELECT 1 FROM parted WHERE kind = {(int)PartedKind.Outbox} AND owner = message_id), {SqliteTable.Outbox.Sound},
                EXISTS (SELECT 1 FROM outbox_content c WHERE c.message_id = o.message_id), damaged = 1 OR length(envelope) = 0
            FROM outbox o INDEXED BY sqlite_autoindex_outbox_2 WHERE recipient = ?1 AND conversation = ?2 AND sequence >= ?3 AND sequence < ?4 ORDER BY sequence
            """).Bind(recipient.ToArray()).Bind(conversation.ToArray()).Bind(first).Bind(end);
        while (found.Count < maxMessages)
        {
            if (!query.Read())
            {
                places.TakeEnd(end);
                break;
            }

            if (query.Int64(9) != 1)
            {
                throw DamageFoundException.Row;
            }

            places.Take(query.UInt64(1));
            bool hasContent = query.Int64(8) != 0 || query.Int64(10) != 0;
            bool isKept = query.Int64(11) == 0 && (query.Int64(7) == (long)OutboxStatus.Expired || query.Int64(7) == (long)OutboxStatus.Acknowledged);
            if (!isKept || (query.Int64(7) == (long)OutboxStatus.Acknowledged && !hasContent))
            {
                if (isKept && query.Int64(4) > 0)
                {
                    MessageId id = Id(query, 0);
                    throw new DamageFoundException(damage => damage.OutboxContent(id));
                }

                continue;
            }

            found.Add(new KeptMessage(
                Id(query, 0), query.UInt64(1), query.Blob(2).ToArray(), query.Text(3), query.Int64(4), query.Int64(5), query.Int64(6),
                query.Int64(7) == (long)OutboxStatus.Expired, query.Int64(8) != 0));
        }

        return found;
    }

    public IReadOnlyList<MessageId> Former(Place first, ulong last, int maxIds)
    {
        var found = new List<MessageId>();
        using SqliteStatement query = AtPlace($"""
            SELECT message_id FROM inbox WHERE sender = ?1 AND conversation = ?2 AND sequence >= ?3 AND sequence <= ?4 AND tombstone = 0 AND {SqliteTable.Inbox.Sound}
            ORDER BY sequence DESC LIMIT ?5
            """, first).Bind(last).Bind(maxIds);
        while (query.Read())
        {
            found.Add(Id(query, 0));
        }

        return found;
    }

    public IReadOnlyList<StoredGap> Gaps(long afterNumber, int maxGaps)
    {
        var found = new List<StoredGap>();
        using SqliteStatement query = database.Prepare(
            $"SELECT number, kind, peer, conversation, name, first, last, noticed, folded FROM gap WHERE number > ? AND {SqliteTable.Gap.Sound} ORDER BY number LIMIT ?")
            .Bind(afterNumber).Bind(maxGaps);
        while (query.Read())
        {
            found.Add(new StoredGap(query.Int64(0), new Gap(
                (GapKind)query.Int32(1), Address(query, 2), Conversation(query, 3), query.Text(4), query.UInt64(5), query.UInt64(6), query.Int64(7), query.Int64(8) == 1)));
        }

        return found;
    }

    private ImmutableArray<FormerMessages> Former()
    {
        var ranges = new List<(Place First, ulong Last)>();
        using (SqliteStatement query = database.Prepare("SELECT sender, conversation, former_first, former_last FROM inbound_conversation WHERE former_last > 0"))
        {
            while (query.Read())
            {
                ranges.Add((PlaceOf(query), query.UInt64(3)));
            }
        }

        return [.. ranges.Select(range => new FormerMessages(range.First with { Sequence = 0 }, [.. Former(range.First, range.Last, MaxFormer)]))];
    }

    private long Counter(string name) => database.Scalar($"SELECT value FROM counter WHERE name = '{name}'");

    private ImmutableArray<OutboundConversationState> OutboundConversations()
    {
        var rows = ImmutableArray.CreateBuilder<OutboundConversationState>();
        using SqliteStatement query = database.Prepare("""
            SELECT recipient, conversation, name, secret, next_sequence, tentative,
                (SELECT COALESCE(MIN(first), 0) FROM gap g WHERE g.kind = 0 AND g.peer = c.recipient AND g.conversation = c.conversation)
            FROM outbound_conversation c
            """);
        while (query.Read())
        {
            rows.Add(new OutboundConversationState(
                Address(query, 0), Conversation(query, 1), query.Text(2),
                Secret(query, 3), query.UInt64(4), query.UInt64(5), query.UInt64(6)));
        }

        return rows.ToImmutable();
    }

    private ImmutableArray<InboundConversationState> InboundConversations()
    {
        var rows = ImmutableArray.CreateBuilder<InboundConversationState>();
        using SqliteStatement query = database.Prepare(
            "SELECT sender, conversation, name, secret, watermark, base, tombstones, sender_start, former_first, former_last, foreign_last FROM inbound_conversation");
        while (query.Read())
        {
            rows.Add(new InboundConversationState(
                Address(query, 0), Conversation(query, 1), query.Text(2),
                Secret(query, 3), query.UInt64(4), query.UInt64(5), Sequences(query.Blob(6)),
                query.BlobLength(7) == 0 ? Incarnation.None : Incarnation.FromBytes(query.Blob(7, Incarnation.ByteCount)), query.UInt64(8), query.UInt64(9), query.UInt64(10)));
        }

        return rows.ToImmutable();
    }

    private ImmutableArray<HeldEntry> Held()
    {
        var rows = ImmutableArray.CreateBuilder<HeldEntry>();
        using SqliteStatement query = database.Prepare($"SELECT sender, conversation, sequence, content_length FROM inbox WHERE state = {(int)InboxState.Held}");
        while (query.Read())
        {
            rows.Add(new HeldEntry(PlaceOf(query), query.Int64(3)));
        }

        return rows.ToImmutable();
    }

    private ImmutableArray<InboxUsage> InboxUsage()
    {
        var rows = ImmutableArray.CreateBuilder<InboxUsage>();
        string replies = Convert.ToHexString(AnonymousPlaces.Replies.ToArray());
        using SqliteStatement query = database.Prepare($"""
            SELECT sender, COUNT(*), SUM(content_length), conversation = X'{replies}' AS replies FROM (
                SELECT sender, conversation, content_length FROM inbox WHERE state IN ({(int)InboxState.Ready}, {(int)InboxState.Held}) AND consumed = 0
                UNION ALL SELECT sender, conversation, content_length FROM dead_letter)
            GROUP BY sender, replies
            """);
        while (query.Read())
        {
            rows.Add(new InboxUsage(Address(query, 0), query.Int64(1), query.Int64(2), query.Int64(3) != 0));
        }

        return rows.ToImmutable();
    }

    private ImmutableArray<PartialState> Partials()
    {
        var rows = new List<(long Row, PartialState State)>();
        using SqliteStatement query = database.Prepare(
            $"SELECT sender, conversation, sequence, message_id, envelope, content_length, fragment_count, row, number FROM partial LEFT JOIN parted ON kind = {(int)PartedKind.Partial} AND owner = row");
        while (query.Read())
        {
            bool inParts = query.Type(8) == raw.SQLITE_INTEGER;
            rows.Add((inParts ? query.Int64(8) : query.Int64(7), new PartialState(
                PlaceOf(query), Id(query, 3), query.Blob(4).ToArray(), query.Int64(5), query.Int32(6), [], inParts)));
        }

        return [.. rows.Select(row => row.State.InParts ? WithParts(row.State, row.Row) : row.State with { Fragments = Fragments(row.Row) })];
    }

    private PartialState WithParts(PartialState state, long number)
    {
        (int leading, ImmutableArray<int> above) = Parts.Fragments(number);
        return state with { Leading = leading, Fragments = above };
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

    private static InboxItem Item(SqliteStatement query)
    {
        if (query.Int64(17) != 1)
        {
            throw DamageFoundException.Row;
        }

        ulong position = query.UInt64(10);
        bool consumed = query.Int64(12) != 0;
        bool tombstone = query.Int64(9) != 0;
        bool damaged = query.Int64(14) != 0;
        bool inParts = query.Int64(18) != 0;
        ReadOnlyMemory<byte> content = consumed || tombstone || damaged || inParts
            ? ReadOnlyMemory<byte>.Empty
            : Whole(query, 8, 15, 16) ?? throw new DamageFoundException(damage => damage.InboxContent(position));
        return new InboxItem(
            new InboxEntry
            {
                Place = PlaceOf(query),
                ConversationName = query.Text(3),
                Id = Id(query, 4),
                Label = query.Text(5),
                CreatedUnixMillis = query.Int64(6),
                ExpiresUnixMillis = query.Int64(7),
                Content = content,
                PartedContentBytes = inParts && !consumed ? query.Int64(15) : 0,
                Tombstone = tombstone,
                State = InboxState.Ready,
                Position = position,
                ReceivedUnixMillis = query.Int64(11),
            },
            consumed,
            query.Int32(13),
            damaged);
    }

    /// <summary>A content that is there, and the one that its row says; null: it isn't.</summary>
    public static ReadOnlyMemory<byte>? Whole(SqliteStatement query, int content, int length, int sum)
    {
        ReadOnlySpan<byte> bytes = query.Blob(content);
        if (query.Type(content) != raw.SQLITE_BLOB || bytes.Length != query.Int64(length) || !RowSum.OfContent(bytes).AsSpan().SequenceEqual(query.Blob(sum)))
        {
            return null;
        }

        return bytes.ToArray();
    }

    internal static NodeAddress Address(SqliteStatement query, int column) => NodeAddress.FromBytes(query.Blob(column, NodeAddress.ByteLength));

    internal static ConversationId Conversation(SqliteStatement query, int column) =>
        ConversationId.FromBytes(query.Blob(column, ConversationId.ByteCount));

    private static ConversationSecret Secret(SqliteStatement query, int column) =>
        ConversationSecret.FromBytes(query.Blob(column, ConversationSecret.ByteCount));

    internal static MessageId Id(SqliteStatement query, int column) => MessageId.FromBytes(query.Blob(column, MessageId.ByteCount));

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
