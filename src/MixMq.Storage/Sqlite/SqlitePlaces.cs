using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Goes along the places of an outbound conversation with what an index gives of it, and notices where a row is missing: each place has one, or a gap (<see cref="SqliteSchema.Tables"/>). To whoever
/// reads by pages a row that the index doesn't have would be one that is settled, and its message would never be sent.
/// </summary>
internal sealed class SqlitePlaces
{
    private readonly SqliteDatabase _database;
    private readonly NodeAddress _recipient;
    private readonly ConversationId _conversation;
    private readonly ulong _end;
    private ulong _next;

    /// <summary>From a place on; what is below the first row that is kept doesn't count.</summary>
    public SqlitePlaces(SqliteDatabase database, NodeAddress recipient, ConversationId conversation, ulong first)
    {
        (_database, _recipient, _conversation) = (database, recipient, conversation);
        using SqliteStatement query = database.Prepare(
            $"SELECT first_sequence, next_sequence, {SqliteTable.OutboundConversation.Sound} FROM outbound_conversation WHERE recipient = ? AND conversation = ?")
            .Bind(recipient.ToArray()).Bind(conversation.ToArray());
        if (query.Read())
        {
            if (query.Int64(2) != 1)
            {
                throw DamageFoundException.Row;
            }

            (_next, _end) = (Math.Max(first, query.UInt64(0)), query.UInt64(1));
        }
    }

    /// <summary>The index gives this place next.</summary>
    public void Take(ulong sequence)
    {
        if (sequence < _next)
        {
            throw DamageFoundException.Index;
        }

        RequireGaps(sequence);
        _next = sequence + 1;
    }

    /// <summary>The index gives no place up to this one, which isn't meant.</summary>
    public void TakeEnd(ulong end = ulong.MaxValue) => RequireGaps(Math.Min(end, _end));

    private void RequireGaps(ulong end)
    {
        if (_next >= end)
        {
            return;
        }

        using (SqliteStatement query = _database.Prepare(
            $"SELECT first, last FROM gap WHERE peer = ? AND conversation = ? AND kind = {(int)GapKind.Sent} AND last >= ? AND {SqliteTable.Gap.Sound} ORDER BY first")
            .Bind(_recipient.ToArray()).Bind(_conversation.ToArray()).Bind(_next))
        {
            while (_next < end && query.Read() && query.UInt64(0) <= _next)
            {
                _next = Math.Max(_next, query.UInt64(1) + 1);
            }
        }

        if (_next < end)
        {
            throw DamageFoundException.Index;
        }
    }
}
