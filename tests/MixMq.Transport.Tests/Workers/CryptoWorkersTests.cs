using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Workers;

namespace MixMq.Transport.Tests.Workers;

public sealed class CryptoWorkersTests
{
    [Fact]
    public async Task Every_item_that_was_taken_is_executed_once()
    {
        using var workers = new CryptoWorkers(3, 10_000, new TestLog());
        var queue = Queue(workers, 7);
        var done = new CountdownEvent(5_000);
        for (var i = 0; i < 5_000; i++)
        {
            Assert.True(i % 3 == 0 ? workers.TryEnqueueUrgent(new Urgent(() => done.Signal())) : queue.TryEnqueue(() => done.Signal()));
            if (i % 10 == 9)
            {
                queue.Wake();
            }
        }

        Assert.True(await Task.Run(() => done.Wait(TestLog.Patience)));
    }

    [Fact]
    public async Task A_full_queue_refuses_and_urgent_work_goes_first()
    {
        using var workers = new CryptoWorkers(1, 2, new TestLog());
        var queue = Queue(workers, 1);
        using var block = new Blocker(queue);
        await block.Reached;
        var order = new List<string>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(queue.TryEnqueue(() => order.Add("packet")));
        Assert.True(queue.TryEnqueue(last.SetResult));
        Assert.False(queue.TryEnqueue(() => order.Add("one too many")));
        Assert.True(workers.TryEnqueueUrgent(new Urgent(() => order.Add("urgent"))));
        block.Dispose();
        await last.Task.WaitAsync(TestLog.Patience);
        Assert.Equal(["urgent", "packet"], order);
    }

    [Fact]
    public async Task What_waits_is_worked_on_together_up_to_a_batch()
    {
        using var workers = new CryptoWorkers(1, 100, new TestLog());
        var queue = Queue(workers, 16, out var batches);
        using var block = new Blocker(queue);
        await block.Reached;
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < 39; i++)
        {
            Assert.True(queue.TryEnqueue(() => { }));
        }

        Assert.True(queue.TryEnqueue(last.SetResult));
        block.Dispose();
        await last.Task.WaitAsync(TestLog.Patience);
        Assert.Equal([1, 16, 16, 8], batches);
    }

    [Fact]
    public async Task Two_queues_are_served_in_turn()
    {
        using var workers = new CryptoWorkers(1, 100, new TestLog());
        var (first, second) = (Queue(workers, 2), Queue(workers, 2));
        using var block = new Blocker(first);
        await block.Reached;
        var order = new List<int>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < 6; i++)
        {
            Assert.True(first.TryEnqueue(() => order.Add(1)));
        }

        for (var i = 0; i < 4; i++)
        {
            Assert.True(second.TryEnqueue(() => order.Add(2)));
        }

        Assert.True(first.TryEnqueue(last.SetResult));
        block.Dispose();
        await last.Task.WaitAsync(TestLog.Patience);
        Assert.Equal([2, 2, 1, 1, 2, 2, 1, 1, 1, 1], order);
    }

    [Theory]
    [InlineData(1, false, 1)]
    [InlineData(100, false, 100)]
    [InlineData(15, true, 15)]
    [InlineData(16, true, 8)]
    [InlineData(41, true, 21)]
    public void A_worker_leaves_half_to_one_that_sleeps_but_fills_its_vectors(int waiting, bool othersIdle, int share) =>
        Assert.Equal(share, CryptoWorkers.ShareOf(waiting, othersIdle));

    [Fact]
    public async Task A_failing_item_is_logged_by_type_and_ends_nothing()
    {
        var log = new TestLog();
        using var workers = new CryptoWorkers(1, 10, log);
        var queue = Queue(workers, 1);
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        queue.TryEnqueue(() => throw new InvalidOperationException("secret 1234"));
        queue.TryEnqueue(next.SetResult);
        queue.Wake();
        await next.Task.WaitAsync(TestLog.Patience);
        var line = Assert.Single(log.Lines);
        Assert.Contains("InvalidOperationException", line, StringComparison.Ordinal);
        Assert.DoesNotContain("1234", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopped_workers_refuse_and_have_disposed_of_what_they_worked_with()
    {
        var workers = new CryptoWorkers(1, 10, new TestLog());
        var works = 0;
        using var disposed = new CountdownEvent(1);
        var queue = workers.AddQueue(1, () =>
        {
            works++;
            return new Work([], () => disposed.Signal());
        });
        using (var done = new ManualResetEventSlim())
        {
            Assert.True(queue.TryEnqueue(done.Set));
            queue.Wake();
            Assert.True(done.Wait(TestLog.Patience));
        }

        workers.Dispose();
        Assert.False(queue.TryEnqueue(() => { }));
        Assert.False(workers.TryEnqueueUrgent(new Urgent(() => { })));
        Assert.True(disposed.IsSet);
        Assert.Equal(1, works);
        workers.Dispose();
    }

    private static BatchQueue<Action> Queue(CryptoWorkers workers, int maxBatch) => Queue(workers, maxBatch, out _);

    private static BatchQueue<Action> Queue(CryptoWorkers workers, int maxBatch, out List<int> batches)
    {
        var sizes = batches = [];
        return workers.AddQueue(maxBatch, () => new Work(sizes, () => { }));
    }

    /// <summary>Keeps the only worker busy until it is disposed of.</summary>
    private sealed class Blocker : IDisposable
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _go = new();

        internal Blocker(BatchQueue<Action> queue)
        {
            Assert.True(queue.TryEnqueue(() =>
            {
                _reached.SetResult();
                _go.Wait();
            }));
            queue.Wake();
        }

        internal Task Reached => _reached.Task.WaitAsync(TestLog.Patience);

        public void Dispose() => _go.Set();
    }

    private sealed class Urgent(Action action) : IWorkItem
    {
        public void Execute() => action();
    }

    private sealed class Work(List<int> sizes, Action dispose) : IBatchWork<Action>
    {
        public void Execute(Span<Action> items)
        {
            lock (sizes)
            {
                sizes.Add(items.Length);
            }

            foreach (var item in items)
            {
                item();
            }
        }

        public void Dispose() => dispose();
    }
}
