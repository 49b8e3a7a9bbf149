using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Vectors;

/// <summary>Follows a packet hop by hop and writes down what each one learns.</summary>
internal static class Hops
{
    /// <summary>What each hop receives (its hash), and its answer; <paramref name="packet"/> is changed.</summary>
    public static JsonArray Follow(NetworkDefinition network, byte[] packet, int hops, out byte[] end)
    {
        var list = new JsonArray();
        using var unwrapper = new Unwrapper();
        end = [];
        for (var i = 0; i < hops; i++)
        {
            using var key = Key(i);
            var tag = new byte[PacketFormat.ReplayTagBytes];
            unwrapper.TryGetReplayTag(packet, network, key, tag);
            var hop = new JsonObject { ["secret"] = Material.Hex(Material.Secret(i)), ["packet_sha256"] = Material.Sha(packet) };
            var result = unwrapper.Unwrap(packet, network, [key]);
            end = packet[result.Offset..(result.Offset + result.Length)];
            hop["expect"] = Answer(result, end, tag);
            list.Add((JsonNode)hop);
        }

        return list;
    }

    public static MixKey Key(int node) => MixKey.FromSecret(0, Material.Secret(node), 4, Material.Stream([]));

    /// <summary>The packet as the given hop receives it.</summary>
    public static byte[] At(NetworkDefinition network, byte[] packet, int hop)
    {
        var copy = (byte[])packet.Clone();
        Follow(network, copy, hop, out _);
        return copy;
    }

    private static JsonObject Answer(UnwrapResult result, byte[] end, byte[] tag)
    {
        var answer = result.Kind switch
        {
            UnwrapKind.Relay => new JsonObject { ["outcome"] = "relay", ["next"] = Material.Hex(result.Next.ToArray()), ["delay_ms"] = result.DelayMs },
            UnwrapKind.Deliver => new JsonObject { ["outcome"] = "deliver", ["message"] = Material.Hex(end) },
            UnwrapKind.Reply => new JsonObject { ["outcome"] = "reply", ["surb_id"] = Id(result), ["lane_b"] = Material.Hex(end) },
            UnwrapKind.Cover => new JsonObject { ["outcome"] = "drop" },
            _ => throw new InvalidOperationException($"A good packet was dropped: {result.Reason}."),
        };
        answer["replay"] = Material.Hex(tag);
        return answer;
    }

    private static string Id(UnwrapResult result)
    {
        var id = new byte[SurbId.ByteLength];
        result.SurbId.CopyTo(id);
        return Material.Hex(id);
    }
}
