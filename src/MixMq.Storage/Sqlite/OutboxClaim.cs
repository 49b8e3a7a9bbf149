using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Sqlite;

/// <summary>What a damaged row of the outbox says of itself. Any of it may be wrong.</summary>
internal sealed record OutboxClaim(byte[] Id, byte[] Recipient, byte[] Conversation, long Sequence, long Created, long Expires, long Status, long Settled)
{
    /// <summary>Two columns agree that it was settled: damage that hit the one didn't make the other.</summary>
    public bool IsSettled => Status is (long)OutboxStatus.Acknowledged or (long)OutboxStatus.Expired && Settled > 0;

    /// <summary>From a row whose columns are those of <see cref="SqliteTable.Outbox"/>.</summary>
    public static OutboxClaim Of(SqliteStatement row) => new(
        row.Blob(0).ToArray(), row.Blob(1).ToArray(), row.Blob(2).ToArray(), row.Int64(3), row.Int64(8), row.Int64(9), row.Int64(10), row.Int64(11));
}
