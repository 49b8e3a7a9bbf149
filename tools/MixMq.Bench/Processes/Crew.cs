namespace MixMq.Bench.Processes;

/// <summary>
/// Threads of their own for a lot of work. The thread pool would do, but then the links that live on it would get no turn meanwhile, miss
/// their HELLOs and go down.
/// </summary>
internal static class Crew
{
    /// <summary>Does all items, each thread with a tool of its own.</summary>
    public static void Work<TTool>(int items, Func<TTool> tool, Action<int, TTool> work)
        where TTool : IDisposable
    {
        var next = -1;
        Exception? failure = null;
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            try
            {
                using var own = tool();
                for (int item; failure is null && (item = Interlocked.Increment(ref next)) < items;)
                    work(item, own);
            }
            catch (Exception e)
            {
                failure = e;
            }
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        if (failure is not null)
            throw new InvalidOperationException("A worker failed.", failure);
    }
}
