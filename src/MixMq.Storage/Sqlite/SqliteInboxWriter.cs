using System.Buffers.Binary;
using MixMq.Endpoint.Messaging;
using static MixMq.Storage.Sqlite.SqliteRows;

namespace MixMq.Storage.Sqlite;

/// <summary>Applies what concerns messages that this node receives.</summary>
internal sealed class SqliteInboxWriter(SqliteRows rows, SqlitePartedWriter parts)
{
    private const string AtThisPlace = "sender = ?1 AND conversation = ?2 AND sequence = ?3";
    private static readonly string ToReady = SqliteTable.Inbox.Update($"{AtThisPlace} AND +sequence = ?3 AND state = 0", ("state", "1"), ("position", "?4"));
    private static readonly string ToConsumed = SqliteTable.Inbox.Update($"{SqliteTable.Key("position")} AND consumed = 0", ("consumed", "1"));
    private static readonly string InsertFragment =
        $"INSERT INTO fragment (partial, position, content_sum, content, sum) VALUES (?1, ?2, ?3, ?4, row_sum('{SqliteTable.Fragment.Name}', ?1, ?2, ?3))";

    private static readonly string FindPartial =
        $"SELECT row, fragment_count, number FROM partial LEFT JOIN parted ON kind = {(int)PartedKind.Partial} AND owner = row WHERE {AtThisPlace}";

    private static readonly string InsertConversation = SqliteTable.InboundConversation.Insert.Replace("INSERT", "INSERT OR REPLACE", StringComparison.Ordinal);

    public void Upsert(InboundConversationState state)
    {
        byte[] tombstones = new byte[8 * state.Tombstones.Length];
        for (int i = 0; i < state.Tombstones.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(tombstones.AsSpan(8 * i), state.Tombstones[i]);
        }

        rows.One(rows.Conversation(InsertConversation, state.Sender, state.Conversation)
            .Bind(state.Name).Bind(state.Secret.ToArray()).Bind(state.Watermark).Bind(state.Base).Bind(tombstones)
            .Bind(state.SenderIncarnation.ToArray()).Bind(state.FormerFirst).Bind(state.FormerLast).Bind(state.Foreign));
    }

    public void Open(StoreOperation.OpenPartial open)
    {
        SecretOf(open.Place);
        Require(!Exists(rows.AtPlace($"SELECT 1 FROM inbox WHERE {AtThisPlace}", open.Place)));
        long row = rows.Database.Scalar("SELECT COALESCE(MAX(row), 0) + 1 FROM partial");
        rows.One(rows.Prepare(SqliteTable.Partial.Insert)
            .Bind(row).Bind(open.Place.Sender.ToArray()).Bind(open.Place.Conversation.ToArray()).Bind(open.Place.Sequence)
            .Bind(open.Id.ToArray()).Bind(open.Envelope.Span).Bind(open.ContentLength).Bind(open.FragmentCount));
        if (open.PieceBytes > 0)
        {
            parts.OpenPartial(row, open);
        }
    }

    public void Put(StoreOperation.PutFragment put)
    {
        long row;
        long? number;
        using (SqliteStatement find = rows.AtPlace(FindPartial, put.Place))
        {
            Require(find.Read() && put.Index >= 0 && put.Index < find.Int32(1));
            row = find.Int64(0);
            number = find.Type(2) == SQLitePCL.raw.SQLITE_INTEGER ? find.Int64(2) : null;
        }

        if (number is { } parted)
        {
            parts.Put(parted, put.Index, put.Content.Span);
            return;
        }

        rows.One(rows.Prepare(InsertFragment).Bind(row).Bind(put.Index).Bind(RowSum.OfContent(put.Content.Span)).Bind(put.Content.Span));
    }

    public void Drop(Place place)
    {
        if (RowOfPartial(place) is { } row)
        {
            parts.Drop(PartedKind.Partial, row);
        }

        Any(rows.AtPlace($"DELETE FROM fragment WHERE partial IN (SELECT row FROM partial WHERE {AtThisPlace})", place));
        rows.One(rows.AtPlace($"DELETE FROM partial WHERE {AtThisPlace}", place));
    }

