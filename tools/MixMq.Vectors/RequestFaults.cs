using System.Text.Json.Nodes;
using MixMq.Sphinx.Sending;

namespace MixMq.Vectors;

/// <summary>What a sender refuses before it makes anything.</summary>
internal static class RequestFaults
{
    public static IEnumerable<Vector> All()
    {
        yield return Wrap("path-empty", nameof(WrapResult.PathTooShort), request => request["path"] = new JsonArray());
        yield return Wrap("path-longer-than-the-slots", nameof(WrapResult.PathTooLong), request => request["path"] = Material.PathJson(5));
        yield return Wrap("delay-above-cap-by-one", nameof(WrapResult.DelayAboveCap), request => request["path"]![0]!["delay_ms"] = 60_001);
        yield return Wrap("message-too-long-by-one", nameof(WrapResult.MessageTooLong), request => request["message"] = Material.Hex(new byte[125]));
        yield return Key("mix-key-zero", "00".PadRight(64, '0'));
        yield return Key("mix-key-order-8", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800");
        yield return Key("mix-key-on-twist", "02".PadRight(64, '0'));
        yield return Key("mix-key-not-canonical", "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        yield return Key("mix-key-bit-255-set", Material.Hex(Material.Public(1))[..62] + (Material.Public(1)[31] | 0x80).ToString("x2", null));
        var surb = SurbMaterial.Make(Material.Small, 2, "short").Request;
        surb["path"] = Material.PathJson(1);
        yield return Make("surb-path-of-one-hop", nameof(WrapResult.PathTooShort), new JsonObject { ["command"] = "surb-make", ["request"] = surb });
    }

    private static Vector Key(string name, string key) =>
        Wrap(name, nameof(WrapResult.UnusableMixKey), request => request["path"]![1]!["mix_public"] = key);

    private static Vector Wrap(string name, string reason, Action<JsonObject> change)
    {
        var request = new JsonObject
        {
            ["network"] = Material.ToJson(Material.Small),
            ["path"] = Material.PathJson(3),
            ["x"] = Material.Hex(Material.Draw("x", 32)),
            ["random_seed"] = "00",
            ["message"] = "00",
        };
        change(request);
        return Make(name, reason, new JsonObject { ["command"] = "wrap", ["request"] = request });
    }

    private static Vector Make(string name, string reason, JsonObject @case) =>
        new($"request/bad/{name}.json", new JsonObject { ["rule"] = reason == nameof(WrapResult.UnusableMixKey) ? "SPX-3" : "03, sections 6 and 7", ["case"] = @case, ["expect"] = Material.Refused(reason) });
}
