using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;
using SQLitePCL;

namespace MixMq.Storage.Sqlite;

/// <summary>What columns hold, as what it means. Damaged columns whose length is wrong are an exception, as in <see cref="SqliteStatement"/>.</summary>
internal static class SqliteValues
{
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

    public static NodeAddress Address(SqliteStatement query, int column) => NodeAddress.FromBytes(query.Blob(column, NodeAddress.ByteLength));

    public static ConversationId Conversation(SqliteStatement query, int column) =>
        ConversationId.FromBytes(query.Blob(column, ConversationId.ByteCount));

    public static ConversationSecret Secret(SqliteStatement query, int column) =>
        ConversationSecret.FromBytes(query.Blob(column, ConversationSecret.ByteCount));

    public static MessageId Id(SqliteStatement query, int column) => MessageId.FromBytes(query.Blob(column, MessageId.ByteCount));

    public static Place PlaceOf(SqliteStatement query) =>
        new(Address(query, 0), Conversation(query, 1), query.UInt64(2));

    /// <summary>Binds the three columns of a place.</summary>
    public static SqliteStatement AtPlace(this SqliteDatabase database, string sql, Place place)
    {
        Span<byte> sender = stackalloc byte[NodeAddress.ByteLength];
        place.Sender.CopyTo(sender);
        SqliteStatement statement = database.Prepare(sql).Bind(sender);
        Span<byte> conversation = stackalloc byte[ConversationId.ByteCount];
        place.Conversation.CopyTo(conversation);
        return statement.Bind(conversation).Bind(place.Sequence);
    }
}
