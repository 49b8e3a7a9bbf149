using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>What all that write rows share: how one is named, and what it means that it isn't there.</summary>
internal sealed class SqliteRows(SqliteDatabase database, Action inspect)
{
    public SqliteDatabase Database => database;

    public SqliteStatement Prepare(string sql) => database.Prepare(sql);

    /// <summary>Binds the two halves of a conversation's key.</summary>
    public SqliteStatement Conversation(string sql, NodeAddress peer, ConversationId conversation)
    {
        Span<byte> bytes = stackalloc byte[NodeAddress.ByteLength];
        peer.CopyTo(bytes);
        SqliteStatement statement = database.Prepare(sql).Bind(bytes);
        Span<byte> id = stackalloc byte[ConversationId.ByteCount];
        conversation.CopyTo(id);
        return statement.Bind(id);
    }

    public SqliteStatement AtPlace(string sql, Place place) => Conversation(sql, place.Sender, place.Conversation).Bind(place.Sequence);

    /// <summary>Exactly one row must be inserted or deleted.</summary>
    public void One(SqliteStatement statement)
    {
        Any(statement);
        Require(database.Changes == 1);
    }

    /// <summary>
    /// Exactly one sound row must be changed. If there is none, damage is looked for and set right first, for what the row should be then stands in its place; only if
    /// it isn't there either do core and disk disagree.
    /// </summary>
    public void Change(Func<SqliteStatement> update)
    {
        Any(update());
        if (database.Changes != 1)
        {
            Require(database.Changes == 0);
            inspect();
            One(update());
        }
    }

    public static void Any(SqliteStatement statement)
    {
        using (statement)
        {
            statement.Read();
        }
    }

    public static bool Exists(SqliteStatement query)
    {
        using (query)
        {
            return query.Read();
        }
    }

    public static void Require(bool agrees)
    {
        if (!agrees)
        {
            throw new MessageStoreException(
                "The message store contradicts what the node knows: it is damaged, or was changed by something else. Restore a backup.", SQLitePCL.raw.SQLITE_CONSTRAINT);
        }
    }
}
