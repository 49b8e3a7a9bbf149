using System.Threading.Tasks.Sources;

namespace MixMq.Transport.Links;

/// <summary>One waiting task that is woken again and again: its own task source and its own work item, so that waiting costs no allocation.</summary>
/// <remarks>Not thread-safe: armed, then set once, before it is armed again. Whoever sets it isn't held up by what was waiting.</remarks>
internal sealed class WakeSignal : IValueTaskSource, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<bool> _source;

    /// <summary>What is to be awaited, once; before <see cref="Set"/> can be called.</summary>
    internal ValueTask Arm()
    {
        _source.Reset();
        return new ValueTask(this, _source.Version);
    }

    /// <summary>Lets the task go on, on the thread pool: the caller is the scheduler's thread or a worker, and TLS is neither's business.</summary>
    internal void Set() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute() => _source.SetResult(true);

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
