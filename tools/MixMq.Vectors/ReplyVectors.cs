using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Vectors;

/// <summary>SURBs, their replies, and what opens them.</summary>
internal static class ReplyVectors
{
    public const uint Expiry = 2_000_000_000;
    private static readonly NetworkDefinition Default = Material.Network("vectors", 10, 2048, 512);

    public static IEnumerable<Vector> All()
    {
        for (var hops = 2; hops <= 10; hops++)
            yield return Make($"hops-{hops:00}", Default, hops, Material.Draw($"reply {hops}", 7 * hops));
        yield return Make("message-empty", Default, 3, []);
        yield return Make("message-full", Default, 3, Material.Draw("full reply", Default.Geometry.ReplyCapacity));
        yield return Make("geometry-smallest", Material.Network("s", 2, 64, 64), 2, Material.Draw("smallest reply", 20));
        yield return Make("geometry-most-hops", Material.Network("vectors", 32, 256, 256), 32, Material.Draw("reply hops", 17));
        yield return Make("geometry-odd", Material.Network("vectors", 7, 1001, 333), 5, Material.Draw("reply odd", 100));
    }

    private static Vector Make(string name, NetworkDefinition network, int hops, byte[] message)
    {
        var made = SurbMaterial.Make(network, hops, name);
        var seed = Material.Draw($"reply nonce {name}", 16);
        var packet = made.Use(message, seed);
        var use = new JsonObject
        {
            ["command"] = "surb-use",
            ["surb"] = Material.Hex(made.Surb),
            ["network"] = Material.ToJson(network),
            ["message"] = Material.Hex(message),
            ["random_seed"] = Material.Hex(seed),
            ["now"] = Expiry - 1,
        };
        var packetHex = Material.Hex(packet);
        var path = Hops.Follow(network, packet, hops, out var laneB);
        return new Vector($"surb/good/{name}.json", new JsonObject
        {
            ["make"] = new JsonObject
            {
                ["case"] = new JsonObject { ["command"] = "surb-make", ["request"] = made.Request },
                ["expect"] = new JsonObject { ["surb"] = Material.Hex(made.Surb), ["state"] = made.State.DeepClone() },
            },
            ["use"] = new JsonObject { ["case"] = use, ["expect"] = new JsonObject { ["packet"] = packetHex } },
            ["hops"] = path,
            ["open"] = new JsonObject
            {
                ["case"] = new JsonObject
                {
                    ["command"] = "surb-open", ["state"] = made.State, ["network"] = Material.ToJson(network), ["lane_b"] = Material.Hex(laneB),
                },
                ["expect"] = new JsonObject { ["message"] = Material.Hex(message) },
            },
        });
    }
}
