using System.Buffers.Binary;
using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Applies store operations. Each must find what it names, in the state that it presumes, and nothing where it adds something: anything else
/// means that core and disk disagree, and going on would lose or repeat messages.
/// </summary>
internal sealed class SqliteWriter(SqliteDatabase database)
{
    public void Commit(IReadOnlyList<StoreOperation> operations)
    {
        try
        {
            database.Execute("BEGIN IMMEDIATE");
            foreach (StoreOperation operation in operations)
            {
                Apply(operation);
            }

            database.Execute("COMMIT");
        }
        catch
        {
            database.RollBackIfOpen();
            throw;
        }
    }

    private void Apply(StoreOperation operation)
    {
        switch (operation)
        {
            case StoreOperation.OpenOutboundConversation open: Open(open); break;
            case StoreOperation.AppendOutbox append: Append(append); break;
            case StoreOperation.ReplaceWithTombstone replace: Replace(replace); break;
            case StoreOperation.SettleOutbox settle: Settle(settle); break;
            case StoreOperation.UpsertInboundConversation upsert: Upsert(upsert.Conversation); break;
            case StoreOperation.OpenPartial open: Open(open); break;
            case StoreOperation.PutFragment put: Put(put); break;
            case StoreOperation.DropPartial drop: Drop(drop.Place); break;
            case StoreOperation.AppendInbox append: Append(append.Entry); break;
            case StoreOperation.ReleaseInbox release: Release(release); break;
            case StoreOperation.ConsumeInbox consume: Consume(consume.Position); break;
            default: throw new InvalidOperationException($"The store doesn't know {operation.GetType().Name}.");
        }
    }

    private void Open(StoreOperation.OpenOutboundConversation open) => One(
        Conversation("INSERT INTO outbound_conversation VALUES (?, ?, ?, ?, ?)", open.Recipient, open.Conversation)
            .Bind(open.Name).Bind(open.Secret.ToArray()).Bind(open.NextSequence));

    private void Append(StoreOperation.AppendOutbox append)
    {
        OutboxEntry entry = append.Entry;
        Require(entry.ContentLength == append.Content.Length && !entry.Tombstone);
        byte[] id = entry.Id.ToArray();
        byte[] recipient = entry.Recipient.ToArray();
        byte[] conversation = entry.Conversation.ToArray();
        One(database.Prepare("""
            UPDATE outbound_conversation SET next_sequence = next_sequence + 1
            WHERE recipient = ? AND conversation = ? AND next_sequence = ?
            """)
            .Bind(recipient).Bind(conversation).Bind(entry.Sequence));
        One(database.Prepare("""
            INSERT INTO outbox (message_id, recipient, conversation, sequence, envelope, label, content_length, created, expires, status, settled)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
            """)
            .Bind(id).Bind(recipient).Bind(conversation).Bind(entry.Sequence).Bind(entry.Envelope.Span).Bind(entry.Label)
            .Bind(entry.ContentLength).Bind(entry.CreatedUnixMillis).Bind(entry.ExpiresUnixMillis).Bind((long)OutboxStatus.Pending));
        One(database.Prepare("INSERT INTO outbox_content VALUES (?, ?)").Bind(id).Bind(append.Content.Span));
    }

    private void Replace(StoreOperation.ReplaceWithTombstone replace)
    {
        byte[] id = replace.Id.ToArray();
        One(database.Prepare("UPDATE outbox SET status = ?, envelope = ?, content_length = 0 WHERE message_id = ? AND status = ?")
            .Bind((long)OutboxStatus.Expiring).Bind(replace.Envelope.Span).Bind(id).Bind((long)OutboxStatus.Pending));
        One(database.Prepare("DELETE FROM outbox_content WHERE message_id = ?").Bind(id));
    }

    private void Settle(StoreOperation.SettleOutbox settle)
    {
        Require(settle.Status is OutboxStatus.Acknowledged or OutboxStatus.Expired);
        byte[] id = settle.Id.ToArray();
        One(database.Prepare("UPDATE outbox SET status = ?, settled = ?, envelope = x'' WHERE message_id = ? AND status IN (?, ?)")
            .Bind((long)settle.Status).Bind(settle.UnixMillis).Bind(id).Bind((long)OutboxStatus.Pending).Bind((long)OutboxStatus.Expiring));
        Any(database.Prepare("DELETE FROM outbox_content WHERE message_id = ?").Bind(id));
    }

    private void Upsert(InboundConversationState state)
    {
        byte[] tombstones = new byte[8 * state.Tombstones.Length];
        for (int i = 0; i < state.Tombstones.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(tombstones.AsSpan(8 * i), state.Tombstones[i]);
        }

        One(Conversation("INSERT OR REPLACE INTO inbound_conversation VALUES (?, ?, ?, ?, ?, ?, ?)", state.Sender, state.Conversation)
            .Bind(state.Name).Bind(state.Secret.ToArray()).Bind(state.Watermark).Bind(state.Base).Bind(tombstones));
    }

