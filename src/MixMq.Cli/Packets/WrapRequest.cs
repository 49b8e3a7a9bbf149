using System.Text.Json;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Cli.Packets;

/// <summary>What a forward packet is made of; the same request gives the same bytes.</summary>
internal sealed class WrapRequest
{
    /// <summary>The longest seed, in bytes.</summary>
    public const int MaxSeedBytes = 1024;

    public required NetworkDefinition Network { get; init; }

    public required PathHop[] Path { get; init; }

    /// <summary>Deliver, or drop for cover.</summary>
    public required RoutingCommand Command { get; init; }

    public required byte[] X { get; init; }

    public required byte[] RandomSeed { get; init; }

    public required byte[] Message { get; init; }

    public static WrapRequest Read(JsonElement json, string path)
    {
        var request = RequestObject.Open(json, path, "network", "path", "x", "random_seed", "message", "command");
        var network = NetworkJson.Read(request, "network");
        var command = request.Has("command") ? CommandOf(request) : RoutingCommand.Deliver;
        return new WrapRequest
        {
            Network = network,
            Path = PathJson.Read(request, network, leastHops: 1),
            Command = command,
            X = request.Hex("x", X25519.KeyBytes),
            RandomSeed = request.Hex("random_seed", 0, MaxSeedBytes),
            Message = command == RoutingCommand.Drop && !request.Has("message")
                ? []
                : MessageOf(request, command == RoutingCommand.Drop ? 0 : network.Geometry.MessageCapacity),
        };
    }

    /// <summary>The message of a request, at most as long as its lane has room.</summary>
    public static byte[] MessageOf(RequestObject request, int capacity) =>
        HexText.Read(request.Text("message"), request.PathOf("message"), 0, capacity, nameof(WrapResult.MessageTooLong));

    private static RoutingCommand CommandOf(RequestObject request) => request.Text("command") switch
    {
        "deliver" => RoutingCommand.Deliver,
        "drop" => RoutingCommand.Drop,
        _ => throw PacketRefusal.Request($"{request.PathOf("command")}: \"deliver\" or \"drop\" (for cover) is expected."),
    };
}
