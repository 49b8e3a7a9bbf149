using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Simulation;

namespace MixMq.Bench.Curve;

/// <summary><c>x25519</c>: the batch ladder over every path and many batch sizes, beside one derive of libcrypto.</summary>
internal static class X25519Command
{
    private static readonly int[] Sizes = [1, 2, 3, 4, 8, 16, 32, 64];

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { Description = "Rounds to take the median of: 3 to 1000.", DefaultValueFactory = _ => 41 };
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 3 or > 1000)
                result.AddError("--rounds is a whole number from 3 to 1000.");
        });
        var json = new Option<bool>("--json") { Description = "One JSON object a line and nothing else." };
        var command = new Command("x25519", "X25519 in batches, on each path this processor has. Every round takes a derive of libcrypto first, and the ratio is the median of the rounds'.")
        {
            rounds, json,
        };
        command.SetAction(parse =>
        {
            var output = parse.InvocationConfiguration.Output;
            foreach (var path in Enum.GetValues<LadderPath>().Where(X25519Batch.IsSupported))
            {
                foreach (var size in Sizes)
                {
                    var report = Measure(path, size, parse.GetValue(rounds));
                    output.WriteLine(parse.GetValue(json) ? report.ToJsonString() : Show(report));
                }
            }
        });
        return command;
    }

    private static JsonObject Measure(LadderPath path, int size, int rounds)
    {
        var random = new SeededRandomSource($"{path} {size}");
        var (scalars, us, products, one) = (new byte[size * 32], new byte[size * 32], new byte[size * 32], new byte[32]);
        random.Fill(scalars);
        random.Fill(us);
        var (times, derives, ratios) = (new double[rounds], new double[rounds], new double[rounds]);
        for (var round = -3; round < rounds; round++)
        {
            var derive = Micros(8, () => X25519.TryDerive(scalars.AsSpan(0, 32), us.AsSpan(0, 32), one));
            var batch = Micros(Math.Max(1, 16 / size), () => X25519Batch.Multiply(path, scalars, us, products, clamp: true)) / size;
            if (round >= 0)
                (times[round], derives[round], ratios[round]) = (batch, derive, batch / derive);
        }

        Array.Sort(times);
        Array.Sort(derives);
        Array.Sort(ratios);
        return new JsonObject
        {
            ["benchmark"] = "x25519",
            ["path"] = path.ToString(),
            ["batch"] = size,
            ["us"] = Math.Round(times[rounds / 2], 2),
            ["x25519_us"] = Math.Round(derives[rounds / 2], 2),
            ["ratio"] = Math.Round(ratios[rounds / 2], 3),
        };
    }

    private static double Micros(int calls, Action call)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++)
            call();
        return Stopwatch.GetElapsedTime(started).TotalMicroseconds / calls;
    }

    private static string Show(JsonObject report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report["path"],-10} batch {(int)report["batch"]!,3}: {(double)report["us"]!,8:F2} µs each, {(double)report["ratio"]!,6:F3} of a libcrypto derive ({(double)report["x25519_us"]!:F1} µs)");
}