    private void Open(StoreOperation.OpenPartial open)
    {
        Require(Receives(open.Place));
        Require(!Exists(AtPlace("SELECT 1 FROM inbox WHERE sender = ? AND conversation = ? AND sequence = ?", open.Place)));
        One(AtPlace("""
            INSERT INTO partial (sender, conversation, sequence, message_id, envelope, content_length, fragment_count) VALUES (?, ?, ?, ?, ?, ?, ?)
            """, open.Place)
            .Bind(open.Id.ToArray()).Bind(open.Envelope.Span).Bind(open.ContentLength).Bind(open.FragmentCount));
    }

    private void Put(StoreOperation.PutFragment put)
    {
        long row;
        using (SqliteStatement find = AtPlace("SELECT row, fragment_count FROM partial WHERE sender = ? AND conversation = ? AND sequence = ?", put.Place))
        {
            Require(find.Read() && put.Index >= 0 && put.Index < find.Int32(1));
            row = find.Int64(0);
        }

        One(database.Prepare("INSERT INTO fragment VALUES (?, ?, ?)").Bind(row).Bind(put.Index).Bind(put.Content.Span));
    }

    private void Drop(Place place)
    {
        Any(AtPlace("DELETE FROM fragment WHERE partial IN (SELECT row FROM partial WHERE sender = ? AND conversation = ? AND sequence = ?)", place));
        One(AtPlace("DELETE FROM partial WHERE sender = ? AND conversation = ? AND sequence = ?", place));
    }

    /// <summary>A held entry has no position: NULL, of which there may be many.</summary>
    private void Append(InboxEntry entry)
    {
        Require(Receives(entry.Place));
        Require(entry.State == InboxState.Ready ? IsNext(entry.Position) : entry.Position == 0);
        One(AtPlace("""
            INSERT INTO inbox (sender, conversation, sequence, name, message_id, label, created, expires, content, tombstone, state, received, position, consumed)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, 0), 0)
            """, entry.Place)
            .Bind(entry.ConversationName).Bind(entry.Id.ToArray()).Bind(entry.Label).Bind(entry.CreatedUnixMillis).Bind(entry.ExpiresUnixMillis)
            .Bind(entry.Content.Span).Bind(entry.Tombstone ? 1 : 0).Bind((long)entry.State).Bind(entry.ReceivedUnixMillis).Bind(entry.Position));
    }

    private void Release(StoreOperation.ReleaseInbox release)
    {
        Require(IsNext(release.Position));
        One(database.Prepare("UPDATE inbox SET state = ?, position = ? WHERE sender = ? AND conversation = ? AND sequence = ? AND state = ?")
            .Bind((long)InboxState.Ready).Bind(release.Position)
            .Bind(release.Place.Sender.ToArray()).Bind(release.Place.Conversation.ToArray()).Bind(release.Place.Sequence)
            .Bind((long)InboxState.Held));
    }

    /// <summary>The row stays, without its content: its id and place say that it was here. The position comes from outside and may be anything.</summary>
    private void Consume(ulong position)
    {
        if (position <= long.MaxValue)
        {
            Any(database.Prepare("UPDATE inbox SET consumed = 1, content = x'' WHERE position = ? AND consumed = 0").Bind(position));
        }
    }

    private bool Receives(Place place) =>
        Exists(Conversation("SELECT 1 FROM inbound_conversation WHERE sender = ? AND conversation = ?", place.Sender, place.Conversation));

    /// <summary>Who has read up to a position must never find something new below it.</summary>
    private bool IsNext(ulong position) => position > (ulong)database.Scalar("SELECT COALESCE(MAX(position), 0) FROM inbox");

    private SqliteStatement Conversation(string sql, NodeAddress peer, ConversationId conversation)
    {
        Span<byte> bytes = stackalloc byte[NodeAddress.ByteLength];
        peer.CopyTo(bytes);
        SqliteStatement statement = database.Prepare(sql).Bind(bytes);
        Span<byte> id = stackalloc byte[ConversationId.ByteCount];
        conversation.CopyTo(id);
        return statement.Bind(id);
    }

    private SqliteStatement AtPlace(string sql, Place place) => Conversation(sql, place.Sender, place.Conversation).Bind(place.Sequence);

    private void One(SqliteStatement statement)
    {
        Any(statement);
        Require(database.Changes == 1);
    }

    private static void Any(SqliteStatement statement)
    {
        using (statement)
        {
            statement.Read();
        }
    }

    private static bool Exists(SqliteStatement query)
    {
        using (query)
        {
            return query.Read();
        }
    }

    private static void Require(bool agrees)
    {
        if (!agrees)
        {
            throw new MessageStoreException(
                "The message store contradicts what the node knows: it is damaged, or was changed by something else. Restore a backup.");
        }
    }
}
