using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Workers;

namespace MixMq.Transport.Tests.Workers;

public sealed class CryptoWorkersTests
{
    [Fact]
    public async Task Every_item_that_was_taken_is_executed_once()
    {
        using var workers = new CryptoWorkers(3, 10_000, new TestLog());
        var done = new CountdownEvent(5_000);
        for (var i = 0; i < 5_000; i++)
        {
            Assert.True(i % 3 == 0 ? workers.TryEnqueueUrgent(new Work(() => done.Signal())) : workers.TryEnqueue(new Work(() => done.Signal())));
        }

        Assert.True(await Task.Run(() => done.Wait(TestLog.Patience)));
    }

    [Fact]
    public async Task A_full_queue_refuses_and_urgent_work_goes_first()
    {
        using var workers = new CryptoWorkers(1, 2, new TestLog());
        using var busy = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var order = new List<string>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(workers.TryEnqueue(new Work(() =>
        {
            busy.Set();
            go.Wait();
        })));
        Assert.True(await Task.Run(() => busy.Wait(TestLog.Patience)));
        Assert.True(workers.TryEnqueue(new Work(() => order.Add("packet"))));
        Assert.True(workers.TryEnqueue(new Work(last.SetResult)));
        Assert.False(workers.TryEnqueue(new Work(() => order.Add("one too many"))));
        Assert.True(workers.TryEnqueueUrgent(new Work(() => order.Add("urgent"))));
        go.Set();
        await last.Task.WaitAsync(TestLog.Patience);
        Assert.Equal(["urgent", "packet"], order);
    }

    [Fact]
    public async Task A_failing_item_is_logged_by_type_and_ends_nothing()
    {
        var log = new TestLog();
        using var workers = new CryptoWorkers(1, 10, log);
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        workers.TryEnqueue(new Work(() => throw new InvalidOperationException("secret 1234")));
        workers.TryEnqueue(new Work(next.SetResult));
        await next.Task.WaitAsync(TestLog.Patience);
        var line = Assert.Single(log.Lines);
        Assert.Contains("InvalidOperationException", line, StringComparison.Ordinal);
        Assert.DoesNotContain("1234", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Stopped_workers_refuse()
    {
        var workers = new CryptoWorkers(1, 10, new TestLog());
        workers.Dispose();
        Assert.False(workers.TryEnqueue(new Work(() => { })));
        workers.Dispose();
    }

    private sealed class Work(Action action) : IWorkItem
    {
        public void Execute() => action();
    }
}
