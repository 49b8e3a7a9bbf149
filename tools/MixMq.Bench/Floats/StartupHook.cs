using System.IO.MemoryMappedFiles;

/// <summary>
/// What the runtime runs in a float before the float itself, when DOTNET_STARTUP_HOOKS names this assembly: a thread that writes how much
/// the process has allocated, and how long collections have stopped it, to a file that the benchmark has mapped. A float can't say so itself.
/// The name and the missing namespace are the runtime's rule.
/// </summary>
#pragma warning disable CA1050, MA0047
internal static class StartupHook
{
    internal const string FileVariable = "MIXMQ_BENCH_PROBE";
    internal const int Allocated = 0;
    internal const int PauseTicks = 1;
    internal const int Collections = 2;
    internal const int Columns = 3;

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } file)
            new Thread(() => Watch(file)) { IsBackground = true, Name = "MixMq bench probe" }.Start();
    }

    private static void Watch(string path)
    {
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, Columns * sizeof(long));
        using var view = file.CreateViewAccessor();
        while (true)
        {
            view.Write(Allocated * sizeof(long), GC.GetTotalAllocatedBytes());
            view.Write(PauseTicks * sizeof(long), GC.GetTotalPauseDuration().Ticks);
            view.Write(Collections * sizeof(long), (long)GC.CollectionCount(0));
            Thread.Sleep(20);
        }
    }
}
