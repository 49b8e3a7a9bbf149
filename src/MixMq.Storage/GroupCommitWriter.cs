using System.Threading.Channels;
using MixMq.Endpoint.Messaging;

namespace MixMq.Storage;

/// <summary>
/// The one storage writer of a node. Batches are committed in the order in which they were queued; what waits in the queue when the
/// writer turns to it becomes one transaction (group commit), so the fsync is shared under load and costs nothing extra without it.
/// <see cref="Enqueue"/> may be called from any thread; the callback runs on the writer's thread and must be quick.
/// A commit that finds the disk full, where upkeep looks for room, is tried again until there is some: nothing of it was done. After any other failure, of a commit or of a callback, nothing more
/// is written: the callers' cores no longer agree with the disk, so the node must stop.
/// </summary>
public sealed class GroupCommitWriter : IAsyncDisposable
{
    /// <summary>Most batches in one transaction: bounds what a crash makes the peers repeat. How many bytes wait is the cores' own limit.</summary>
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

    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Task _writer;

    private readonly StoreUpkeep? _upkeep;

    private long _commits;

    private bool _isShort;

    /// <summary>Starts the writer over a store that this object doesn't own.</summary>
    /// <param name="store">Where to commit; must outlive this object.</param>
    /// <param name="failed">Called once, on the writer's thread, when it stops because of a failure. It must not wait for <see cref="DisposeAsync"/>.</param>
    /// <param name="upkeep">What is to be done between commits; null: nothing.</param>
    public GroupCommitWriter(IMessageStore store, Action<MessageStoreException> failed, StoreUpkeep? upkeep = null)
    {
        _upkeep = upkeep;
        _store = store;
        _failed = failed;
        _writer = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Number of transactions committed so far; with the number of batches it tells how well commits are grouped.</summary>
    public long Commits => Volatile.Read(ref _commits);

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

    /// <summary>From now on a commit that finds the disk full isn't tried again: for who wants to stop, and may be blocked in <see cref="Enqueue"/>.</summary>
    public void StopWaiting() => _closed.TrySetResult();

    /// <summary>Commits what is queued, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _closed.TrySetResult();
        await _writer.ConfigureAwait(false);
    }

    private void Run()
    {
        try
        {
            CommitUntilClosed();
        }
        catch (Exception failure)
        {
            // Also what isn't the store's: a writer that ended unnoticed would leave every caller waiting.
            _queue.Writer.TryComplete();
            _failed(failure as MessageStoreException
                ?? new MessageStoreException($"The storage writer has stopped because of a fault in the program ({failure.GetType().Name}).", 0, failure));
        }
    }

    private void CommitUntilClosed()
    {
        var operations = new List<StoreOperation>();
        var callbacks = new List<Action>();
        while (WaitForBatch())
        {
            while (callbacks.Count < MaxBatchesPerCommit && _queue.Reader.TryRead(out Batch batch))
            {
                operations.AddRange(batch.Operations);
                callbacks.Add(batch.Committed);
            }

            Commit(operations);
            Interlocked.Increment(ref _commits);

            // Before the next wait, which may be long: the operations hold contents.
            operations.Clear();
            foreach (Action committed in callbacks)
            {
                committed();
            }

            callbacks.Clear();
            TellSpace();
            KeepUpIfDue();
        }
    }

    /// <summary>Who else fills the disk may have taken the reserve's room too. Once closed, the writer waits for none: what isn't durable was told to nobody, and is done again after the next start.</summary>
    private void Commit(List<StoreOperation> operations)
    {
        while (true)
        {
            try
            {
                _store.Commit(operations);
                return;
            }
            catch (MessageStoreException failure) when (failure.IsFull && _upkeep is not null && !_closed.Task.IsCompleted)
            {
                TellSpace();
                _closed.Task.Wait(_upkeep.UntilDue());
                KeepUpIfDue();
            }
        }
    }

    /// <summary>False: closed, and nothing waits. Between batches the store is looked after.</summary>
    private bool WaitForBatch()
    {
        Task<bool> more = _queue.Reader.WaitToReadAsync().AsTask();
        while (_upkeep is not null && !more.Wait(_upkeep.UntilDue()))
        {
            KeepUpIfDue();
        }

        return more.GetAwaiter().GetResult();
    }

    private void KeepUpIfDue()
    {
        if (_upkeep?.RunIfDue(_store) ?? false)
        {
            TellSpace();
        }
    }

    private void TellSpace()
    {
        if (_store.IsShortOfSpace != _isShort)
        {
            _isShort = !_isShort;
            _upkeep?.SpaceChanged(_isShort);
        }
    }

    private readonly record struct Batch(IReadOnlyList<StoreOperation> Operations, Action Committed);
}
