namespace MixMq.Storage;

/// <summary>How old what waits in a store is, and how much room the store takes.</summary>
/// <param name="OldestPendingUnixMillis">When the oldest message that is neither acknowledged nor expired was accepted; null: there is none.</param>
/// <param name="OldestWaitingUnixMillis">When the oldest message that no application has consumed was received; null: there is none.</param>
/// <param name="FileBytes">Bytes of the database and its log.</param>
public sealed record StoreFigures(long? OldestPendingUnixMillis, long? OldestWaitingUnixMillis, long FileBytes);
