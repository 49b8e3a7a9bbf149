using System.CommandLine;
using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Cli.Packets;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Cli.Commands;

/// <summary>Options of the packet laboratory, and how its results are written.</summary>
internal static class PacketOptions
{
    public static Option<string> Network() => new("--network")
    {
        Description = "A JSON file with {name, hops, body, reply} and, if need be, max_delay_ms; or any file that has it as \"network\", such as a request.",
        Required = true,
        HelpName = "file",
    };

    public static Option<string> File(string name, string description) => new(name) { Description = description, Required = true, HelpName = "file" };

    public static Option<string?> Out(string description) => new("--out") { Description = description, HelpName = "file" };

    public static Option<string> Hex(string name, string description) => new(name) { Description = description, Required = true, HelpName = "hex" };

    /// <summary>Random bytes are those of SHAKE256(seed), so that a result can be made again.</summary>
    public static Option<string> RandomSeed()
    {
        var option = Hex("--random_seed", "The seed: random bytes are SHAKE256 of it, read in order.");
        option.Aliases.Add("--random-seed");
        return option;
    }

    public static NetworkDefinition ReadNetwork(CliEnvironment environment, string path) =>
        NetworkJson.ReadFile(PacketFile.ReadJson(environment.FullPath(path), "--network"));

    public static byte[] ReadSecret(CliEnvironment environment, string text, string option = "--secret")
    {
        // Whoever gives a path means well, but it may be the path of a key.
        var path = environment.FullPath(text);
        if (System.IO.File.Exists(path))
            throw PacketRefusal.Request($"{option} takes the 64 digits of a test secret, not a file; a node's mix keys are in no file, and its other keys don't belong here.");
        return HexText.Read(text, option, X25519.KeyBytes, X25519.KeyBytes);
    }

    /// <summary>Writes a result to its file; with --json it is on standard output as well, and needs no file.</summary>
    public static void Finish(
        CliEnvironment environment, CommandOutput output, string? path, ReadOnlySpan<byte> bytes, JsonObject json, string what)
    {
        if (path is not null)
            PacketFile.Write(environment.FullPath(path), "--out", bytes);
        else if (!output.Json)
            throw PacketRefusal.Request("Where to? Give --out with a file, or --json to see it in hexadecimal.");
        if (output.Json)
            output.Object(json);
        else
            output.Line($"Wrote {path}: {what}, {bytes.Length} bytes.");
    }
}
