namespace MixMq.Storage.Tests;

/// <summary>A folder of its own for one test, on the disk or, where a test is about other things than files, in memory: there an fsync is free.</summary>
internal sealed class TemporaryFolder(bool inMemory = false) : IDisposable
{
    private const string Memory = "/dev/shm";

    public string Path { get; } = inMemory && Directory.Exists(Memory)
        ? Directory.CreateDirectory(System.IO.Path.Combine(Memory, "mixmq-storage-" + Guid.NewGuid().ToString("N"))).FullName
        : Directory.CreateTempSubdirectory("mixmq-storage-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
