namespace MixMq.Node.Messaging;

/// <summary>Tells waiting readers of the inbox that there is more. Thread-safe.</summary>
internal sealed class InboxSignal
{
    private TaskCompletionSource _next = Create();

    internal void Raise() => Interlocked.Exchange(ref _next, Create()).SetResult();

    /// <summary>Completes at the next raise. Taken before the store is read, it misses none.</summary>
    internal Task Next() => Volatile.Read(ref _next).Task;

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
