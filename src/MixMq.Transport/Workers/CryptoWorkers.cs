using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using MixMq.Transport.Queues;

namespace MixMq.Transport.Workers;

/// <summary>
/// The threads that do public-key work for a node's cores, so that neither a read loop nor a scheduler ever does any. Bounded queues that are
/// only ever tried, so that a full one is the caller's to count: signatures and keys first (few, and links stand or fall with them), then the
/// queues of packets in turn, so that a node's own messages and the packets of others don't starve each other.
/// </summary>
/// <remarks>
/// <para>
/// A worker takes what waits, up to a batch, and never waits for a batch to fill: at low load a packet is worked on at once and alone, and as load
/// grows batches grow by themselves, which is what makes them cheap. Where another worker has nothing to do it takes no more than half, but not so
/// little that the vectors of the batch run half empty; nor is a second worker woken for less than that while one is at work.
/// </para>
/// <para>
/// Schedulers only ever try to enqueue, and a worker may wait for room where it hands its result: so neither waits for the other in a circle.
/// Thread-safe. One gate for all queues, taken once a packet on the way in and once a batch on the way out.
/// </para>
/// </remarks>
public sealed class CryptoWorkers : IDisposable
{
    /// <summary>The least that is worth a batch of its own while another worker sleeps: vectors have 8 lanes.</summary>
    internal const int SmallestShare = 8;

    private readonly List<IWorkQueue> _queues = [];
    private readonly ILogger _log;
    private readonly Thread[] _threads;
    private BoundedRing<IWorkItem> _urgent;
    private int _idle;
    private volatile bool _stopping;

    /// <summary>Starts the threads.</summary>
    /// <param name="workers">Number of threads, at least 1.</param>
    /// <param name="queueLimit">Items that each of the queues holds, at least 1.</param>
    /// <param name="loggerFactory">For failures inside work items.</param>
    public CryptoWorkers(int workers, int queueLimit, ILoggerFactory loggerFactory)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(queueLimit, 1);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        _log = loggerFactory.CreateLogger<CryptoWorkers>();
        QueueLimit = queueLimit;
        _urgent = new BoundedRing<IWorkItem>(queueLimit);
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

    /// <summary>Held for all queues; idle workers wait on it.</summary>
    internal object Gate { get; } = new();

    /// <summary>Adds a queue of packets.</summary>
    /// <typeparam name="T">A packet as it waits.</typeparam>
    /// <param name="maxBatch">The most that are worked on together, at least 1: what a signature may have to wait for.</param>
    /// <param name="create">Makes what one thread works with; called once on each worker thread, which disposes of it.</param>
    /// <returns>The queue.</returns>
    public BatchQueue<T> AddQueue<T>(int maxBatch, Func<IBatchWork<T>> create)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBatch, 1);
        ArgumentNullException.ThrowIfNull(create);
        var queue = new BatchQueue<T>(this, QueueLimit, maxBatch, create);
        lock (Gate)
        {
            _queues.Add(queue);
        }

        return queue;
    }

    /// <summary>Queues signing, verifying or making a key; done before packets. False: the queue is full or the workers are stopped.</summary>
    public bool TryEnqueueUrgent(IWorkItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        lock (Gate)
        {
            if (_stopping || !_urgent.TryAdd(item))
            {
                return false;
            }

            PulseIfIdle();
            return true;
        }
    }

    /// <summary>Finishes what is under way, forgets what is queued and ends the threads.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (_stopping)
            {
                return;
            }

            _stopping = true;
            Monitor.PulseAll(Gate);
        }

        foreach (var thread in _threads)
        {
            // What continues inline after a work item may end up here, on a worker's own thread.
            if (thread != Thread.CurrentThread)
            {
                thread.Join();
            }
        }
    }

    /// <summary>How many of the packets that wait one worker takes.</summary>
    internal static int ShareOf(int waiting, bool othersIdle) => othersIdle && waiting >= 2 * SmallestShare ? (waiting + 1) / 2 : waiting;

    /// <summary>Wakes a worker if there is something to do and one sleeps; it wakes the next one if it leaves something.</summary>
    internal void Wake()
    {
        lock (Gate)
        {
            WakeNext();
        }
    }

    private void WakeNext()
    {
        var waiting = 0;
        foreach (var queue in _queues)
        {
            waiting += queue.Waiting;
        }

        // A worker that is at work takes the few when it has done, and sooner than a sleeping one could: a second one that did them alone would
        // cost as much as a full vector of them.
        if (waiting >= SmallestShare || (waiting > 0 && _idle == _threads.Length))
        {
            PulseIfIdle();
        }
    }

    private void PulseIfIdle()
    {
        if (_idle > 0)
        {
            Monitor.Pulse(Gate);
        }
    }

    private void Run()
    {
        var stations = new List<IStation>();
        var turn = 0;
        while (TryTake(stations, ref turn, out var item, out var station))
        {
            try
            {
                item?.Execute();
                station?.Execute();
            }
            catch (Exception e)
            {
                // Type only: a message could quote what the item worked on.
                Log.WorkItemFailed(_log, item?.GetType().Name ?? station!.Name, e.GetType().Name);
            }
        }

        foreach (var station in stations)
        {
            station.Dispose();
        }
    }

    /// <summary>Waits for work and takes one item or one batch; neither where a queue was added. False: the workers are to end.</summary>
    private bool TryTake(List<IStation> stations, ref int turn, out IWorkItem? item, out IStation? station)
    {
        item = null;
        station = null;
        IWorkQueue? added = null;
        lock (Gate)
        {
            while (!_stopping)
            {
                if (stations.Count < _queues.Count)
                {
                    added = _queues[stations.Count];
                    break;
                }

                if (_urgent.TryTake(out item) || TryTakeBatch(stations, ref turn, out station))
                {
                    WakeNext();
                    return true;
                }

                _idle++;
                Monitor.Wait(Gate);
                _idle--;
            }
        }

        if (added is not null)
        {
            // Outside of the gate: a writer of packets allocates locked memory.
            stations.Add(added.CreateStation());
        }

        return !_stopping;
    }

    private bool TryTakeBatch(List<IStation> stations, ref int turn, [NotNullWhen(true)] out IStation? station)
    {
        for (var i = 0; i < stations.Count; i++)
        {
            station = stations[turn];
            turn = turn + 1 < stations.Count ? turn + 1 : 0;
            if (station.TryTake(_idle > 0))
            {
                return true;
            }
        }

        station = null;
        return false;
    }
}
