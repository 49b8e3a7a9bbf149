using MixMq.Storage.Sqlite;

namespace MixMq.Storage.Tests;

/// <summary>One of the implementations of the contract, by name, with a way to close it and open it again.</summary>
internal sealed class StoreUnderTest : IDisposable
{
    private readonly TemporaryFolder? _folder;
    private readonly Func<IMessageStore>? _open;

    private StoreUnderTest(IMessageStore store) => Store = store;

    private StoreUnderTest(TemporaryFolder folder, Func<IMessageStore> open)
    {
        _folder = folder;
        _open = open;
        Store = open();
    }

    public static TheoryData<string> Names => ["model", "sqlite"];

    /// <summary>Those that have the outbox's part of the contract.</summary>
    public static TheoryData<string> OutboxNames => ["model", "sqlite", "simulated"];

    public IMessageStore Store { get; private set; }

    public static StoreUnderTest Create(string name)
    {
        if (name == "model")
        {
            return new StoreUnderTest(new ModelStore());
        }

        if (name == "simulated")
        {
            return new StoreUnderTest(new SimulatedStore());
        }

        var folder = new TemporaryFolder(inMemory: true);
        return new StoreUnderTest(folder, () => SqliteMessageStore.Open(folder.File("messages.db")));
    }

    /// <summary>What is durable must be all that the store knows.</summary>
    public IMessageStore Reopen()
    {
        if (_open is not null)
        {
            Store.Dispose();
            Store = _open();
        }

        return Store;
    }

    public void Dispose()
    {
        Store.Dispose();
        _folder?.Dispose();
    }
}
