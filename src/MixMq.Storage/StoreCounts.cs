namespace MixMq.Storage;

/// <summary>Rows of a store by kind.</summary>
/// <param name="Pending">Outbox entries not yet settled (expiring ones included).</param>
/// <param name="Acknowledged">Messages the recipients have.</param>
/// <param name="Expired">Messages whose place a tombstone took.</param>
/// <param name="Waiting">Inbox entries that are ready and not consumed.</param>
/// <param name="Held">Inbox entries behind a gap in their conversation.</param>
/// <param name="Consumed">Inbox entries the application has taken.</param>
/// <param name="Partials">Messages whose fragments are still coming in.</param>
public sealed record StoreCounts(long Pending, long Acknowledged, long Expired, long Waiting, long Held, long Consumed, long Partials);
