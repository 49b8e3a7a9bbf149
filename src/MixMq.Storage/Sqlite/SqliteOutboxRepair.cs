using System.Security.Cryptography;
using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Puts the outbox together again after damaged rows were taken out: conversations from the envelopes of their messages, and for each lost message a row that says
/// so. An unsettled one has a tombstone sent in its place, for the recipient would wait at the gap for ever.
/// </summary>
internal sealed class SqliteOutboxRepair(SqliteDatabase database)
{
    private const long MostHoles = 1 << 20;
    private static readonly byte[] EmptySum = RowSum.OfContent([]);

    /// <summary>What is missing is put back.</summary>
    /// <param name="lostConversations">How many rows of conversations were damaged.</param>
    /// <param name="claims">What the damaged rows of messages say of themselves.</param>
    /// <returns>How many places were empty.</returns>
    public int Repair(int lostConversations, IReadOnlyList<OutboxClaim> claims)
    {
        if (RebuildConversations() < lostConversations)
        {
            throw new MessageStoreException(
                "The message store is damaged: of a conversation in which this node sends nothing is left from which its numbers could be known, and going on would give them twice. Restore a backup.");
        }

        List<(byte[] Recipient, byte[] Conversation, long Sequence)> holes = Holes();
        foreach ((byte[] recipient, byte[] conversation, long sequence) in holes)
        {
            OutboxClaim? claim = claims.FirstOrDefault(row =>
                row.Recipient.AsSpan().SequenceEqual(recipient) && row.Conversation.AsSpan().SequenceEqual(conversation) && row.Sequence == sequence);
            Fill(recipient, conversation, sequence, claim);
        }

        return holes.Count;
    }

    /// <summary>The greatest sequence's row is never pruned and keeps its envelope, which holds name and secret.</summary>
    private int RebuildConversations()
    {
        var lost = new List<(byte[] Recipient, byte[] Conversation, long First, long Next, byte[] Envelope)>();
        using (SqliteStatement query = database.Prepare("""
            SELECT recipient, conversation, MIN(sequence), MAX(sequence) + 1, envelope FROM outbox o
            WHERE NOT EXISTS (SELECT 1 FROM outbound_conversation c WHERE c.recipient = o.recipient AND c.conversation = o.conversation)
            GROUP BY recipient, conversation
            """))
        {
            while (query.Read())
            {
                lost.Add((query.Blob(0).ToArray(), query.Blob(1).ToArray(), query.Int64(2), query.Int64(3), []));
            }
        }

        int rebuilt = 0;
        foreach (var row in lost)
        {
            if (FactsOf(row.Recipient, row.Conversation) is { } facts && facts.Conversation.ToArray().AsSpan().SequenceEqual(row.Conversation))
            {
                SqliteRows.Any(database.Prepare(SqliteTable.OutboundConversation.Insert)
                    .Bind(row.Recipient).Bind(row.Conversation).Bind(facts.Name).Bind(facts.Secret.ToArray()).Bind(row.First).Bind(row.Next).Bind(0));
                rebuilt++;
            }
        }

        return rebuilt;
    }

    /// <summary>
    /// What has gone behind the conversation from another one (<see cref="StoreOperation.JoinOutbox"/>) may have that one's secret in its envelope: it names the address under which it was accepted. Only where nothing else
    /// is left the last of these is believed; the recipient then finds a new secret, and what it has under the right one is compared by ids.
    /// </summary>
    private EnvelopeFacts? FactsOf(byte[] recipient, byte[] conversation)
    {
        EnvelopeFacts? last = null;
        using SqliteStatement query = database.Prepare(
            "SELECT envelope FROM outbox WHERE recipient = ? AND conversation = ? AND length(envelope) > 0 ORDER BY sequence DESC").Bind(recipient).Bind(conversation);
        while (query.Read())
        {
            if (EnvelopeFacts.Read(query.Blob(0)) is not { } facts)
            {
                continue;
            }

            if (facts.To is not { } to || to.ToArray().AsSpan().SequenceEqual(recipient))
            {
                return facts;
            }

            last ??= facts;
        }

        return last;
    }

    private List<(byte[] Recipient, byte[] Conversation, long Sequence)> Holes()
    {
        var gaps = new List<(byte[] Recipient, byte[] Conversation, long First, long Next)>();
        using (SqliteStatement query = database.Prepare("""
            SELECT recipient, conversation, first_sequence, next_sequence FROM outbound_conversation c
            WHERE (SELECT COUNT(*) FROM outbox o WHERE o.recipient = c.recipient AND o.conversation = c.conversation) < next_sequence - first_sequence
            """))
        {
            while (query.Read())
            {
                gaps.Add((query.Blob(0).ToArray(), query.Blob(1).ToArray(), query.Int64(2), query.Int64(3)));
            }
        }

        var holes = new List<(byte[], byte[], long)>();
        foreach ((byte[] recipient, byte[] conversation, long first, long next) in gaps)
        {
            long expected = first;
            using SqliteStatement query = database.Prepare("""
                SELECT sequence, sequence FROM outbox WHERE recipient = ?1 AND conversation = ?2
                UNION ALL SELECT first, last FROM gap WHERE kind = 0 AND peer = ?1 AND conversation = ?2 AND last >= ?3 ORDER BY 1
                """).Bind(recipient).Bind(conversation).Bind(first);
            while (true)
            {
                bool more = query.Read();
                long there = more ? query.Int64(0) : next;
                if (there - expected > MostHoles)
                {
                    throw new MessageStoreException("The message store is damaged: of so many places of a conversation nothing is left that they can't be filled. Restore a backup.");
                }

                for (; expected < there; expected++)
                {
                    holes.Add((recipient, conversation, expected));
                }

                if (there >= next)
                {
                    break;
                }

                // A gap may have rows in it.
                expected = Math.Max(expected, query.Int64(1) + 1);
            }
        }

        return holes;
    }

    private void Fill(byte[] recipient, byte[] conversation, long sequence, OutboxClaim? claim)
    {
        byte[] id = claim is { Id.Length: MessageId.ByteCount } && !IsTaken(claim.Id) ? claim.Id : IdOf(recipient, conversation, sequence);
        bool settled = claim is { IsSettled: true };
        SqliteRows.Any(database.Prepare(SqliteTable.Outbox.Insert)
            .Bind(id).Bind(recipient).Bind(conversation).Bind(sequence).Bind([]).Bind("").Bind(0).Bind(EmptySum)
            .Bind(Plausible(claim?.Created)).Bind(Plausible(claim?.Expires))
            .Bind(settled ? claim!.Status : (long)OutboxStatus.Pending).Bind(settled ? claim!.Settled : 0).Bind(1));
    }

    private static long Plausible(long? time) => time is { } millis and >= 0 ? millis : 0;

    private bool IsTaken(byte[] id) => SqliteRows.Exists(database.Prepare("SELECT 1 FROM outbox WHERE message_id = ?").Bind(id));

    /// <summary>The message's own id is lost: one that no other message has, and the same if this is done again.</summary>
    private static byte[] IdOf(byte[] recipient, byte[] conversation, long sequence) =>
        SHA256.HashData([.. recipient, .. conversation, .. BitConverter.GetBytes(sequence)])[..MessageId.ByteCount];
}
