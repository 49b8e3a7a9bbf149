using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Sphinx;

namespace MixMq.Cli.Packets;

/// <summary><c>{name, hops, body, reply}</c>, and <c>max_delay_ms</c> where it isn't the default: what a network's packets depend on.</summary>
internal static class NetworkJson
{
    private const string MaxDelay = "max_delay_ms";
    private static readonly string[] Members = ["name", "hops", "body", "reply", MaxDelay];

    public static NetworkDefinition Read(RequestObject parent, string name) => Read(parent.Object(name, Members));

    /// <summary>A file with the object itself, or a request or state that has it as <c>network</c>.</summary>
    public static NetworkDefinition ReadFile(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("network", out var inner))
            return Read(RequestObject.Open(inner, "network", Members));
        return Read(RequestObject.Open(root, "", Members));
    }

    public static JsonObject Write(NetworkDefinition network)
    {
        var json = new JsonObject
        {
            ["name"] = network.Name,
            ["hops"] = network.Geometry.Hops,
            ["body"] = network.Geometry.Body,
            ["reply"] = network.Geometry.Reply,
        };
        if (network.MaxDelayMs != NetworkDefinition.DefaultMaxDelayMs)
            json[MaxDelay] = network.MaxDelayMs;
        return json;
    }

    private static NetworkDefinition Read(RequestObject json)
    {
        var hops = (int)json.Number("hops", 1, PacketGeometry.MaxHops);
        var body = (int)json.Number("body", PacketGeometry.MinLaneBytes, PacketGeometry.MaxBody);
        var reply = (int)json.Number("reply", PacketGeometry.MinLaneBytes, body);
        var maxDelay = json.Has(MaxDelay) ? (int)json.Number(MaxDelay, 0, NetworkDefinition.GreatestMaxDelayMs) : NetworkDefinition.DefaultMaxDelayMs;
        return NetworkDefinition.TryCreate(json.Text("name"), new PacketGeometry(hops, body, reply), maxDelay, out var network, out _)
            ? network
            : throw PacketRefusal.Request($"{json.PathOf("name")}: 1 to {NetworkDefinition.MaxNameBytes} bytes of UTF-8 are expected.");
    }
}
