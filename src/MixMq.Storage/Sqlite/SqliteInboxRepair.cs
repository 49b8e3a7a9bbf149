using System.Buffers.Binary;
using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Puts the inbox together again after damaged rows were taken out: conversations from the rows of what came in them, so that nothing of it is taken again, and for each lost
/// entry that the application may not have had yet one that says so.
/// </summary>
internal sealed class SqliteInboxRepair(SqliteDatabase database)
{
    private static readonly byte[] EmptySum = RowSum.OfContent([]);

    /// <summary>What is missing is put back.</summary>
    public void Repair(IReadOnlyList<InboxClaim> claims)
    {
        RebuildConversations();
        DropPartialsOfNone();
        foreach (InboxClaim claim in claims)
        {
            Fill(claim);
        }
    }

    /// <summary>
    /// The watermark is the greatest sequence that was given out, whose row is never pruned; where everything is held, nothing was. It may have been raised further by the
    /// sender's base, which will come again, as will the mark of its start. The base can't have been lower than the window allows; that too the sender will tell.
    /// </summary>
    private void RebuildConversations()
    {
        var lost = new List<(byte[] Sender, byte[] Conversation, string Name, byte[] Secret, long Watermark)>();
        using (SqliteStatement query = database.Prepare("""
            SELECT sender, conversation, name, secret, COALESCE(MAX(CASE WHEN state = 1 THEN sequence END), 0) FROM inbox i
            WHERE damaged = 0 AND length(secret) = 32
                AND NOT EXISTS (SELECT 1 FROM inbound_conversation c WHERE c.sender = i.sender AND c.conversation = i.conversation)
            GROUP BY sender, conversation
            """))
        {
            while (query.Read())
            {
                lost.Add((query.Blob(0).ToArray(), query.Blob(1).ToArray(), query.Text(2), query.Blob(3).ToArray(), query.Int64(4)));
            }
        }

        foreach (var row in lost)
        {
            long lowest = Math.Max(1, row.Watermark + 1 - MessagingConstants.SequenceWindow);
            SqliteRows.Any(database.Prepare(SqliteTable.InboundConversation.Insert)
                .Bind(row.Sender).Bind(row.Conversation).Bind(row.Name).Bind(row.Secret).Bind(row.Watermark).Bind(lowest).Bind(Tombstones(row.Sender, row.Conversation, lowest))
                .Bind(Incarnation.None.ToArray()).Bind(0).Bind(0).Bind(0));
        }
    }

    private byte[] Tombstones(byte[] sender, byte[] conversation, long lowest)
    {
        var bytes = new List<byte>();
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        using SqliteStatement query = database.Prepare(
            "SELECT sequence FROM inbox WHERE sender = ? AND conversation = ? AND sequence >= ? AND tombstone = 1 ORDER BY sequence").Bind(sender).Bind(conversation).Bind(lowest);
        while (query.Read())
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, query.Int64(0));
            bytes.AddRange(number);
        }

        return [.. bytes];
    }

    /// <summary>Nothing was given out in their conversation: it begins anew with the sender's next frame, and they with it.</summary>
    private void DropPartialsOfNone() => database.Execute("""
        DELETE FROM fragment WHERE partial IN (SELECT row FROM partial p
            WHERE NOT EXISTS (SELECT 1 FROM inbound_conversation c WHERE c.sender = p.sender AND c.conversation = p.conversation));
        DELETE FROM partial WHERE NOT EXISTS (SELECT 1 FROM inbound_conversation c WHERE c.sender = partial.sender AND c.conversation = partial.conversation);
        """);

    private void Fill(InboxClaim claim)
    {
        long last = database.Scalar("SELECT COALESCE(MAX(position), 0) FROM inbox");
        bool mayHavePosition = claim.Position is > 0 and < long.MaxValue / 2
            && !SqliteRows.Exists(database.Prepare("SELECT 1 FROM inbox WHERE position = ?").Bind(claim.Position));
        long position = mayHavePosition ? claim.Position : last + 1;
        (byte[] sender, byte[] conversation, long sequence) = IsPast(claim)
            ? (claim.Sender, claim.Conversation, claim.Sequence)
            : (new byte[NodeAddress.ByteLength], new byte[ConversationId.ByteCount], position);
        byte[] id = claim.Id.Length == MessageId.ByteCount ? claim.Id : new byte[MessageId.ByteCount];
        SqliteRows.Any(database.Prepare(SqliteTable.Inbox.Insert)
            .Bind(sender).Bind(conversation).Bind(sequence).Bind("").Bind([]).Bind(id).Bind("").Bind(Math.Max(0, claim.Created)).Bind(Math.Max(0, claim.Expires))
            .Bind(0).Bind(EmptySum).Bind(0).Bind((long)InboxState.Ready).Bind(position).Bind(Math.Max(0, claim.Received)).Bind(claim.Consumed ? 1 : 0).Bind(0).Bind(1));
    }

    /// <summary>
    /// Whether the place is one that nothing can take any more: only there may the entry keep what it says of itself, for in a place that is still free it would keep out the
    /// message that belongs there.
    /// </summary>
    private bool IsPast(InboxClaim claim) =>
        SqliteRows.Exists(database.Prepare("SELECT 1 FROM inbound_conversation WHERE sender = ? AND conversation = ? AND watermark >= ?")
            .Bind(claim.Sender).Bind(claim.Conversation).Bind(claim.Sequence))
        && claim.Sequence > 0
        && !SqliteRows.Exists(database.Prepare("SELECT 1 FROM inbox WHERE sender = ? AND conversation = ? AND sequence = ?")
            .Bind(claim.Sender).Bind(claim.Conversation).Bind(claim.Sequence));
}
