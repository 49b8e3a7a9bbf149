using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Sqlite;

/// <summary>Readers on other threads see one commit at a time, never a part of one.</summary>
public sealed class ConcurrentReadTests
{
    [Fact]
    public async Task Reads_during_commits_are_consistent()
    {
        const int commits = 150;
        using var folder = new TemporaryFolder();
        using SqliteMessageStore store = SqliteMessageStore.Open(folder.File("messages.db"));
        store.Commit([OpenOutbound(), Inbound(), OpenPartial(1_000, 4), .. Whole(1_000)]);
        using var done = new CancellationTokenSource();
        Task reader = Task.Run(() =>
        {
            do
            {
                EndpointState state = store.Load();
                Assert.Equal(state.OutboundConversations[0].NextSequence - 1, (ulong)state.Outbox.Length);
                StoreCounts counts = store.Count();
                Assert.Equal(counts.Pending, counts.Waiting);

                // Dropped and opened again with all its fragments in each commit: there is never less.
                Assert.Equal(4, store.ReadPartial(Place(1_000))!.Value.Length);
            }
            while (!done.IsCancellationRequested);
        });
        for (int i = 1; i <= commits; i++)
        {
            store.Commit([
                AppendOutbox(i, (ulong)i), Ready((ulong)i, (ulong)i),
                new StoreOperation.DropPartial(Place(1_000)), OpenPartial(1_000, 4), .. Whole(1_000)]);
        }

        await done.CancelAsync();
        await reader;
        Assert.Equal(commits, store.Count().Pending);
    }

    private static IEnumerable<StoreOperation> Whole(ulong sequence) => Enumerable.Range(0, 4).Select(index => Fragment(sequence, index, 1));
}
