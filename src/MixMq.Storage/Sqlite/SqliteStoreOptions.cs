using MixMq.Sphinx;

namespace MixMq.Storage.Sqlite;

/// <summary>How a store is opened.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>
    /// Bytes kept on the disk for the time when it is full, so that what was accepted can be completed; 0: none. What the cores may have handed over and not yet heard of
    /// (32 MiB) must fit twice, into the log and from there into the database.
    /// </summary>
    public long ReserveBytes { get; init; }

    /// <summary>The node whose store it must be; a store that doesn't say yet whose it is becomes this one's. Null: whosever, and none is noted.</summary>
    public NodeAddress? Own { get; init; }

    /// <summary>For what is noted with damage.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Up to this size SQLite's own check of the whole file is done when the store is opened, which takes a moment; beyond, it would delay the start, and StoreScrub does as much
    /// while the node runs.
    /// </summary>
    internal long MostBytesCheckedAtStart { get; init; } = 64 << 20;

    /// <summary>Another kind of room, for tests; null: the file system's.</summary>
    internal Func<SqliteDatabase, IStoreSpace>? Space { get; init; }
}
