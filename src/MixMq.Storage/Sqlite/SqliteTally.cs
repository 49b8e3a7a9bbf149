namespace MixMq.Storage.Sqlite;

/// <summary>
/// Counts of a store for those who ask again and again, as for metrics. Counting goes through indexes as long as the store is, so it has a connection of its own, on which nobody waits, and what was counted
/// holds for a hundred times as long as it took: a small store is counted whenever somebody asks, and counting a large one takes a hundredth of one processor at most. (Numbers kept up to date with each row were rejected: each way of writing, repairing and pruning would have to keep them, and
/// damage on the disk would make them wrong unseen.) Thread-safe.
/// </summary>
internal sealed class SqliteTally(SqliteDatabase counting, TimeProvider time) : IDisposable
{
    private const int TimesItsCost = 100;
    private readonly Lock _lock = new();
    private readonly SqliteReader _reader = new(counting);
    private StoreCounts? _last;
    private long _taken;
    private TimeSpan _cost;
    private bool _disposed;

    /// <summary>The counts of one commit, not older than a hundred times what counting takes.</summary>
    /// <exception cref="MessageStoreException">They can't be read.</exception>
    public StoreCounts Recent()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_last is { } last && time.GetElapsedTime(_taken) < TimesItsCost * _cost)
            {
                return last;
            }

            long begun = time.GetTimestamp();
            try
            {
                counting.Execute("BEGIN");
                _last = _reader.Count();
            }
            finally
            {
                counting.RollBackIfOpen();
            }

            _taken = time.GetTimestamp();
            _cost = time.GetElapsedTime(begun, _taken);
            return _last;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            counting.Dispose();
        }
    }
}
