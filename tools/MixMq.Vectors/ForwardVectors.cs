using System.Text.Json.Nodes;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Vectors;

/// <summary>Forward packets over every number of hops, in several geometries; messages of every kind of length; cover.</summary>
internal static class ForwardVectors
{
    private static readonly NetworkDefinition Default = Material.Network("vectors", 10, 2048, 512);

    public static IEnumerable<Vector> All()
    {
        for (var hops = 1; hops <= 10; hops++)
            yield return Make($"hops-{hops:00}", Default, hops, Material.Draw($"message {hops}", 10 * hops));
        yield return Make("message-empty", Default, 3, []);
        yield return Make("message-full", Default, 3, Material.Draw("full", Default.Geometry.MessageCapacity));
        yield return Make("geometry-smallest", Material.Network("s", 1, 64, 64), 1, Material.Draw("smallest", 60));
        yield return Make("geometry-most-hops", Material.Network("vectors", 32, 256, 256), 32, Material.Draw("hops", 17));
        yield return Make("geometry-odd", Material.Network("vectors", 7, 1001, 333), 5, Material.Draw("odd", 500));
        yield return Make("network-name-not-ascii", Material.Network("Zürich–Genève", 4, 128, 64), 2, Material.Draw("name", 5));
        yield return Make("cover", Material.Small, 3, [], RoutingCommand.Drop);
    }

    private static Vector Make(string name, NetworkDefinition network, int hops, byte[] message, RoutingCommand command = RoutingCommand.Deliver)
    {
        var x = Material.Draw($"x {name}", 32);
        var seed = Material.Draw($"random {name}", 16);
        var packet = new byte[network.Geometry.PacketBytes];
        using var writer = new PacketWriter();
        writer.WrapWith(network, Material.Path(hops), command, message, x, Material.Stream(seed), packet);
        var request = new JsonObject
        {
            ["network"] = Material.ToJson(network),
            ["path"] = Material.PathJson(hops),
            ["x"] = Material.Hex(x),
            ["random_seed"] = Material.Hex(seed),
            ["message"] = Material.Hex(message),
        };
        if (command == RoutingCommand.Drop)
            request["command"] = "drop";
        return new Vector($"packet/good/{name}.json", new JsonObject
        {
            ["case"] = new JsonObject { ["command"] = "wrap", ["request"] = request },
            ["expect"] = new JsonObject { ["packet"] = Material.Hex(packet) },
            ["network_id"] = Material.Hex(network.Id),
            ["hops"] = Hops.Follow(network, packet, hops, out _),
        });
    }
}
