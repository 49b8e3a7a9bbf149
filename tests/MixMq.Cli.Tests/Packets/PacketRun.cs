using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Crypto;

namespace MixMq.Cli.Tests.Packets;

/// <summary>Requests of the packet laboratory for a small network, and its commands run in this process.</summary>
internal static class PacketRun
{
    public const int Hops = 3;

    public static JsonObject Network => new() { ["name"] = "test", ["hops"] = 4, ["body"] = 128, ["reply"] = 96 };

    public static string Secret(int hop) => Repeat((byte)(7 + hop), 32);

    public static string Address(int hop) => Repeat((byte)(0xa0 + hop), 32);

    public static JsonObject Wrap(int hops = Hops, string message = "48656c6c6f") => new()
    {
        ["network"] = Network,
        ["path"] = Path(hops),
        ["x"] = Repeat(0x11, 32),
        ["random_seed"] = "00",
        ["message"] = message,
    };

    public static JsonObject Surb(int hops = Hops) => new()
    {
        ["network"] = Network,
        ["path"] = Path(hops),
        ["y"] = Repeat(0x22, 32),
        ["random_seed"] = "01",
        ["surb_id"] = Repeat(0x33, 16),
        ["secret"] = Repeat(0x44, 32),
        ["expiry"] = 2_000_000_000,
    };

    public static JsonArray Path(int hops) => new([.. Enumerable.Range(0, hops).Select(i => new JsonObject
    {
        ["address"] = Address(i),
        ["mix_public"] = Public(i),
        ["delay_ms"] = 100 + i,
    })]);

    public static JsonObject Unwrap(int hop, string packet) => new()
    {
        ["command"] = "unwrap",
        ["secret"] = Secret(hop),
        ["network"] = Network,
        ["packet"] = packet,
    };

    public static string Public(int hop)
    {
        var key = new byte[32];
        X25519.DerivePublic(Convert.FromHexString(Secret(hop)), key);
        return Convert.ToHexStringLower(key);
    }

    public static string Repeat(byte value, int count) => string.Concat(Enumerable.Repeat(value.ToString("x2", null), count));

    public static Task<CliResult> RunAsync(TestFolder folder, params string[] args) => CliResult.RunAsync(folder.Path, ["packet", .. args]);

    /// <summary>Answers to JSON lines, through the command.</summary>
    public static async Task<JsonElement[]> BatchAsync(params string[] lines) => await BatchAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)));

    public static async Task<JsonElement[]> BatchAsync(params JsonObject[] lines) => await BatchAsync([.. lines.Select(line => line.ToJsonString())]);

    public static async Task<JsonElement[]> BatchAsync(byte[] input)
    {
        var result = await CliResult.RunAsync("/", ["packet", "batch"], input);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.JsonLines;
    }

    public static string Text(this JsonElement json, string name) => json.GetProperty(name).GetString()!;

    public static void Write(this TestFolder folder, string name, JsonObject json) => File.WriteAllText(folder.File(name), json.ToJsonString());
}
