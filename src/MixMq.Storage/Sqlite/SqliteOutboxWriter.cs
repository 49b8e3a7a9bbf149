using MixMq.Endpoint.Messaging;
using static MixMq.Storage.Sqlite.SqliteRows;

namespace MixMq.Storage.Sqlite;

/// <summary>Applies what concerns messages that this node sends.</summary>
internal sealed class SqliteOutboxWriter(SqliteRows rows, SqlitePartedWriter parts)
{
    private const string Unsettled = "status IN (0, 1)";
    private static readonly byte[] EmptySum = RowSum.OfContent([]);
    private static readonly string TakeSequence = SqliteTable.OutboundConversation.Update(
        "recipient = ?1 AND conversation = ?2 AND next_sequence = ?3", ("next_sequence", "next_sequence + 1"));

    private static readonly string ToTombstone = SqliteTable.Outbox.Update(
        "message_id = ?1 AND status = 0", ("status", "1"), ("envelope", "?2"), ("content_length", "0"), ("content_sum", "?3"));

    private static readonly string ToTentative = SqliteTable.OutboundConversation.Update("recipient = ?1 AND conversation = ?2", ("tentative", "?3"));

    private static readonly string MoveNext = SqliteTable.OutboundConversation.Update(
        "recipient = ?1 AND conversation = ?2 AND next_sequence < ?3", ("next_sequence", "?3"), ("tentative", "0"));

    private static readonly string ToPlace = SqliteTable.Outbox.Update(
        $"message_id = ?1 AND recipient = ?4 AND conversation = ?5 AND sequence < ?2 AND {Unsettled}", ("sequence", "?2"), ("envelope", "?3"));

    private static readonly string ToAcknowledged = SqliteTable.Outbox.Update($"message_id = ?1 AND {Unsettled}", ("status", "2"), ("settled", "?2"));

    private static readonly string ToExpired = SqliteTable.Outbox.Update(
        $"message_id = ?1 AND {Unsettled}", ("status", "3"), ("settled", "?2"), ("content_length", "0"), ("content_sum", "?3"));

    public void Open(StoreOperation.OpenOutboundConversation open) => rows.One(
        rows.Conversation(SqliteTable.OutboundConversation.Insert, open.Recipient, open.Conversation)
            .Bind(open.Name).Bind(open.Secret.ToArray()).Bind(open.NextSequence).Bind(open.NextSequence).Bind(0));

    public void Append(StoreOperation.AppendOutbox append)
    {
        OutboxEntry entry = append.Entry;
        Require((entry.InParts ? append.Content.IsEmpty : entry.ContentLength == append.Content.Length) && !entry.Tombstone && !entry.Damaged);
        rows.Change(() => rows.Conversation(TakeSequence, entry.Recipient, entry.Conversation).Bind(entry.Sequence));
        byte[] id = entry.Id.ToArray();
        rows.One(rows.Prepare(SqliteTable.Outbox.Insert)
            .Bind(id).Bind(entry.Recipient.ToArray()).Bind(entry.Conversation.ToArray()).Bind(entry.Sequence).Bind(entry.Envelope.Span).Bind(entry.Label)
            .Bind(entry.ContentLength).Bind(RowSum.OfContent(append.Content.Span)).Bind(entry.CreatedUnixMillis).Bind(entry.ExpiresUnixMillis)
            .Bind((long)OutboxStatus.Pending).Bind(0).Bind(0));
        if (entry.InParts)
        {
            parts.GiveToOutbox(id, entry.ContentLength);
        }
        else
        {
            rows.One(rows.Prepare("INSERT INTO outbox_content VALUES (?, ?)").Bind(id).Bind(append.Content.Span));
        }
    }

    public void Replace(StoreOperation.ReplaceWithTombstone replace)
    {
        byte[] id = replace.Id.ToArray();
        rows.Change(() => rows.Prepare(ToTombstone).Bind(id).Bind(replace.Envelope.Span).Bind(EmptySum));
        DropContent(id);
    }

    /// <summary>An acknowledged message's content stays until it is pruned: a recipient whose store was put back from a copy can have it again.</summary>
    public void Settle(StoreOperation.SettleOutbox settle)
    {
        Require(settle.Status is OutboxStatus.Acknowledged or OutboxStatus.Expired);
        byte[] id = settle.Id.ToArray();
        if (settle.Status == OutboxStatus.Acknowledged)
        {
            rows.Change(() => rows.Prepare(ToAcknowledged).Bind(id).Bind(settle.UnixMillis));
        }
        else
        {
            rows.Change(() => rows.Prepare(ToExpired).Bind(id).Bind(settle.UnixMillis).Bind(EmptySum));
            DropContent(id);
        }
    }

    public void SetTentative(StoreOperation.SetTentative set) =>
        rows.Change(() => rows.Conversation(ToTentative, set.Recipient, set.Conversation).Bind(set.Sequence));

    /// <summary>From the last up: no two have the same place at any time.</summary>
    public void Move(StoreOperation.MoveOutbox move)
    {
        Gap gap = move.Gap;
        Require(gap.Kind == GapKind.Sent && gap.First > 0 && gap.First <= gap.Last && gap.Last < long.MaxValue / 2);
        foreach (MovedMessage moved in move.Moved.Reverse())
        {
            byte[] id = moved.Id.ToArray();
            Require(moved.Sequence > gap.Last && moved.Sequence < move.NextSequence);
            rows.Change(() => rows.Prepare(ToPlace).Bind(id).Bind(moved.Sequence).Bind(moved.Envelope.Span).Bind(gap.Peer.ToArray()).Bind(gap.Conversation.ToArray()));
        }

        Require(move.NextSequence > gap.Last);
        rows.Change(() => rows.Conversation(MoveNext, gap.Peer, gap.Conversation).Bind(move.NextSequence));
        Record(gap);
    }

    public void Record(Gap gap)
    {
        if (Exists(rows.Conversation("SELECT 1 FROM gap WHERE peer = ?1 AND conversation = ?2 AND kind = ?3 AND first <= ?4 AND last >= ?5", gap.Peer, gap.Conversation)
            .Bind((long)gap.Kind).Bind(gap.First).Bind(gap.Last)))
        {
            return;
        }

        long number = rows.Database.Scalar("SELECT COALESCE(MAX(number), 0) + 1 FROM gap");
        rows.One(rows.Prepare(SqliteTable.Gap.Insert).Bind(number).Bind((long)gap.Kind).Bind(gap.Peer.ToArray()).Bind(gap.Conversation.ToArray())
            .Bind(gap.Name).Bind(gap.First).Bind(gap.Last).Bind(gap.NoticedUnixMillis));
    }

    private void DropContent(byte[] id)
    {
        Any(rows.Prepare("DELETE FROM outbox_content WHERE message_id = ?").Bind(id));
        parts.Drop(PartedKind.Outbox, id);
    }
}
