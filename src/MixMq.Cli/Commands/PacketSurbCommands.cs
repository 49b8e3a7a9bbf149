using System.CommandLine;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Cli.Packets;

namespace MixMq.Cli.Commands;

/// <summary><c>packet surb make|use|open</c>: single-use reply blocks by hand.</summary>
internal static class PacketSurbCommands
{
    public static Command Create(CliEnvironment environment) =>
        new("surb", "Single-use reply blocks: make one, answer with it, open the answer.") { Make(environment), Use(environment), Open(environment) };

    private static Command Make(CliEnvironment environment)
    {
        var request = PacketOptions.File("--request", "A JSON file that says what to make: as for wrap, with y instead of x and message, and surb_id, secret, expiry.");
        var to = PacketOptions.Out("The file to write the SURB to.");
        var stateTo = new Option<string?>("--state") { Description = "The file to write what its maker keeps to, as JSON.", HelpName = "file" };
        var command = new Command("make", "Make a SURB, and the state that opens the reply.") { request, to, stateTo };
        command.SetBody(environment, (parse, output, _) =>
        {
            if (!output.Json && parse.GetValue(stateTo) is null)
                throw PacketRefusal.Request("Where to? Give --state with a file, or --json to see both.");
            using var lab = new PacketLab();
            var make = SurbRequest.Read(PacketFile.ReadJson(environment.FullPath(parse.GetRequiredValue(request)), "--request"), "");
            var (surb, state) = lab.MakeSurb(make);
            using (state)
            {
                var kept = SurbStateJson.Write(make.Network, state);
                if (parse.GetValue(stateTo) is { } path)
                    PacketFile.WriteJson(environment.FullPath(path), "--state", kept);
                PacketOptions.Finish(
                    environment, output, parse.GetValue(to), surb, new JsonObject { ["surb"] = HexText.Write(surb), ["state"] = kept }, "a SURB");
            }

            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq packet surb make --request surb.json --out surb.bin --state state.json

            surb.json is a request as for `mixmq packet wrap`, with these members instead of x and message:
              "y": 32 bytes, "surb_id": 16 bytes, "secret": 32 bytes, "expiry": unix seconds
            The path begins at the node that will use the SURB and ends at its maker: at least two hops.
            """);
    }

    private static Command Use(CliEnvironment environment)
    {
        var surb = PacketOptions.File("--surb", "The SURB.");
        var network = PacketOptions.Network();
        var message = PacketOptions.Hex("--message", "The answer.");
        var seed = PacketOptions.RandomSeed();
        var now = new Option<uint?>("--now") { Description = "The time in unix seconds; without it the expiry isn't looked at.", HelpName = "seconds" };
        var to = PacketOptions.Out("The file to write the packet to.");
        var command = new Command("use", "Build the packet that answers with a SURB; it is for the SURB's own first hop to unwrap.") { surb, network, message, seed, now, to };
        command.SetBody(environment, (parse, output, _) =>
        {
            using var lab = new PacketLab();
            var packet = lab.UseSurb(
                PacketOptions.ReadNetwork(environment, parse.GetRequiredValue(network)),
                PacketFile.ReadBinary(environment.FullPath(parse.GetRequiredValue(surb)), "--surb"),
                HexText.Read(parse.GetRequiredValue(message), "--message", 0, PacketFile.MaxBinaryBytes),
                HexText.Read(parse.GetRequiredValue(seed), "--random_seed", 0, WrapRequest.MaxSeedBytes),
                parse.GetValue(now));
            PacketOptions.Finish(environment, output, parse.GetValue(to), packet, new JsonObject { ["packet"] = HexText.Write(packet) }, "a packet with a reply");
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("""
            mixmq packet surb use --surb surb.bin --network surb.json --message 48656c6c6f --random_seed 00 --out packet.bin
            """);
    }

    private static Command Open(CliEnvironment environment)
    {
        var stateFrom = PacketOptions.File("--state", "What `surb make` kept.");
        var from = PacketOptions.File("--in", "Lane B as the maker's own unwrap gave it: what `packet unwrap --out` writes of a reply.");
        var to = PacketOptions.Out("The file to write the message to.");
        var command = new Command("open", "Open a reply. A node destroys the state by this; here the file stays.") { stateFrom, from, to };
        command.SetBody(environment, (parse, output, _) =>
        {
            using var lab = new PacketLab();
            using var state = SurbStateJson.Read(PacketFile.ReadJson(environment.FullPath(parse.GetRequiredValue(stateFrom)), "--state"), "", null);
            var message = lab.OpenReply(state, PacketFile.ReadBinary(environment.FullPath(parse.GetRequiredValue(from)), "--in"));
            if (parse.GetValue(to) is { } path)
                PacketFile.Write(environment.FullPath(path), "--out", message);
            if (output.Json)
                output.Object(new JsonObject { ["message"] = HexText.Write(message) });
            else
                output.Line(TerminalText.FromContent(message) is { Length: > 0 } text ? text : HexText.Write(message));
            return Task.FromResult(ExitCode.Success);
        });
        return command.WithExamples("mixmq packet surb open --state state.json --in lane-b.bin");
    }
}
