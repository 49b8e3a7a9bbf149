using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Vectors;

/// <summary>Keys and other bytes with nothing up their sleeve, and the JSON that requests are made of.</summary>
internal static class Material
{
    /// <summary>A small network keeps files short; its geometry is as good as any.</summary>
    public static readonly NetworkDefinition Small = Network("vectors", 4, 128, 64);

    public static byte[] Draw(string name, int bytes) => Shake256.HashData(Encoding.ASCII.GetBytes("MixMq vectors, " + name), bytes);

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    public static string Sha(ReadOnlySpan<byte> bytes) => Hex(SHA256.HashData(bytes));

    public static NetworkDefinition Network(string name, int hops, int body, int reply) =>
        NetworkDefinition.TryCreate(name, new PacketGeometry(hops, body, reply), NetworkDefinition.DefaultMaxDelayMs, out var network, out _)
            ? network
            : throw new InvalidOperationException("The tool's own network isn't valid.");

    public static byte[] Secret(int node) => Draw($"mix secret {node}", 32);

    public static byte[] Public(int node)
    {
        var key = new byte[X25519.KeyBytes];
        X25519.DerivePublic(Secret(node), key);
        return key;
    }

    /// <summary>Stands in for an address: a hop's slot holds any 32 bytes.</summary>
    public static byte[] Address(int node) => Draw($"address {node}", 32);

    public static uint Delay(int hop) => (uint)(100 + hop);

    public static PathHop[] Path(int hops) =>
        [.. Enumerable.Range(0, hops).Select(i => new PathHop(NodeAddress.FromBytes(Address(i)), MixPublicKey.FromBytes(Public(i)), Delay(i)))];

    public static IRandomSource Stream(byte[] seed) => new SeededRandomSource(seed);

    public static JsonObject ToJson(NetworkDefinition network) => new()
    {
        ["name"] = network.Name,
        ["hops"] = network.Geometry.Hops,
        ["body"] = network.Geometry.Body,
        ["reply"] = network.Geometry.Reply,
    };

    public static JsonArray PathJson(int hops) => new([.. Enumerable.Range(0, hops).Select(i => new JsonObject
    {
        ["address"] = Hex(Address(i)),
        ["mix_public"] = Hex(Public(i)),
        ["delay_ms"] = Delay(i),
    })]);

    public static JsonObject Unwrap(NetworkDefinition network, byte[] secret, ReadOnlySpan<byte> packet) => new()
    {
        ["command"] = "unwrap",
        ["secret"] = Hex(secret),
        ["network"] = ToJson(network),
        ["packet"] = Hex(packet),
    };

    public static JsonObject Dropped(DropReason reason) => new() { ["outcome"] = "dropped", ["reason"] = reason.ToString() };

    /// <summary>A refusal: that there is an error, and the name that the specification has for it.</summary>
    public static JsonObject Refused(string reason) => new() { ["error"] = true, ["reason"] = reason };
}
