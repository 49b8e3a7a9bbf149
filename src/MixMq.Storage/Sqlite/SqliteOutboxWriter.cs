using MixMq.Endpoint.Messaging;
using static MixMq.Storage.Sqlite.SqliteRows;

namespace MixMq.Storage.Sqlite;

/// <summary>Applies what concerns messages that this node sends.</summary>
internal sealed class SqliteOutboxWriter(SqliteRows rows, SqlitePartedWriter parts)
{
    private const int ShiftedAtOnce = 1024;
    private const string Unsettled = "status IN (0, 1)";
    private static readonly string Message = SqliteTable.Key("message_id");
    private static readonly byte[] EmptySum = RowSum.OfContent([]);
    private static readonly string TakeSequence = SqliteTable.OutboundConversation.Update(
        "recipient = ?1 AND conversation = ?2 AND next_sequence = ?3", ("next_sequence", "next_sequence + 1"));

    private static readonly string ToTombstone = SqliteTable.Outbox.Update(
        $"{Message} AND status = 0", ("status", "1"), ("envelope", "?2"), ("content_length", "0"), ("content_sum", "?3"));

    private static readonly string ToTentative = SqliteTable.OutboundConversation.Update("recipient = ?1 AND conversation = ?2", ("tentative", "?3"));

    private static readonly string MoveNext = SqliteTable.OutboundConversation.Update(
        "recipient = ?1 AND conversation = ?2 AND next_sequence < ?3", ("next_sequence", "?3"), ("tentative", "0"));

    private static readonly string ToPlace = SqliteTable.Outbox.Update(
        $"{Message} AND recipient = ?4 AND conversation = ?5 AND sequence < ?2 AND {Unsettled}", ("sequence", "?2"), ("envelope", "?3"));

    private static readonly string ShiftOne = SqliteTable.Outbox.Update($"recipient = ?1 AND conversation = ?2 AND {SqliteTable.Key("sequence", 3)} AND +{Unsettled}", ("sequence", "?4"));

    private static readonly string JoinNext = SqliteTable.OutboundConversation.Update(
        "recipient = ?1 AND conversation = ?2 AND next_sequence = ?3", ("next_sequence", "?4"));

    private static readonly string JoinOne = SqliteTable.Outbox.Update(
        $"recipient = ?1 AND conversation = ?2 AND {SqliteTable.Key("sequence", 3)} AND +{Unsettled}", ("sequence", "?4"), ("recipient", "?5"));

    private static readonly string ToAcknowledged = SqliteTable.Outbox.Update($"{Message} AND {Unsettled}", ("status", "2"), ("settled", "?2"));

    private static readonly string ToAcknowledgedAndGone = SqliteTable.Outbox.Update(
        $"{Message} AND {Unsettled}", ("status", "2"), ("settled", "?2"), ("content_length", "0"), ("content_sum", "?3"));

    private static readonly string ToExpired = SqliteTable.Outbox.Update(
        $"{Message} AND {Unsettled}", ("status", "3"), ("settled", "?2"), ("content_length", "0"), ("content_sum", "?3"));

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

