using MixMq.Bench.Processes;
using MixMq.Cli.Benchmarks;
using MixMq.Crypto;

namespace MixMq.Bench;

/// <summary>
/// One X25519 derive of libcrypto: what times are divided by, so that machines can be compared. Taken from the thread's CPU clock, the same
/// accounting as a process's processor time, so that whoever else is on the machine counts in neither.
/// </summary>
internal static class Derive
{
    private const int Rounds = 25;
    private const int Calls = 20;

    /// <summary>Microseconds, the median of rounds; takes about 20 ms of a processor, less with fewer rounds.</summary>
    public static double Micros(int rounds = Rounds)
    {
        var (secret, point) = (new byte[32], new byte[32]);
        SystemRandomSource.Instance.Fill(secret);
        SystemRandomSource.Instance.Fill(point);
        using var derive = new LibCryptoDerive(secret, point);
        var times = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            var started = ProcessFigures.ThreadCpuMicros();
            for (var i = 0; i < Calls; i++)
                derive.Run();
            times[round] = (ProcessFigures.ThreadCpuMicros() - started) / Calls;
        }

        return Statistics.Median(times);
    }
}
