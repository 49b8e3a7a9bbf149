using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Benchmarks;
using MixMq.Simulation;

namespace MixMq.Bench.Curve;

/// <summary>
/// Times of something beside libcrypto's derive: each round takes derives before and after, and the ratio is the median of the rounds', so that what
/// the machine does meanwhile concerns both.
/// </summary>
internal static class Interleaved
{
    private const int Derives = 8;
    // The compiler makes its best code after some thirty calls and a tenth of a second.
    private const int WarmUp = 30;

    /// <summary>Measures.</summary>
    /// <param name="benchmark">What the report calls it.</param>
    /// <param name="path">Which way it was computed.</param>
    /// <param name="batch">How many units a call does.</param>
    /// <param name="rounds">Rounds to take the median of.</param>
    /// <param name="run">A call; told how manieth it is, warm-up included.</param>
    /// <param name="prepare">What must be done before a call and isn't measured.</param>
    /// <returns>Microseconds of a unit, those of a derive, and the ratio.</returns>
    public static JsonObject Measure(string benchmark, string path, int batch, int rounds, Action<int> run, Action<int>? prepare = null)
    {
        var random = new SeededRandomSource(benchmark);
        var (secret, point) = (new byte[32], new byte[32]);
        random.Fill(secret);
        random.Fill(point);
        using var derive = new LibCryptoDerive(secret, point);
        var calls = Math.Max(1, 16 / batch);
        var (times, derives, ratios) = (new double[rounds], new double[rounds], new double[rounds]);
        for (var round = -WarmUp; round < rounds; round++)
        {
            var before = MicrosOfDerive(derive);
            var micros = 0.0;
            for (var call = 0; call < calls; call++)
            {
                var number = ((round + WarmUp) * calls) + call;
                prepare?.Invoke(number);
                var started = Stopwatch.GetTimestamp();
                run(number);
                micros += Stopwatch.GetElapsedTime(started).TotalMicroseconds;
            }

            micros /= calls * batch;
            var reference = (before + MicrosOfDerive(derive)) / 2;
            if (round >= 0)
                (times[round], derives[round], ratios[round]) = (micros, reference, micros / reference);
        }

        return new JsonObject
        {
            ["benchmark"] = benchmark,
            ["path"] = path,
            ["batch"] = batch,
            ["us"] = Math.Round(Median(times), 3),
            ["x25519_us"] = Math.Round(Median(derives), 2),
            ["ratio"] = Math.Round(Median(ratios), 4),
        };
    }

    /// <summary>Calls that <see cref="Measure"/> makes.</summary>
    public static int Calls(int batch, int rounds) => (rounds + WarmUp) * Math.Max(1, 16 / batch);

    /// <summary>A line for people.</summary>
    public static string Show(JsonObject report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(string)report["benchmark"]!,-14} {(string)report["path"]!,-10} batch {(int)report["batch"]!,3}: {(double)report["us"]!,9:F2} µs each, {(double)report["ratio"]!,7:F3} of a libcrypto derive ({(double)report["x25519_us"]!:F1} µs)");

    private static double MicrosOfDerive(LibCryptoDerive derive)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Derives; i++)
            derive.Run();
        return Stopwatch.GetElapsedTime(started).TotalMicroseconds / Derives;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
