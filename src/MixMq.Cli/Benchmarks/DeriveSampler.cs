using System.Security.Cryptography;
using MixMq.Cli.Local;

namespace MixMq.Cli.Benchmarks;

/// <summary>
/// Takes the time of libcrypto's X25519 derive now and then while something else is measured, so that whatever the machine does meanwhile
/// concerns both. What it costs itself is known and can be left out.
/// </summary>
internal sealed class DeriveSampler
{
    private const int CallsPerRound = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly List<double> _rounds = [];
    private double _spent;

    /// <summary>Microseconds of one derive: the median of the rounds.</summary>
    public double Micros => Percentile.Of(_rounds, 50);

    /// <summary>Microseconds of this process's processor time that the sampling took.</summary>
    public double SpentMicros => _spent;

    /// <summary>Samples until it is told to stop; at least one round.</summary>
    public Task RunAsync(CancellationToken stop) => Task.Factory.StartNew(
        () =>
        {
            using var derive = new LibCryptoDerive(RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
            do
                Round(derive);
            while (!stop.WaitHandle.WaitOne(Pause));
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private void Round(LibCryptoDerive derive)
    {
        var started = ProcessorClock.ThreadMicros();
        derive.Run();
        var warm = ProcessorClock.ThreadMicros();
        for (var call = 0; call < CallsPerRound; call++)
            derive.Run();
        var ended = ProcessorClock.ThreadMicros();
        _rounds.Add((ended - warm) / CallsPerRound);
        _spent += ended - started;
    }
}
