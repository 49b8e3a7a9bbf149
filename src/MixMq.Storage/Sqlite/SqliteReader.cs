using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using static MixMq.Storage.Sqlite.SqliteValues;

namespace MixMq.Storage.Sqlite;

/// <summary>The queries. Its owner serialises the calls, and puts each into a transaction of its own: several queries then see one commit.</summary>
internal sealed class SqliteReader
{
    private readonly SqliteDatabase _database;
    private readonly SqliteAnonymousReader _anonymous;

    public SqliteReader(SqliteDatabase database)
    {
        _database = database;
        _anonymous = new SqliteAnonymousReader(database);
        Parts = new SqlitePartedReader(database);
        Outbox = new SqliteOutboxReader(database);
        Sent = new SqliteSentReader(database, Outbox);
        Inbox = new SqliteInboxReader(database);
        Partials = new SqlitePartialReader(database, Parts);
    }

    public SqlitePartedReader Parts { get; }

    public SqliteOutboxReader Outbox { get; }

    public SqliteSentReader Sent { get; }

    public SqliteInboxReader Inbox { get; }

    public SqlitePartialReader Partials { get; }

    public EndpointState Load(int outboxPage) => Outbox.AddTo(
        new()
        {
            OutboundConversations = OutboundConversations(),
            InboundConversations = Inbox.Conversations(),
            Held = Inbox.Held(),
            InboxUsage = Inbox.Usage(),
            Partials = Partials.All(),
            Questions = _anonymous.Questions(),
            Replies = _anonymous.Replies(),
            Former = Inbox.Former(),
            LastInboxPosition = (ulong)_database.Scalar("SELECT COALESCE(MAX(position), 0) FROM inbox"),
        },
        outboxPage);

    public IReadOnlyList<QuarantinedRow> Quarantine(long afterNumber, int maxRows)
    {
        var found = new List<QuarantinedRow>();
        using SqliteStatement query = _database.Prepare("SELECT number, source, cause, noticed, fields, length(content) FROM quarantine WHERE number > ? ORDER BY number LIMIT ?")
            .Bind(afterNumber).Bind(maxRows);
        while (query.Read())
        {
            found.Add(new QuarantinedRow(
                query.Int64(0), query.Text(1), (DamageCause)query.Int64(2), query.Int64(3), query.Text(4), query.Int32(5)));
        }

        return found;
    }

    /// <summary>By the order of rows and positions, which is that of time: an index has the first of them.</summary>
    public StoreFigures Figures() => new(
        First($"SELECT created FROM outbox WHERE status = {(int)OutboxStatus.Pending} ORDER BY row LIMIT 1"),
        First($"SELECT received FROM inbox WHERE state = {(int)InboxState.Ready} AND consumed = 0 ORDER BY position LIMIT 1"),
        0);

    private long? First(string sql)
    {
        using SqliteStatement query = _database.Prepare(sql);
        return query.Read() ? query.Int64(0) : null;
    }

    public StoreCounts Count() => new(
        _database.Scalar($"SELECT COUNT(*) FROM outbox WHERE status IN ({(int)OutboxStatus.Pending}, {(int)OutboxStatus.Expiring})"),
        _database.Scalar($"SELECT COUNT(*) FROM outbox WHERE status = {(int)OutboxStatus.Acknowledged}") + Counter("pruned_acknowledged"),
        _database.Scalar($"SELECT COUNT(*) FROM outbox WHERE status = {(int)OutboxStatus.Expired}") + Counter("pruned_expired"),
        _database.Scalar($"SELECT COUNT(*) FROM inbox WHERE state = {(int)InboxState.Ready} AND consumed = 0"),
        _database.Scalar($"SELECT COUNT(*) FROM inbox WHERE state = {(int)InboxState.Held}"),
        _database.Scalar($"SELECT COUNT(*) FROM inbox WHERE state = {(int)InboxState.Ready} AND consumed = 1") + Counter("pruned_consumed"),
        _database.Scalar("SELECT COUNT(*) FROM partial"),
        _database.Scalar("SELECT COUNT(*) FROM quarantine"),
        _database.Scalar("SELECT COUNT(*) FROM dead_letter"),
        _database.Scalar("SELECT COUNT(*) FROM gap"));

    public IReadOnlyList<StoredGap> Gaps(long afterNumber, int maxGaps)
    {
        var found = new List<StoredGap>();
        using SqliteStatement query = _database.Prepare(
            $"SELECT number, kind, peer, conversation, name, first, last, noticed, folded FROM gap WHERE number > ? AND {SqliteTable.Gap.Sound} ORDER BY number LIMIT ?")
            .Bind(afterNumber).Bind(maxGaps);
        while (query.Read())
        {
            found.Add(new StoredGap(query.Int64(0), new Gap(
                (GapKind)query.Int32(1), Address(query, 2), Conversation(query, 3), query.Text(4), query.UInt64(5), query.UInt64(6), query.Int64(7), query.Int64(8) == 1)));
        }

        return found;
    }

    private long Counter(string name) => _database.Scalar($"SELECT value FROM counter WHERE name = '{name}'");

    private ImmutableArray<OutboundConversationState> OutboundConversations()
    {
        var rows = ImmutableArray.CreateBuilder<OutboundConversationState>();
        using SqliteStatement query = _database.Prepare("""
            SELECT recipient, conversation, name, secret, next_sequence, tentative,
                (SELECT COALESCE(MIN(first), 0) FROM gap g WHERE g.kind = 0 AND g.peer = c.recipient AND g.conversation = c.conversation)
            FROM outbound_conversation c
            """);
        while (query.Read())
        {
            rows.Add(new OutboundConversationState(
                Address(query, 0), Conversation(query, 1), query.Text(2),
                Secret(query, 3), query.UInt64(4), query.UInt64(5), query.UInt64(6)));
        }

        return rows.ToImmutable();
    }
}
