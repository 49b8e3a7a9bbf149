namespace MixMq.Storage;

/// <summary>Rows of a store by kind.</summary>
/// <param name="Pending">Outbox entries not yet settled (expiring ones included).</param>
/// <param name="Acknowledged">Messages the recipients have, pruned ones included.</param>
/// <param name="Expired">Messages whose place a tombstone took, pruned ones included.</param>
/// <param name="Waiting">Inbox entries that are ready and not consumed.</param>
/// <param name="Held">Inbox entries behind a gap in their conversation.</param>
/// <param name="Consumed">Inbox entries the application has taken, pruned ones included.</param>
/// <param name="Partials">Messages whose fragments are still coming in.</param>
/// <param name="Quarantined">Damaged rows and contents that were taken out of use.</param>
/// <param name="DeadLetters">Messages that no consumer could take.</param>
/// <param name="Gaps">Rows of places whose messages are lost.</param>
public sealed record StoreCounts(
    long Pending, long Acknowledged, long Expired, long Waiting, long Held, long Consumed, long Partials, long Quarantined = 0, long DeadLetters = 0, long Gaps = 0);
