using MixMq.Transport.Queues;

namespace MixMq.Transport.Workers;

/// <summary>
/// A bounded queue of packets for the crypto workers, of one kind of work; see <see cref="CryptoWorkers.AddQueue"/>. Full, it refuses: the caller
/// drops the newest packet and counts it. Thread-safe.
/// </summary>
/// <typeparam name="T">A packet as it waits.</typeparam>
public sealed class BatchQueue<T> : IWorkQueue
{
    private readonly CryptoWorkers _workers;
    private readonly Func<IBatchWork<T>> _create;
    private readonly int _maxBatch;
    private BoundedRing<T> _waiting;

    internal BatchQueue(CryptoWorkers workers, int limit, int maxBatch, Func<IBatchWork<T>> create)
    {
        _workers = workers;
        _create = create;
        _maxBatch = maxBatch;
        _waiting = new BoundedRing<T>(limit);
    }

    int IWorkQueue.Waiting => _waiting.Count;

    /// <summary>
    /// Queues a packet; a worker that is at work finds it, one that sleeps is woken by <see cref="Wake"/>: so what one round of a scheduler queues
    /// costs one wake-up and is done together.
    /// </summary>
    /// <param name="item">The packet; the queue owns it on success.</param>
    /// <returns>False: the queue is full or the workers are stopped, and the caller still owns the packet.</returns>
    public bool TryEnqueue(in T item)
    {
        lock (_workers.Gate)
        {
            return !_workers.IsStopped && _waiting.TryAdd(item);
        }
    }

    /// <summary>Wakes a worker if there is something to do and one sleeps.</summary>
    public void Wake() => _workers.Wake();

    IStation IWorkQueue.CreateStation() => new Station(this);

    private sealed class Station(BatchQueue<T> queue) : IStation
    {
        private readonly T[] _items = new T[queue._maxBatch];
        private readonly IBatchWork<T> _work = queue._create();
        private int _count;

        public string Name => _work.GetType().Name;

        public bool TryTake(bool othersIdle)
        {
            var share = CryptoWorkers.ShareOf(queue._waiting.Count, othersIdle);
            _count = queue._waiting.Take(_items.AsSpan(0, Math.Min(share, _items.Length)));
            return _count > 0;
        }

        public void Execute()
        {
            var items = _items.AsSpan(0, _count);
            try
            {
                _work.Execute(items);
            }
            finally
            {
                items.Clear();
            }
        }

        public void Dispose() => _work.Dispose();
    }
}
