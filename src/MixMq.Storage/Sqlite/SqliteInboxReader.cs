using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using static MixMq.Storage.Sqlite.SqliteValues;

namespace MixMq.Storage.Sqlite;

/// <summary>The queries for the inbox and the conversations that it is of. Calls and transactions are those of <see cref="SqliteReader"/>.</summary>
internal sealed class SqliteInboxReader(SqliteDatabase database)
{
    /// <summary>Ids read of one conversation whose sender's store was put back.</summary>
    private const int MaxFormer = 16_384;

    public IReadOnlyList<InboxItem> Ready(ulong afterPosition, int maxItems, long maxBytes, bool includeConsumed)
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

    public ImmutableArray<InboundConversationState> Conversations()
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

    public ImmutableArray<HeldEntry> Held()
    {
        var rows = ImmutableArray.CreateBuilder<HeldEntry>();
        using SqliteStatement query = database.Prepare($"SELECT sender, conversation, sequence, content_length FROM inbox WHERE state = {(int)InboxState.Held}");
        while (query.Read())
        {
            rows.Add(new HeldEntry(PlaceOf(query), query.Int64(3)));
        }

        return rows.ToImmutable();
    }

    public ImmutableArray<InboxUsage> Usage()
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

    public IReadOnlyList<MessageId> Former(Place first, ulong last, int maxIds)
    {
        var found = new List<MessageId>();
        using SqliteStatement query = database.AtPlace($"""
            SELECT message_id FROM inbox WHERE sender = ?1 AND conversation = ?2 AND sequence >= ?3 AND sequence <= ?4 AND tombstone = 0 AND {SqliteTable.Inbox.Sound}
            ORDER BY sequence DESC LIMIT ?5
            """, first).Bind(last).Bind(maxIds);
        while (query.Read())
        {
            found.Add(Id(query, 0));
        }

        return found;
    }

    public ImmutableArray<FormerMessages> Former()
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

    private static ImmutableArray<ulong> Sequences(ReadOnlySpan<byte> bytes)
    {
        var sequences = ImmutableArray.CreateBuilder<ulong>(bytes.Length / 8);
        for (int i = 0; i + 8 <= bytes.Length; i += 8)
        {
            sequences.Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..]));
        }

        return sequences.ToImmutable();
    }
}
