namespace MixMq.Storage.Sqlite;

/// <summary>
/// A table whose rows carry a checksum, in column <c>sum</c>, over its name and all the columns named here. The statements that write such rows are made here, so that
/// none is written without its sum, and none that is damaged is changed: an update finds sound rows alone.
/// </summary>
internal sealed class SqliteTable(string name, params string[] columns)
{
    public static readonly SqliteTable OutboundConversation =
        new("outbound_conversation", "recipient", "conversation", "name", "secret", "first_sequence", "next_sequence", "tentative");

    public static readonly SqliteTable Outbox = new(
        "outbox", "message_id", "recipient", "conversation", "sequence", "envelope", "label", "content_length", "content_sum", "created", "expires", "status", "settled", "damaged");

    public static readonly SqliteTable InboundConversation =
        new("inbound_conversation", "sender", "conversation", "name", "secret", "watermark", "base", "tombstones", "sender_start", "former_first", "former_last", "foreign_last");

    public static readonly SqliteTable Partial =
        new("partial", "row", "sender", "conversation", "sequence", "message_id", "envelope", "content_length", "fragment_count");

    public static readonly SqliteTable Fragment = new("fragment", "partial", "position", "content_sum");

    public static readonly SqliteTable Inbox = new(
        "inbox", "sender", "conversation", "sequence", "name", "secret", "message_id", "label", "created", "expires", "content_length", "content_sum", "tombstone", "state",
        "position", "received", "consumed", "deliveries", "damaged");

    public static readonly SqliteTable Counter = new("counter", "name", "value");

    public static readonly SqliteTable Consumer = new("consumer", "name", "checkpoint", "state_length", "state_sum", "updated");

    public static readonly SqliteTable Checkpoint = new("checkpoint", "id", "consumer", "created");

    public static readonly SqliteTable DeadLetter = new(
        "dead_letter", "number", "position", "sender", "conversation", "sequence", "name", "message_id", "label", "created", "expires", "received", "content_length", "content_sum",
        "cause", "consumer", "deliveries", "died");

    public static readonly SqliteTable Gap = new("gap", "number", "kind", "peer", "conversation", "name", "first", "last", "noticed", "folded");

    public static readonly SqliteTable Owner = new("owner", "row", "address");

    public static readonly SqliteTable Quarantine = new("quarantine", "number", "source", "cause", "noticed", "fields");

    public static readonly SqliteTable Parted = new("parted", "number", "kind", "owner", "length", "first_bytes", "part_bytes");

    public static readonly SqliteTable Question = new("question", "id", "recipient", "secret", "until", "status", "settled");

    public static readonly SqliteTable Reply = new("reply", "question", "id", "until", "status", "label", "content_length", "content_sum", "created", "settled");

    /// <summary>Every table that has sums.</summary>
    public static readonly IReadOnlyList<SqliteTable> All =
        [OutboundConversation, Outbox, InboundConversation, Partial, Fragment, Inbox, Counter, Consumer, Checkpoint, DeadLetter, Gap, Quarantine, Parted, Owner, Question, Reply];

    private string? _insert;

    public string Name => name;

    public IReadOnlyList<string> Columns => columns;

    /// <summary>All columns but the sum, as in a SELECT.</summary>
    public string List { get; } = string.Join(", ", columns);

    /// <summary>In SQL: whether a row is as it was written.</summary>
    public string Sound { get; } = $"(sum = row_sum('{name}', {string.Join(", ", columns)}))";

    /// <summary>Inserts a row; parameter n is column n.</summary>
    public string Insert => _insert ??=
        $"INSERT INTO {name} ({List}, sum) VALUES ({Parameters}, row_sum('{name}', {Parameters}))";

    /// <summary>
    /// In SQL: a column has a parameter's value, by the index, and in the row that the index leads to: SQLite doesn't look at the second, so an entry that points at another row would have that one changed.
    /// </summary>
    public static string Key(string column, int parameter = 1) => $"{column} = ?{parameter} AND +{column} = ?{parameter}";

    private string Parameters => string.Join(", ", columns.Select((_, index) => $"?{index + 1}"));

    /// <summary>An update of sound rows; further parameters may stand in the condition.</summary>
    /// <param name="where">Which rows.</param>
    /// <param name="changes">Column and its new value in SQL, which may use the row's old columns.</param>
    public string Update(string where, params (string Column, string Value)[] changes)
    {
        IEnumerable<string> after = columns.Select(column => changes.FirstOrDefault(change => change.Column == column).Value ?? column);
        return $"""
            UPDATE {name} SET {string.Join(", ", changes.Select(change => $"{change.Column} = {change.Value}"))}, sum = row_sum('{name}', {string.Join(", ", after)})
            WHERE {where} AND {Sound}
            """;
    }
}
