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
        foreach (var vector in InOrder())
            yield return vector;
    }

    // Two faults each: the one that is told is the one that is looked for first.
    private static IEnumerable<Vector> InOrder()
    {
        yield return Wrap("two-faults-path-too-long-and-mix-key", nameof(WrapResult.PathTooLong), request =>
        {
            request["path"] = Material.PathJson(5);
            Twist(request, 0);
        });
        yield return Wrap("two-faults-mix-key-and-delay-of-one-hop", nameof(WrapResult.UnusableMixKey), request => Delay(Twist(request, 1), 1));
        yield return Wrap("two-faults-delay-and-mix-key-of-the-next-hop", nameof(WrapResult.DelayAboveCap), request => Delay(Twist(request, 1), 0));
        yield return Wrap("two-faults-mix-key-of-the-last-hop-and-message", nameof(WrapResult.UnusableMixKey), request => TooLong(Twist(request, 2)));
        yield return Wrap("two-faults-delay-and-message", nameof(WrapResult.DelayAboveCap), request => TooLong(Delay(request, 1)));
    }

    private static JsonObject Twist(JsonObject request, int hop)
    {
        request["path"]![hop]!["mix_public"] = "02".PadRight(64, '0');
        return request;
    }

    private static JsonObject Delay(JsonObject request, int hop)
    {
        request["path"]![hop]!["delay_ms"] = 60_001;
        return request;
    }

    private static JsonObject TooLong(JsonObject request)
    {
        request["message"] = Material.Hex(new byte[125]);
        return request;
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
        new($"request/bad/{name}.json", new JsonObject { ["rule"] = name.StartsWith("mix-key", StringComparison.Ordinal) ? "SPX-3" : "SPX-28", ["case"] = @case, ["expect"] = Material.Refused(reason) });
}
