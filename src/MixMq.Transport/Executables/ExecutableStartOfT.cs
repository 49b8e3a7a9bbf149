using MixMq.Transport.Configuration;

namespace MixMq.Transport.Executables;

/// <summary>
/// How a float and a node begin: the command line is read, help, version and <c>--check-config</c> are answered, the configuration is
/// loaded and everything that is wrong with it said at once.
/// </summary>
/// <typeparam name="T">The executable's configuration.</typeparam>
public sealed class ExecutableStart<T>
    where T : RelayConfiguration
{
    private readonly bool _watchStandardInput;

    internal ExecutableStart(T? configuration, LiveConfiguration<T>? live, int exitCode, bool watchStandardInput)
    {
        Configuration = configuration;
        Live = live;
        ExitCode = exitCode;
        _watchStandardInput = watchStandardInput;
    }

    /// <summary>What to run with; null: end with <see cref="ExitCode"/>.</summary>
    public T? Configuration { get; }

    /// <summary>Reads the configuration again while the program runs; null with <see cref="Configuration"/>.</summary>
    public LiveConfiguration<T>? Live { get; }

    /// <summary>0 when everything that was asked for is done, 2 for wrong usage or configuration.</summary>
    public int ExitCode { get; }

    /// <summary>With <c>--watch-stdin</c>, calls <paramref name="stop"/> once standard input has ended; without it, does nothing.</summary>
    public void WatchStandardInput(Action stop)
    {
        ArgumentNullException.ThrowIfNull(stop);
        if (!_watchStandardInput)
        {
            return;
        }

        _ = Task.Factory.StartNew(
            () =>
            {
                using Stream input = Console.OpenStandardInput();
                Span<byte> ignored = stackalloc byte[256];
                while (input.Read(ignored) > 0)
                {
                }

                stop();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }
}
