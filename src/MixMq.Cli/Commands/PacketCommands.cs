using System.CommandLine;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Cli.Packets;
using MixMq.Sphinx;

namespace MixMq.Cli.Commands;

/// <summary><c>packet wrap|unwrap|surb|inspect|batch</c>: the packet format by hand, for who checks it or implements it.</summary>
internal static class PacketCommands
{
    public static Command Create(CliEnvironment environment) =>
        new("packet", "The packet format by hand: for analysts and test suites, on test secrets, the same input always giving the same bytes.")
        {
            Wrap(environment),
            Unwrap(environment),
            PacketSurbCommands.Create(environment),
            PacketInspectCommand.Create(environment),
            PacketBatchCommand.Create(environment),
        };

    private static Command Wrap(CliEnvironment environment)
    {
        var request = PacketOptions.File("--request", "A JSON file that says what to make; see the example.");
        var to = PacketOptions.Out("The file to write the packet to.");
        var command = new Command("wrap", "Make a forward packet from a request.") { request, to };
        command.SetBody(environment, (parse, output, _) =>
        {
            using var lab = new PacketLab();
            var wrap = WrapRequest.Read(PacketFile.ReadJson(environment.FullPath(parse.GetRequiredValue(request)), "--request"), "");
            var packet = lab.Wrap(wrap);
            PacketOptions.Finish(
                environment, output, parse.GetValue(to), packet, new JsonObject { ["packet"] = HexText.Write(packet) }, $"a packet over {Hops(wrap.Path.Length)}");
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples($$"""
            mixmq packet wrap --request request.json --out packet.bin

            request.json, binary in hexadecimal (random bytes are SHAKE256 of random_seed, read in order):
            {
              "network": {"name": "test", "hops": 5, "body": 1024, "reply": 256},
              "path": [
                {"address": "{{Repeat("a1")}}", "mix_public": "{{ExamplePublic}}", "delay_ms": 120},
                {"address": "{{Repeat("a2")}}", "mix_public": "{{ExamplePublic}}"}
              ],
              "x": "{{Repeat("11")}}",
              "random_seed": "00", "message": "48656c6c6f"
            }
            The mix_public here is that of the secret {{Repeat("07")}}.
            "command": "drop" makes cover; "max_delay_ms" in network is {{NetworkDefinition.DefaultMaxDelayMs}} unless it is given.
            """);
    }

    private static Command Unwrap(CliEnvironment environment)
    {
        var secret = PacketOptions.Hex("--secret", "The hop's mix secret, 32 bytes: a test secret.");
        var network = PacketOptions.Network();
        var from = PacketOptions.File("--in", "The packet.");
        var to = PacketOptions.Out("The file for what comes out: the next packet, the message, or lane B of a reply.");
        var command = new Command("unwrap", "Take one layer off a packet, as its hop does, and say what the hop learns.") { secret, network, from, to };
        command.SetBody(environment, (parse, output, _) =>
        {
            using var lab = new PacketLab();
            var definition = PacketOptions.ReadNetwork(environment, parse.GetRequiredValue(network));
            var packet = PacketFile.ReadBinary(environment.FullPath(parse.GetRequiredValue(from)), "--in");
            var outcome = lab.Unwrap(definition, packet, [PacketOptions.ReadSecret(environment, parse.GetRequiredValue(secret))], []);
            if (parse.GetValue(to) is { } path && outcome.Content is { } content)
                PacketFile.Write(environment.FullPath(path), "--out", content);
            if (output.Json)
                output.Object(outcome.ToJson());
            else
                Show(output, outcome);
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples($"""
            mixmq packet unwrap --secret {Repeat("07")} --network request.json --in packet.bin --out next.bin
            mixmq packet unwrap --secret {Repeat("07")} --network request.json --in next.bin --json

            A packet that is dropped is an outcome like the others: the exit code is 0, and the reason is told.
            """);
    }

    private static void Show(CommandOutput output, PacketOutcome outcome)
    {
        foreach (var (name, value) in outcome.ToJson())
        {
            // The next packet is for --out; on a terminal it would only be in the way.
            if (name != "packet")
                output.Line($"{name.Replace('_', ' '),-8}  {value}");
        }

        if (outcome.Result.Kind == UnwrapKind.Deliver && TerminalText.FromContent(outcome.Content) is { Length: > 0 } text)
            output.Line($"{"text",-8}  {text}");
    }

    /// <summary>The public key of 32 bytes of 7, for examples that work.</summary>
    private static string ExamplePublic
    {
        get
        {
            Span<byte> key = stackalloc byte[MixPublicKey.ByteLength];
            Span<byte> secret = stackalloc byte[MixPublicKey.ByteLength];
            secret.Fill(7);
            Crypto.X25519.DerivePublic(secret, key);
            return HexText.Write(key);
        }
    }

    private static string Hops(int count) => count == 1 ? "1 hop" : $"{count} hops";

    private static string Repeat(string pair) => string.Concat(Enumerable.Repeat(pair, 32));
}
