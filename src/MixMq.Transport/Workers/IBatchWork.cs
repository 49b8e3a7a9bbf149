namespace MixMq.Transport.Workers;

/// <summary>What one worker thread does with packets of one kind. Each thread has one of its own, with the scratch memory that it needs.</summary>
/// <typeparam name="T">A packet as it waits: a value, or an object that is used again, so that no packet costs an allocation.</typeparam>
public interface IBatchWork<T> : IDisposable
{
    /// <summary>
    /// Works on packets that were queued together and hands the results on. Must not wait for other work and must not throw (what it throws is
    /// logged by type); whatever happens, it owns what the items own.
    /// </summary>
    /// <param name="items">1 to the queue's batch size; cleared by the caller afterwards.</param>
    void Execute(Span<T> items);
}