    /// <summary>A held entry has no position: NULL, of which there may be many.</summary>
    public void Append(InboxEntry entry)
    {
        byte[] secret = SecretOf(entry.Place);
        Require(entry.State == InboxState.Ready ? IsNext(entry.Position) : entry.Position == 0);
        Require(!(entry.Tombstone || entry.Repeated) || (entry.Content.IsEmpty && entry.PartedContentBytes == 0));
        SqliteStatement insert = rows.AtPlace(SqliteTable.Inbox.Insert, entry.Place)
            .Bind(entry.ConversationName).Bind(secret).Bind(entry.Id.ToArray()).Bind(entry.Label).Bind(entry.CreatedUnixMillis).Bind(entry.ExpiresUnixMillis)
            .Bind(entry.Content.Length + entry.PartedContentBytes).Bind(RowSum.OfContent(entry.Content.Span)).Bind(entry.Tombstone ? 1 : 0).Bind((long)entry.State);
        insert = entry.Position == 0 ? insert.BindNull() : insert.Bind(entry.Position);
        rows.One(insert.Bind(entry.ReceivedUnixMillis).Bind(entry.Repeated ? 1 : 0).Bind(0).Bind(0));
        if (entry.PartedContentBytes > 0)
        {
            long inbox = rows.Database.Scalar("SELECT last_insert_rowid()");
            Require(entry.Content.IsEmpty && RowOfPartial(entry.Place) is { } partial && parts.Pass(PartedKind.Partial, partial, PartedKind.Inbox, inbox));
            rows.One(rows.AtPlace($"DELETE FROM partial WHERE {AtThisPlace}", entry.Place));
        }
        else if (!entry.Tombstone && !entry.Repeated)
        {
            rows.One(rows.Prepare("INSERT INTO inbox_content VALUES (last_insert_rowid(), ?)").Bind(entry.Content.Span));
        }
    }

    public void Release(StoreOperation.ReleaseInbox release)
    {
        Require(IsNext(release.Position));
        rows.Change(() => rows.AtPlace(ToReady, release.Place).Bind(release.Position));
    }

    /// <summary>Whether there is an entry at a position that isn't consumed: by both indexes, for what one of them hides would be given out again after it was consumed.</summary>
    public bool IsUnconsumed(ulong position)
    {
        if (position > long.MaxValue)
        {
            return false;
        }

        bool isThere = Exists(rows.Prepare("SELECT 1 FROM inbox INDEXED BY sqlite_autoindex_inbox_2 WHERE position = ? AND consumed = 0").Bind(position));
        Require(isThere == Exists(rows.Prepare("SELECT 1 FROM inbox INDEXED BY inbox_unconsumed WHERE state = 1 AND consumed = 0 AND position = ?").Bind(position)));
        return isThere;
    }

    /// <summary>The row stays, without its content: its id and place say that it was here. The position comes from outside and may be anything.</summary>
    public void Consume(ulong position)
    {
        if (IsUnconsumed(position))
        {
            rows.Change(() => rows.Prepare(ToConsumed).Bind(position));
            Any(rows.Prepare("DELETE FROM inbox_content WHERE row = (SELECT row FROM inbox WHERE position = ?)").Bind(position));
            if (RowAt(position) is { } row)
            {
                parts.Drop(PartedKind.Inbox, row);
            }
        }
    }

    /// <summary>The row of the entry at a position.</summary>
    public long? RowAt(ulong position) => FirstOf(rows.Prepare("SELECT row FROM inbox WHERE position = ?").Bind(position));

    private long? RowOfPartial(Place place) => FirstOf(rows.AtPlace($"SELECT row FROM partial WHERE {AtThisPlace}", place));

    private static long? FirstOf(SqliteStatement statement)
    {
        using SqliteStatement query = statement;
        return query.Read() ? query.Int64(0) : null;
    }

    /// <summary>The conversation must be there. Each row of the inbox has its secret, so that a damaged conversation can be put together again.</summary>
    private byte[] SecretOf(Place place)
    {
        using SqliteStatement find = rows.Conversation("SELECT secret FROM inbound_conversation WHERE sender = ? AND conversation = ?", place.Sender, place.Conversation);
        Require(find.Read());
        return find.Blob(0).ToArray();
    }

    /// <summary>Who has read up to a position must never find something new below it.</summary>
    private bool IsNext(ulong position) => position > (ulong)rows.Database.Scalar("SELECT COALESCE(MAX(position), 0) FROM inbox");
}
