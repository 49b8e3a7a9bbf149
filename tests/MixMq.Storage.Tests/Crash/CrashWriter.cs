using System.Diagnostics;
using System.Globalization;
using MixMq.Endpoint.Messaging;
using MixMq.Storage.Sqlite;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Crash;

/// <summary>
/// This assembly as a process of its own. <c>commit FILE</c>: goes on from what the store holds and commits until it is killed, each commit
/// reported when it has returned. <c>migrate FILE STEPS</c>: opens the file and kills itself after so many steps of SQLite's machine. <c>fill FILE</c>: commits until the disk is full, then makes room; expects a file "ballast" beside the store.
/// </summary>
internal static class CrashWriter
{
    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["commit", var file]: Commit(file); return 0;
            case ["fill", var file]: Fill(file); return 0;
            case ["reserve", var file]: Reserve(file); return 0;
            case ["migrate", var file, var steps]: Migrate(file, int.Parse(steps, CultureInfo.InvariantCulture)); return 0;
            default: Console.Error.WriteLine("commit FILE | fill FILE | reserve FILE | migrate FILE STEPS"); return 2;
        }
    }

    /// <summary>Commit number n: message n is sent, message n is received, the one before is acknowledged. Some contents are longer than a page.</summary>
    public static IReadOnlyList<StoreOperation> Batch(int number)
    {
        var operations = new List<StoreOperation>();
        if (number == 1)
        {
            operations.Add(OpenOutbound());
        }

        operations.Add(AppendOutbox(number, (ulong)number, number % 3 * 6_000));
        operations.Add(Inbound((ulong)number));
        operations.Add(Ready((ulong)number, (ulong)number, number % 5 * 3_000));
        if (number > 1)
        {
            operations.Add(new StoreOperation.SettleOutbox(Id(number - 1), OutboxStatus.Acknowledged, number));
        }

        return operations;
    }

    private static void Commit(string file)
    {
        using SqliteMessageStore store = SqliteMessageStore.Open(file);
        for (int number = (int)store.Load().LastInboxPosition + 1; ; number++)
        {
            store.Commit(Batch(number));
            Console.Out.WriteLine(number.ToString(CultureInfo.InvariantCulture));
            Console.Out.Flush();
        }
    }

    /// <summary>Sends until room is short, completes what was accepted, makes room.</summary>
    private static void Reserve(string file)
    {
        const int mebibyte = 1 << 20;
        string ballast = Path.Combine(Path.GetDirectoryName(file)!, "ballast");
        var options = new SqliteStoreOptions { ReserveBytes = mebibyte / 4 };
        int sent = 0;
        using (SqliteMessageStore store = SqliteMessageStore.Open(file, options))
        {
            File.WriteAllBytes(ballast, new byte[mebibyte / 4]);
            store.Commit([OpenOutbound()]);
            while (!store.IsShortOfSpace && sent < 1_000)
            {
                sent++;
                store.Commit([AppendOutbox(sent, (ulong)sent, 3_000)]);
            }

            Console.Out.WriteLine(sent < 1_000 ? "short" : "not short");
            for (int number = 1; number <= sent; number++)
            {
                store.Commit([new StoreOperation.SettleOutbox(Id(number), OutboxStatus.Acknowledged, number)]);
            }

            Console.Out.WriteLine(store.Count().Acknowledged == sent ? "completed" : "not completed");
            Console.Out.WriteLine(store.IsShortOfSpace ? "still short" : "not short");
            File.Delete(ballast);
            for (int pass = 0; pass < 100 && store.IsShortOfSpace; pass++)
            {
                store.Upkeep(new StoreRetention(), sent, 10);
            }

            Console.Out.WriteLine(store.IsShortOfSpace ? "no room" : "room");
        }

        using SqliteMessageStore again = SqliteMessageStore.Open(file, options);
        Console.Out.WriteLine(again.Count().Acknowledged == sent ? "reopened" : "lost");
    }

    private static void Migrate(string file, int steps)
    {
        using SqliteDatabase database = SqliteDatabase.Open(file, readOnly: false);
        database.EverySteps(steps, () =>
        {
            Console.Out.WriteLine("killed");
            Console.Out.Flush();
            Process.GetCurrentProcess().Kill();
        });
        SqliteMigrations.Run(database, 1);
        Console.Out.WriteLine("done");
    }

    private static void Fill(string file)
    {
        string ballast = Path.Combine(Path.GetDirectoryName(file)!, "ballast");
        File.WriteAllBytes(ballast, new byte[256 * 1024]);
        int number = 1;
        using (SqliteMessageStore store = SqliteMessageStore.Open(file))
        {
            string before = "";
            try
            {
                for (; ; number++)
                {
                    before = Text(store, number);
                    store.Commit(Batch(number));
                }
            }
            catch (MessageStoreException failure)
            {
                Console.Out.WriteLine(failure.IsFull ? "full" : failure.Message);
                Console.Out.WriteLine(Text(store, number) == before ? "same" : "changed");
            }

            File.Delete(ballast);
            store.Commit(Batch(number));
            Console.Out.WriteLine("room");
        }

        using SqliteMessageStore again = SqliteMessageStore.Open(file);
        Console.Out.WriteLine((int)again.Load().LastInboxPosition == number ? "reopened" : "lost");
    }

    private static string Text(SqliteMessageStore store, int number) => StoreText.Of(store, [Id(number - 1), Id(number)], []);
}
