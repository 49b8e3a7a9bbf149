using System.Buffers.Binary;
using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>Applies store operations. Each that names a row must hit exactly one: anything else means that core and disk disagree.</summary>
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
        Span<byte> id = stackalloc byte[MessageId.ByteCount];
        entry.Id.CopyTo(id);
        Span<byte> recipient = stackalloc byte[32];
        entry.Recipient.CopyTo(recipient);
        Span<byte> conversation = stackalloc byte[ConversationId.ByteCount];
        entry.Conversation.CopyTo(conversation);
        One(database.Prepare("""
            INSERT INTO outbox (message_id, recipient, conversation, sequence, envelope, label, content_length, created, expires, status, settled)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
            """)
            .Bind(id).Bind(recipient).Bind(conversation).Bind(entry.Sequence).Bind(entry.Envelope.Span).Bind(entry.Label)
            .Bind(entry.ContentLength).Bind(entry.CreatedUnixMillis).Bind(entry.ExpiresUnixMillis).Bind((long)OutboxStatus.Pending));
        One(database.Prepare("INSERT INTO outbox_content VALUES (?, ?)").Bind(id).Bind(append.Content.Span));
        One(database.Prepare("UPDATE outbound_conversation SET next_sequence = ? WHERE recipient = ? AND conversation = ?")
            .Bind(entry.Sequence + 1).Bind(recipient).Bind(conversation));
    }

    private void Replace(StoreOperation.ReplaceWithTombstone replace)
    {
        One(database.Prepare("UPDATE outbox SET status = ?, envelope = ?, content_length = 0 WHERE message_id = ?")
            .Bind((long)OutboxStatus.Expiring).Bind(replace.Envelope.Span).Bind(replace.Id.ToArray()));
        Any(database.Prepare("DELETE FROM outbox_content WHERE message_id = ?").Bind(replace.Id.ToArray()));
    }

    private void Settle(StoreOperation.SettleOutbox settle)
    {
        One(database.Prepare("UPDATE outbox SET status = ?, settled = ?, envelope = x'' WHERE message_id = ?")
            .Bind((long)settle.Status).Bind(settle.UnixMillis).Bind(settle.Id.ToArray()));
        Any(database.Prepare("DELETE FROM outbox_content WHERE message_id = ?").Bind(settle.Id.ToArray()));
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

    private void Open(StoreOperation.OpenPartial open) => One(
        AtPlace("""
            INSERT INTO partial (sender, conversation, sequence, message_id, envelope, content_length, fragment_count) VALUES (?, ?, ?, ?, ?, ?, ?)
            """, open.Place)
            .Bind(open.Id.ToArray()).Bind(open.Envelope.Span).Bind(open.ContentLength).Bind(open.FragmentCount));

    private void Put(StoreOperation.PutFragment put)
    {
        SqliteStatement find = AtPlace("SELECT row FROM partial WHERE sender = ? AND conversation = ? AND sequence = ?", put.Place);
        if (!find.Read())
        {
            throw Disagreement();
        }

        long row = find.Int64(0);
        find.Reset();
        One(database.Prepare("INSERT INTO fragment VALUES (?, ?, ?)").Bind(row).Bind(put.Index).Bind(put.Content.Span));
    }

    private void Drop(Place place)
    {
        Any(AtPlace("DELETE FROM fragment WHERE partial IN (SELECT row FROM partial WHERE sender = ? AND conversation = ? AND sequence = ?)", place));
        One(AtPlace("DELETE FROM partial WHERE sender = ? AND conversation = ? AND sequence = ?", place));
    }

    private void Append(InboxEntry entry)
    {
        SqliteStatement insert = AtPlace(
            entry.State == InboxState.Ready
                ? """
                  INSERT INTO inbox (sender, conversation, sequence, name, message_id, label, created, expires, content, tombstone, state, received, consumed, position)
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)
                  """
                : """
                  INSERT INTO inbox (sender, conversation, sequence, name, message_id, label, created, expires, content, tombstone, state, received, consumed)
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
                  """,
            entry.Place)
            .Bind(entry.ConversationName).Bind(entry.Id.ToArray()).Bind(entry.Label).Bind(entry.CreatedUnixMillis).Bind(entry.ExpiresUnixMillis)
            .Bind(entry.Content.Span).Bind(entry.Tombstone ? 1 : 0).Bind((long)entry.State).Bind(entry.ReceivedUnixMillis);
        if (entry.State == InboxState.Ready)
        {
            insert.Bind(entry.Position);
        }

        One(insert);
    }

    private void Release(StoreOperation.ReleaseInbox release)
    {
        Span<byte> sender = stackalloc byte[32];
        release.Place.Sender.CopyTo(sender);
        Span<byte> conversation = stackalloc byte[ConversationId.ByteCount];
        release.Place.Conversation.CopyTo(conversation);
        One(database.Prepare("UPDATE inbox SET state = ?, position = ? WHERE sender = ? AND conversation = ? AND sequence = ? AND state = ?")
            .Bind((long)InboxState.Ready).Bind(release.Position).Bind(sender).Bind(conversation).Bind(release.Place.Sequence)
            .Bind((long)InboxState.Held));
    }

    /// <summary>The row stays, without its content: its id and place say that it was here.</summary>
    private void Consume(ulong position) => Any(
        database.Prepare("UPDATE inbox SET consumed = 1, content = x'' WHERE position = ?").Bind(position));

    private SqliteStatement Conversation(string sql, NodeAddress peer, ConversationId conversation)
    {
        Span<byte> bytes = stackalloc byte[32];
        peer.CopyTo(bytes);
        SqliteStatement statement = database.Prepare(sql).Bind(bytes);
        Span<byte> id = stackalloc byte[ConversationId.ByteCount];
        conversation.CopyTo(id);
        return statement.Bind(id);
    }

    private SqliteStatement AtPlace(string sql, Place place) => Conversation(sql, place.Sender, place.Conversation).Bind(place.Sequence);

    private void One(SqliteStatement statement)
    {
        statement.Run();
        if (database.Changes != 1)
        {
            throw Disagreement();
        }
    }

    private static void Any(SqliteStatement statement) => statement.Run();

    private static MessageStoreException Disagreement() =>
        new("The message store lacks a row that it should have: it is damaged, or was changed by something else. Restore a backup.");
}
