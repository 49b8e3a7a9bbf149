using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Sending.Tests;

/// <summary>spec/vectors/packet-v1.json, and the inputs that its "about" says how to derive.</summary>
internal sealed class VectorFile
{
    internal static readonly VectorFile Instance = new();
    private readonly JsonElement _root;

    private VectorFile()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "packet-v1.json");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        _root = document.RootElement.Clone();
    }

    internal JsonElement Root => _root;

    internal JsonElement Find(string list, string name) =>
        _root.GetProperty(list).EnumerateArray().Single(e => e.GetProperty("name").GetString() == name);

    internal static NetworkDefinition Network(JsonElement vector) => vector.TryGetProperty("network", out _)
        ? TestChain.CreateNetwork(new PacketGeometry(5, 1024, 256), "small")
        : TestChain.CreateNetwork(name: "kat");

    internal static byte[] Hash(string label, string name) => SHA256.HashData(Encoding.ASCII.GetBytes(label + name));

    internal static IRandomSource Stream(string label, string name) => new SeededRandomSource(label + name);

    internal static MixKey Key(int node) =>
        MixKey.FromSecret(1, Secret(node), 64, new SeededRandomSource("filter"));

    internal static byte[] Secret(int node) => SHA256.HashData([.. "mixmq-kat-node"u8, (byte)node]);

    internal static NodeAddress Address(int node) => NodeAddress.FromBytes(SHA256.HashData([.. "mixmq-kat-address"u8, (byte)node]));

    internal static PathHop[] MakePath(MixKey[] keys) =>
        [.. keys.Select((key, i) => new PathHop(Address(i), key.Public, (uint)(100 + i)))];

    internal static byte[] Bytes(JsonElement vector, string field) => Convert.FromHexString(vector.GetProperty(field).GetString()!);

    internal static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    internal static string Sha(ReadOnlySpan<byte> bytes) => Hex(SHA256.HashData(bytes));
}
