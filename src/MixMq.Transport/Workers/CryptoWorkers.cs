using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace MixMq.Transport.Workers;

/// <summary>
/// The threads that do public-key work for a node's cores, so that neither a read loop nor a scheduler ever does any.
/// Two bounded queues, both in <see cref="BoundedChannelFullMode.Wait"/> and only ever tried, so that a full one is the
/// caller's to count: signatures first (few, and links stand or fall with them), then packets.
/// </summary>
/// <remarks>
/// Schedulers only ever try to enqueue, and a worker may wait for room where it hands its result: so neither waits for the
/// other in a circle. Thread-safe.
/// </remarks>
public sealed class CryptoWorkers : IDisposable
{
    private readonly Channel<IWorkItem> _urgent;
    private readonly Channel<IWorkItem> _packets;
    private readonly SemaphoreSlim _available = new(0);
    private readonly ILogger _log;
    private readonly Thread[] _threads;
    private volatile bool _stopping;

    /// <summary>Starts the threads.</summary>
    /// <param name="workers">Number of threads, at least 1.</param>
    /// <param name="queueLimit">Items that each of the two queues holds, at least 1.</param>
    /// <param name="loggerFactory">For failures inside work items.</param>
    public CryptoWorkers(int workers, int queueLimit, ILoggerFactory loggerFactory)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(queueLimit, 1);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        _log = loggerFactory.CreateLogger<CryptoWorkers>();
        QueueLimit = queueLimit;
        var options = new BoundedChannelOptions(queueLimit) { FullMode = BoundedChannelFullMode.Wait };
        _urgent = Channel.CreateBounded<IWorkItem>(options);
        _packets = Channel.CreateBounded<IWorkItem>(options);
        _threads = new Thread[workers];
        for (var i = 0; i < workers; i++)
        {
            _threads[i] = new Thread(Run, maxStackSize: 512 * 1024) { IsBackground = true, Name = "MixMq crypto" };
            _threads[i].Start();
        }
    }

    /// <summary>Number of worker threads.</summary>
    public int Count => _threads.Length;

    /// <summary>Whether the workers have been disposed of: nothing is queued any more.</summary>
    public bool IsStopped => _stopping;

    /// <summary>Items that each queue holds.</summary>
    public int QueueLimit { get; }

    /// <summary>Queues work on packets: unwrapping, wrapping. False: the queue is full or the workers are stopped.</summary>
    public bool TryEnqueue(IWorkItem item) => TryEnqueue(_packets, item);

    /// <summary>Queues signing, verifying or making a key; done before packets. False: the queue is full or the workers are stopped.</summary>
    public bool TryEnqueueUrgent(IWorkItem item) => TryEnqueue(_urgent, item);

    /// <summary>Finishes the items that are under way, forgets the queued ones and ends the threads.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _urgent.Writer.Complete();
        _packets.Writer.Complete();
        _available.Release(_threads.Length);
        foreach (var thread in _threads)
        {
            // What continues inline after a work item may end up here, on a worker's own thread.
            if (thread != Thread.CurrentThread)
            {
                thread.Join();
            }
        }

        _available.Dispose();
    }

    private bool TryEnqueue(Channel<IWorkItem> queue, IWorkItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (!queue.Writer.TryWrite(item))
        {
            return false;
        }

        try
        {
            _available.Release();
        }
        catch (ObjectDisposedException)
        {
            // Disposed between the write and the release: the item is forgotten like every queued one.
        }

        return true;
    }

    private void Run()
    {
        while (true)
        {
            // One count of the semaphore for each item.
            _available.Wait();
            if (_stopping)
            {
                return;
            }

            if (_urgent.Reader.TryRead(out var item) || _packets.Reader.TryRead(out item))
            {
                Execute(item);
            }
        }
    }

    private void Execute(IWorkItem item)
    {
        try
        {
            item.Execute();
        }
        catch (Exception e)
        {
            // Type only: a message could quote what the item worked on.
            Log.WorkItemFailed(_log, item.GetType().Name, e.GetType().Name);
        }
    }
}