    /// <summary>An acknowledged message's content stays until it is pruned, unless nobody can want it: a recipient whose store was put back from a copy can have it again.</summary>
    public void Settle(StoreOperation.SettleOutbox settle)
    {
        Require(settle.Status is OutboxStatus.Acknowledged or OutboxStatus.Expired);
        byte[] id = settle.Id.ToArray();
        if (settle.Status == OutboxStatus.Acknowledged && !settle.DropsContent)
        {
            rows.Change(() => rows.Prepare(ToAcknowledged).Bind(id).Bind(settle.UnixMillis));
        }
        else
        {
            string settled = settle.Status == OutboxStatus.Acknowledged ? ToAcknowledgedAndGone : ToExpired;
            rows.Change(() => rows.Prepare(settled).Bind(id).Bind(settle.UnixMillis).Bind(EmptySum));
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
        MovedRange? waiting = move.Waiting;
        Gap? free = null;
        Require(waiting is not { } range || (range.First < range.End && range.Target > gap.Last && range.Target > range.First && range.TargetEnd <= move.NextSequence));
        foreach (MovedMessage moved in move.Moved.Reverse())
        {
            if (moved.Sequence < waiting?.Target)
            {
                free = Shift(gap, waiting.Value);
                waiting = null;
            }

            byte[] id = moved.Id.ToArray();
            Require(moved.Sequence > gap.Last && moved.Sequence < move.NextSequence);
            rows.Change(() => rows.Prepare(ToPlace).Bind(id).Bind(moved.Sequence).Bind(moved.Envelope.Span).Bind(gap.Peer.ToArray()).Bind(gap.Conversation.ToArray()));
        }

        if (waiting is { } left)
        {
            free = Shift(gap, left);
        }

        Require(move.NextSequence > gap.Last);
        rows.Change(() => rows.Conversation(MoveNext, gap.Peer, gap.Conversation).Bind(move.NextSequence));
        Record(gap);
        if (free is not null)
        {
            Record(free);
        }
    }

    /// <summary>A gap in what goes is one where it goes to, too: a place without a row is known to have none.</summary>
    public void Join(StoreOperation.JoinOutbox join)
    {
        Gap left = join.Left;
        Require(left.Kind == GapKind.Sent && left.First > 0 && left.First <= left.Last && left.Last < long.MaxValue / 2 && join.Into != left.Peer && join.Target < long.MaxValue / 2);
        ulong next = join.Target + (left.Last - left.First) + 1;
        rows.Change(() => rows.Conversation(JoinNext, join.Into, left.Conversation).Bind(join.Target).Bind(next));
        byte[] into = join.Into.ToArray();
        Each(left, new(left.First, left.Last + 1, join.Target), place =>
        {
            ulong target = join.Target + (place - left.First);
            rows.Change(() => rows.Conversation(JoinOne, left.Peer, left.Conversation).Bind(place).Bind(target).Bind(into));
        });
        foreach (StoredGap known in Known(left))
        {
            if (known.Gap.Last >= left.First && known.Gap.First <= left.Last)
            {
                Record(known.Gap with
                {
                    Peer = join.Into,
                    First = join.Target + (Math.Max(known.Gap.First, left.First) - left.First),
                    Last = join.Target + (Math.Min(known.Gap.Last, left.Last) - left.First),
                });
            }
        }

        List<ulong> stays = Places(left);
        foreach (ulong place in stays.Where(place => place >= left.First && place <= left.Last))
        {
            Record(left with { Peer = join.Into, First = join.Target + (place - left.First), Last = join.Target + (place - left.First) });
        }

        if (stays.Count > 0)
        {
            Record(left);
            return;
        }

        Any(rows.Conversation($"DELETE FROM gap WHERE peer = ?1 AND conversation = ?2 AND kind = {(int)GapKind.Sent}", left.Peer, left.Conversation));
        rows.One(rows.Conversation("DELETE FROM outbound_conversation WHERE recipient = ?1 AND conversation = ?2", left.Peer, left.Conversation));
    }

    private List<ulong> Places(Gap gap)
    {
        var places = new List<ulong>();
        using SqliteStatement query = rows.Conversation("SELECT sequence FROM outbox WHERE recipient = ?1 AND conversation = ?2 ORDER BY sequence", gap.Peer, gap.Conversation);
        while (query.Read())
        {
            places.Add(query.UInt64(0));
        }

        return places;
    }

    /// <summary>They come to stand together.</summary>
    /// <returns>The places that are left free; null: none.</returns>
    private Gap? Shift(Gap gap, MovedRange range)
    {
        ulong lowest = range.TargetEnd;
        Each(gap, range, place =>
        {
            ulong target = --lowest;
            rows.Change(() => rows.Conversation(ShiftOne, gap.Peer, gap.Conversation).Bind(place).Bind(target));
        });
        return range.Free(gap, range.TargetEnd - lowest);
    }

    /// <summary>A few rows at a time, from the last down, so that memory doesn't grow with them; all in the transaction of the batch.</summary>
    private void Each(Gap gap, MovedRange range, Action<ulong> change)
    {
        for (ulong end = range.End; ;)
        {
            var places = new List<ulong>();
            using (SqliteStatement query = rows.Conversation(
                $"SELECT sequence FROM outbox WHERE recipient = ?1 AND conversation = ?2 AND sequence >= ?3 AND sequence < ?4 AND +{Unsettled} ORDER BY sequence DESC LIMIT {ShiftedAtOnce}",
                gap.Peer, gap.Conversation).Bind(range.First).Bind(end))
            {
                while (query.Read())
                {
                    places.Add(query.UInt64(0));
                }
            }

            foreach (ulong place in places)
            {
                change(place);
            }

            if (places.Count < ShiftedAtOnce)
            {
                return;
            }

            end = places[^1];
        }
    }

    public void Record(Gap gap)
    {
        List<StoredGap> known = Known(gap);
        (IReadOnlyList<int> removed, IReadOnlyList<Gap> added) = GapRecords.Add([.. known.Select(row => row.Gap)], gap, (low, high) => gap.Kind == GapKind.Received || IsSettledBetween(low, high));

        // Never a number that was given: who has read up to there would miss what is new.
        long number = rows.Database.Scalar("SELECT COALESCE(MAX(number), 0) FROM gap");
        foreach (int index in removed)
        {
            rows.One(rows.Prepare("DELETE FROM gap WHERE number = ?").Bind(known[index].Number));
        }

        foreach (Gap row in added)
        {
            rows.One(rows.Prepare(SqliteTable.Gap.Insert).Bind(++number).Bind((long)row.Kind).Bind(row.Peer.ToArray()).Bind(row.Conversation.ToArray())
                .Bind(row.Name).Bind(row.First).Bind(row.Last).Bind(row.NoticedUnixMillis).Bind(row.Folded ? 1 : 0));
        }
    }

    private List<StoredGap> Known(Gap gap)
    {
        var known = new List<StoredGap>();
        using SqliteStatement query = rows.Conversation(
            $"SELECT number, first, last, noticed, folded, name FROM gap WHERE peer = ?1 AND conversation = ?2 AND kind = ?3 AND {SqliteTable.Gap.Sound} ORDER BY first", gap.Peer, gap.Conversation)
            .Bind((long)gap.Kind);
        while (query.Read())
        {
            known.Add(new(query.Int64(0), gap with { First = query.UInt64(1), Last = query.UInt64(2), NoticedUnixMillis = query.Int64(3), Folded = query.Int64(4) == 1, Name = query.Text(5) }));
        }

        return known;
    }

    /// <summary>What is still to be sent must not count as lost: were its row damaged, nothing would tell that it was there.</summary>
    private bool IsSettledBetween(Gap low, Gap high) =>
        !Exists(rows.Conversation($"SELECT 1 FROM outbox WHERE recipient = ?1 AND conversation = ?2 AND sequence > ?3 AND sequence < ?4 AND {Unsettled}", low.Peer, low.Conversation)
            .Bind(low.Last).Bind(high.First));

    private void DropContent(byte[] id)
    {
        Any(rows.Prepare($"DELETE FROM outbox_content WHERE {Message}").Bind(id));
        parts.Drop(PartedKind.Outbox, id);
    }
}
