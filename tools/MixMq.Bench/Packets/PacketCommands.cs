using System.CommandLine;
using System.Text.Json.Nodes;
using MixMq.Bench.Curve;
using MixMq.Crypto;

namespace MixMq.Bench.Packets;

/// <summary><c>unwrap</c>, <c>wrap</c> and <c>surb</c>: whole packets of the default geometry, beside one derive of libcrypto.</summary>
internal static class PacketCommands
{
    public const int Hops = 5;
    private static readonly int[] Sizes = [1, 8, 32, 64];

    public static Command CreateUnwrap() => Create(
        "unwrap",
        "A relay's unwrap: both ladders, key schedule, AEAD, replay filter, keystreams.",
        (rounds, write) =>
        {
            foreach (var size in Sizes)
            {
                using var packets = new PacketSet(size, Interleaved.Calls(size, rounds));
                write(Interleaved.Measure("unwrap", Path, size, rounds, packets.Unwrap, packets.PrepareUnwrap));
            }
        });

    public static Command CreateWrap() => Create(
        "wrap",
        $"A sender's wrap over {Hops} hops.",
        (rounds, write) =>
        {
            foreach (var size in Sizes)
            {
                using var packets = new PacketSet(size, 0);
                write(Interleaved.Measure("wrap", Path, size, rounds, packets.Wrap));
            }
        });

    public static Command CreateSurb() => Create(
        "surb",
        $"Making a SURB over {Hops} hops, using one, and opening what comes back.",
        (rounds, write) =>
        {
            using var surbs = new SurbSet();
            write(Interleaved.Measure("surb-make", Path, 1, rounds, surbs.Make));
            write(Interleaved.Measure("surb-use", Path, 1, rounds, surbs.Use));
            write(Interleaved.Measure("surb-open", Path, 1, rounds, surbs.Open, surbs.PrepareOpen));
        });

    public static Option<int> Rounds()
    {
        var rounds = new Option<int>("--rounds") { Description = "Rounds to take the median of: 3 to 1000.", DefaultValueFactory = _ => 41 };
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 3 or > 1000)
                result.AddError("--rounds is a whole number from 3 to 1000.");
        });
        return rounds;
    }

    private static string Path => X25519Batch.Path.ToString();

    private static Command Create(string name, string description, Action<int, Action<JsonObject>> run)
    {
        var rounds = Rounds();
        var json = new Option<bool>("--json") { Description = "One JSON object a line and nothing else." };
        var command = new Command(name, $"{description} Figures are for one packet.") { rounds, json };
        command.SetAction(parse =>
        {
            var output = parse.InvocationConfiguration.Output;
            run(parse.GetValue(rounds), report => output.WriteLine(parse.GetValue(json) ? report.ToJsonString() : Interleaved.Show(report)));
        });
        return command;
    }
}
