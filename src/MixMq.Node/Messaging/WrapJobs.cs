namespace MixMq.Node.Messaging;

/// <summary>The jobs that are free. There are never more than the workers' queue holds and the workers work on. Thread-safe.</summary>
internal sealed class WrapJobs
{
    private readonly Lock _lock = new();
    private readonly Stack<WrapJob> _free = new();

    /// <summary>An empty job, the caller's.</summary>
    internal WrapJob Take()
    {
        lock (_lock)
        {
            return _free.TryPop(out WrapJob? job) ? job : new WrapJob();
        }
    }

    /// <summary>Takes jobs back, cleared.</summary>
    internal void Return(ReadOnlySpan<WrapJob> jobs)
    {
        foreach (WrapJob job in jobs)
        {
            job.Clear();
        }

        lock (_lock)
        {
            foreach (WrapJob job in jobs)
            {
                _free.Push(job);
            }
        }
    }
}
