using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Whose a store is: the address of the node whose messages are in it. Another node that worked on it would send in its own name what that one accepted, and give numbers that
/// that one gave.
/// </summary>
internal static class SqliteOwner
{
    private const int FirstWithOwner = 5;
    private const int FirstWithSums = 2;

    // spec/07 §5: kind, from, to. What the outbox keeps of an anonymous message has another first byte, and nobody's address.
    private const string Signed = "substr(envelope, 1, 1) IN (x'01', x'02') AND length(envelope) > 64";
    private const string From = "substr(envelope, 2, 32)";
    private const string To = "substr(envelope, 34, 32)";

    /// <summary>Whether the store is another's than this node's. One that doesn't say is judged by its envelopes; an empty one is nobody's.</summary>
    public static bool IsOfAnother(SqliteDatabase database, long version, NodeAddress own)
    {
        using SqliteStatement query = database.Prepare(Sql(version));
        return query.Read() && query.BlobLength(0) == NodeAddress.ByteLength && !query.Blob(0).SequenceEqual(own.ToArray());
    }

    /// <summary>Writes down whose it is, where that doesn't stand there.</summary>
    public static void Claim(SqliteDatabase database, NodeAddress own)
    {
        if (database.Scalar("SELECT COUNT(*) FROM owner") == 0)
        {
            SqliteRows.Any(database.Prepare(SqliteTable.Owner.Insert).Bind(1).Bind(own.ToArray()));
        }
    }

    private static string Sql(long version)
    {
        string said = version >= FirstWithOwner ? $"SELECT 0 AS rank, address FROM owner WHERE {SqliteTable.Owner.Sound} UNION ALL " : "";
        string outbox = version >= FirstWithSums ? $"WHERE {SqliteTable.Outbox.Sound} AND {Signed}" : "WHERE 0";
        string partial = version >= FirstWithSums ? $"WHERE {SqliteTable.Partial.Sound} AND {Signed}" : "WHERE 0";
        return $"""
            SELECT address FROM ({said}
                SELECT * FROM (SELECT 1 AS rank, {From} AS address FROM outbox {outbox} ORDER BY row DESC LIMIT 1) UNION ALL
                SELECT * FROM (SELECT 2 AS rank, {To} AS address FROM partial {partial} ORDER BY row DESC LIMIT 1)) ORDER BY rank LIMIT 1
            """;
    }
}
