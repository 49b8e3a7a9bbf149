using System.Globalization;
using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Crash;

/// <summary>A process that is killed while it commits: what it had reported is there, and of the batch in hand all or nothing.</summary>
public sealed class CrashTests
{
    [Fact]
    public void After_SIGKILL_the_store_holds_exactly_the_committed_prefix()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("messages.db");
        int held = 0;

        // Each run finds what the last one left: its log to recover, its lock, its numbers to go on from.
        foreach (int lines in (int[])[1, 40, 117])
        {
            int reported = RunAndKill(file, lines);
            using SqliteMessageStore store = SqliteMessageStore.Open(file);
            held = (int)store.Load().LastInboxPosition;
            Assert.InRange(held, reported, reported + 1);
            AssertPrefix(store, held);
        }

        Assert.True(held >= 158);
    }

    private static int RunAndKill(string file, int lines)
    {
        using ChildProcess child = ChildProcess.Start("commit", file);
        string last = "0";
        for (int i = 0; i < lines; i++)
        {
            last = child.ReadLine() ?? throw new InvalidOperationException("The child has ended by itself.");
        }

        child.Kill();
        last = child.ReadToEnd().LastOrDefault(line => line.Length > 0, last);
        child.WaitForExit();
        return int.Parse(last, CultureInfo.InvariantCulture);
    }

    private static void AssertPrefix(SqliteMessageStore store, int held)
    {
        var model = new ModelStore();
        for (int number = 1; number <= held; number++)
        {
            model.Commit(CrashWriter.Batch(number));
        }

        MessageId[] ids = [.. Enumerable.Range(1, held + 1).Select(Id)];
        Assert.Equal(StoreText.Of(model, ids, []), StoreText.Of(store, ids, []));
    }
}
