using System.Collections.Concurrent;
using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests;

public sealed class GroupCommitWriterTests : IDisposable
{
    private readonly GatedStore _store = new();
    private readonly List<ulong> _committed = [];
    private readonly ConcurrentQueue<MessageStoreException> _failures = new();

    [Fact]
    public async Task Batches_that_wait_together_share_a_transaction_and_are_reported_in_order()
    {
        var writer = new GroupCommitWriter(_store, _failures.Enqueue);
        Enqueue(writer, 1);
        _store.WaitUntilInCommit();
        Enqueue(writer, 2, 3, 4);
        Assert.Empty(_committed);
        _store.OpenGate();
        await writer.DisposeAsync();

        Assert.Equal([[1], [2, 3, 4]], _store.Transactions);
        Assert.Equal([1ul, 2, 3, 4], _committed);
        Assert.Equal(2, writer.Commits);
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task A_transaction_takes_no_more_batches_than_its_limit()
    {
        var writer = new GroupCommitWriter(_store, _failures.Enqueue);
        Enqueue(writer, 0);
        _store.WaitUntilInCommit();
        ulong[] numbers = [.. Enumerable.Range(1, GroupCommitWriter.MaxBatchesPerCommit + 44).Select(number => (ulong)number)];
        Enqueue(writer, numbers);
        _store.OpenGate();
        await writer.DisposeAsync();

        Assert.Equal([1, GroupCommitWriter.MaxBatchesPerCommit, 44], _store.Transactions.Select(transaction => transaction.Length));
        Assert.Equal([0, .. numbers], _committed);
    }

    [Fact]
    public async Task A_full_queue_makes_the_caller_wait()
    {
        var writer = new GroupCommitWriter(_store, _failures.Enqueue);
        Enqueue(writer, 0);
        _store.WaitUntilInCommit();
        for (ulong number = 1; number <= GroupCommitWriter.QueueLimit; number++)
        {
            Enqueue(writer, number);
        }

        bool accepted = false;
        var caller = new Thread(() => accepted = writer.Enqueue([new StoreOperation.ConsumeInbox(5000)], () => _committed.Add(5000)));
        caller.Start();
        SpinWait.SpinUntil(() => caller.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        Assert.False(accepted);
        _store.OpenGate();
        caller.Join();
        await writer.DisposeAsync();

        Assert.True(accepted);
        Assert.Equal(GroupCommitWriter.QueueLimit + 2, _committed.Count);
        Assert.Equal(5000ul, _committed[^1]);
    }

    [Fact]
    public async Task After_a_failed_commit_nothing_is_written_or_reported_any_more()
    {
        _store.Failure = new MessageStoreException("The disk of the message store is full.", 13);
        var writer = new GroupCommitWriter(_store, _failures.Enqueue);
        Enqueue(writer, 1);
        _store.WaitUntilInCommit();
        Enqueue(writer, 2, 3);
        _store.OpenGate();
        await writer.DisposeAsync();

        Assert.Same(_store.Failure, Assert.Single(_failures));
        Assert.Empty(_committed);
        Assert.Equal(0, writer.Commits);
        Assert.False(writer.Enqueue([], () => _committed.Add(9)));
        Assert.Empty(_committed);
    }

    [Fact]
    public async Task A_caller_that_waits_for_room_is_let_go_when_a_commit_fails()
    {
        _store.Failure = new MessageStoreException("Broken.");
        var writer = new GroupCommitWriter(_store, _failures.Enqueue);
        Enqueue(writer, 0);
        _store.WaitUntilInCommit();
        for (ulong number = 1; number <= GroupCommitWriter.QueueLimit; number++)
        {
            Enqueue(writer, number);
        }

        bool accepted = true;
        var caller = new Thread(() => accepted = writer.Enqueue([], () => { }));
        caller.Start();
        SpinWait.SpinUntil(() => caller.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        _store.OpenGate();
        caller.Join();
        await writer.DisposeAsync();
        Assert.False(accepted);
    }

    [Fact]
    public async Task A_fault_in_the_program_stops_the_writer_aloud_too()
    {
        _store.OpenGate();
        _store.Failure = new InvalidOperationException("A bug.");
        var writer = new GroupCommitWriter(_store, _failures.Enqueue);
        Enqueue(writer, 1);
        await writer.DisposeAsync();
        Assert.Same(_store.Failure, Assert.Single(_failures).InnerException);
        Assert.False(writer.Enqueue([], () => { }));
    }

    [Fact]
    public async Task A_callback_that_throws_stops_the_writer_aloud_too()
    {
        _store.OpenGate();
        var writer = new GroupCommitWriter(_store, _failures.Enqueue);
        writer.Enqueue([new StoreOperation.ConsumeInbox(1)], () => throw new InvalidOperationException("A bug."));
        await writer.DisposeAsync();
        Assert.IsType<InvalidOperationException>(Assert.Single(_failures).InnerException);
    }

    [Fact]
    public async Task A_closed_writer_takes_nothing()
    {
        _store.OpenGate();
        var writer = new GroupCommitWriter(_store, _failures.Enqueue);
        await writer.DisposeAsync();
        await writer.DisposeAsync();
        Assert.False(writer.Enqueue([], () => _committed.Add(1)));
        Assert.Empty(_committed);
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task A_store_is_looked_after_between_commits_and_its_shortage_is_told()
    {
        var told = new List<bool>();
        var over = new TaskCompletionSource();
        var upkeep = new StoreUpkeep(new StoreRetention(), TimeProvider.System, isShort =>
        {
            told.Add(isShort);
            if (!isShort)
            {
                over.SetResult();
            }
        });
        _store.OpenGate();
        _store.IsShortOfSpace = true;
        var writer = new GroupCommitWriter(_store, _failures.Enqueue, upkeep);
        _store.OnUpkeep = () =>
        {
            _store.IsShortOfSpace = told.Count == 0;
            return 0;
        };
        Enqueue(writer, 1);
        await over.Task;
        await writer.DisposeAsync();
        Assert.Equal([true, false], told);
        Assert.True(_store.Upkeeps > 0);
    }

    [Fact]
    [Trait("Spec", "MSG-30")]
    public async Task A_commit_that_finds_no_room_at_all_is_done_when_there_is_some_and_nothing_passes_it()
    {
        var upkeep = new StoreUpkeep(new StoreRetention(), TimeProvider.System, _ => { });
        (_store.Failure, _store.IsShortOfSpace) = (new MessageStoreException("The disk of the message store is full.", 13), true);
        _store.OnUpkeep = () =>
        {
            // Somebody made room, after some time.
            _store.Failure = _store.Upkeeps < 3 ? _store.Failure : null;
            return StoreUpkeep.MaxRows;
        };
        _store.OpenGate();
        var all = new TaskCompletionSource();
        var writer = new GroupCommitWriter(_store, _failures.Enqueue, upkeep);
        Enqueue(writer, 1, 2);
        writer.Enqueue([new StoreOperation.ConsumeInbox(3)], all.SetResult);
        await all.Task;
        await writer.DisposeAsync();
        Assert.Equal([1ul, 2, 3], _store.Transactions.SelectMany(transaction => transaction));
        Assert.Equal([1ul, 2], _committed);
        Assert.Empty(_failures);
    }

    [Fact]
    public async Task A_writer_that_is_closed_waits_for_no_room()
    {
        var upkeep = new StoreUpkeep(new StoreRetention(), TimeProvider.System, _ => { });
        (_store.Failure, _store.IsShortOfSpace) = (new MessageStoreException("The disk of the message store is full.", 13), true);
        _store.OpenGate();
        var writer = new GroupCommitWriter(_store, _failures.Enqueue, upkeep);
        Enqueue(writer, 1);
        _store.WaitUntilInCommit();
        await writer.DisposeAsync();
        Assert.Same(_store.Failure, Assert.Single(_failures));
        Assert.Empty(_committed);
    }

    [Fact]
    public async Task Who_is_blocked_because_the_disk_is_full_is_freed_when_the_writer_is_told_to_wait_no_longer()
    {
        var upkeep = new StoreUpkeep(new StoreRetention(), TimeProvider.System, _ => { });
        (_store.Failure, _store.IsShortOfSpace) = (new MessageStoreException("The disk of the message store is full.", 13), true);
        _store.OpenGate();
        var writer = new GroupCommitWriter(_store, _failures.Enqueue, upkeep);
        Enqueue(writer, 0);
        _store.WaitUntilInCommit();
        for (ulong number = 1; number <= GroupCommitWriter.QueueLimit; number++)
        {
            Enqueue(writer, number);
        }

        bool accepted = true;
        var caller = new Thread(() => accepted = writer.Enqueue([new StoreOperation.ConsumeInbox(5000)], () => _committed.Add(5000)));
        caller.Start();
        SpinWait.SpinUntil(() => caller.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        writer.StopWaiting();
        caller.Join();
        Assert.False(accepted);
        await writer.DisposeAsync();
        Assert.Same(_store.Failure, Assert.Single(_failures));
        Assert.Empty(_committed);
    }

    [Fact]
    public async Task Closing_commits_what_is_queued()
    {
        const int count = 600;
        using var folder = new TemporaryFolder();
        using (SqliteMessageStore store = SqliteMessageStore.Open(folder.File("messages.db")))
        {
            store.Commit([OpenOutbound()]);
            var writer = new GroupCommitWriter(store, _failures.Enqueue);
            for (int number = 1; number <= count; number++)
            {
                int mine = number;
                Assert.True(writer.Enqueue([AppendOutbox(mine, (ulong)mine)], () => _committed.Add((ulong)mine)));
            }

            await writer.DisposeAsync();
            Assert.InRange(writer.Commits, 3, count);
        }

        Assert.Empty(_failures);
        Assert.Equal(Enumerable.Range(1, count).Select(number => (ulong)number), _committed);
        using SqliteMessageStore again = SqliteMessageStore.Open(folder.File("messages.db"));
        Assert.Equal(count, again.Count().Pending);
    }

    public void Dispose() => _store.Dispose();

    private void Enqueue(GroupCommitWriter writer, params ulong[] numbers)
    {
        foreach (ulong number in numbers)
        {
            Assert.True(writer.Enqueue([new StoreOperation.ConsumeInbox(number)], () => _committed.Add(number)));
        }
    }
}
