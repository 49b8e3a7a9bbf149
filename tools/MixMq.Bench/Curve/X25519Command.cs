using System.CommandLine;
using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Simulation;

namespace MixMq.Bench.Curve;

/// <summary><c>x25519</c>: the batch ladder over every path and many batch sizes, beside one derive of libcrypto.</summary>
internal static class X25519Command
{
    private static readonly int[] Sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 32, 64];

    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { Description = "Rounds to take the median of: 3 to 1000.", DefaultValueFactory = _ => 41 };
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 3 or > 1000)
                result.AddError("--rounds is a whole number from 3 to 1000.");
        });
        var json = new Option<bool>("--json") { Description = "One JSON object a line and nothing else." };
        var command = new Command("x25519", "X25519 in batches, on each path this processor has. Every round takes derives of libcrypto too, and the ratio is the median of the rounds'.")
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
                    output.WriteLine(parse.GetValue(json) ? report.ToJsonString() : Interleaved.Show(report));
                }
            }
        });
        return command;
    }

    private static JsonObject Measure(LadderPath path, int size, int rounds)
    {
        var random = new SeededRandomSource($"{path} {size}");
        var (scalars, us, products) = (new byte[size * 32], new byte[size * 32], new byte[size * 32]);
        random.Fill(scalars);
        random.Fill(us);
        return Interleaved.Measure("x25519", path.ToString(), size, rounds, _ => X25519Batch.Multiply(path, scalars, us, products, clamp: true));
    }
}
