using System.Threading.Channels;
using MixMq.Endpoint.Messaging;

namespace MixMq.Storage;

/// <summary>
/// The one storage writer of a node. Batches are committed in the order in which they were queued; what waits in the queue when the
/// writer turns to it becomes one transaction (group commit), so the fsync is shared under load and costs nothing extra without it.
/// <see cref="Enqueue"/> may be called from any thread; the callback runs on the writer's thread and must be quick.
/// After a failed commit nothing more is written: the callers' cores no longer agree with the disk, so the node must stop.
/// </summary>
public sealed class GroupCommitWriter : IAsyncDisposable
{
    /// <summary>Most batches in one transaction: bounds what a crash makes the peers repeat, and the memory of one commit.</summary>
    public const int MaxBatchesPerCommit = 256;

    /// <summary>Batches that may wait; past it the queueing thread blocks, which is the back-pressure to the core.</summary>
    public const int QueueLimit = 4096;

    private readonly IMessageStore _store;
    private readonly Action<MessageStoreException> _failed;
    private readonly Channel<Batch> _queue = Channel.CreateBounded<Batch>(new BoundedChannelOptions(QueueLimit)
    {
        SingleReader = true,
        FullMode = BoundedChannelFullMode.Wait,
    });

    private readonly Task _writer;

    /// <summary>Starts the writer over a store that this object doesn't own.</summary>
    public GroupCommitWriter(IMessageStore store, Action<MessageStoreException> failed)
    {
        _store = store;
        _failed = failed;
        _writer = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Number of transactions committed so far; with the number of batches it tells how well commits are grouped.</summary>
    public long Commits => Volatile.Read(ref _commits);

    private long _commits;

    /// <summary>
    /// Queues operations that become durable together. <paramref name="committed"/> is called once they are, never otherwise.
    /// Blocks while <see cref="QueueLimit"/> batches wait. Returns false after a failure or when the writer has been closed.
    /// </summary>
    public bool Enqueue(IReadOnlyList<StoreOperation> operations, Action committed)
    {
        var batch = new Batch(operations, committed);
        while (!_queue.Writer.TryWrite(batch))
        {
            if (!_queue.Writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Commits what is queued, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writer.ConfigureAwait(false);
    }

    private void Run()
    {
        var operations = new List<StoreOperation>();
        var callbacks = new List<Action>();
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            operations.Clear();
            callbacks.Clear();
            while (callbacks.Count < MaxBatchesPerCommit && _queue.Reader.TryRead(out Batch batch))
            {
                operations.AddRange(batch.Operations);
                callbacks.Add(batch.Committed);
            }

            try
            {
                _store.Commit(operations);
            }
            catch (MessageStoreException failure)
            {
                _queue.Writer.TryComplete();
                _failed(failure);
                return;
            }

            Interlocked.Increment(ref _commits);
            foreach (Action committed in callbacks)
            {
                committed();
            }
        }
    }

    private readonly record struct Batch(IReadOnlyList<StoreOperation> Operations, Action Committed);
}
