using System.Text.Json;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Cli.Packets;

/// <summary>What a SURB is made of; the same request gives the same bytes.</summary>
internal sealed class SurbRequest
{
    public required NetworkDefinition Network { get; init; }

    public required PathHop[] Path { get; init; }

    public required byte[] Y { get; init; }

    public required byte[] RandomSeed { get; init; }

    public required byte[] SurbId { get; init; }

    public required byte[] Secret { get; init; }

    public required uint Expiry { get; init; }

    public static SurbRequest Read(JsonElement json, string path)
    {
        var request = RequestObject.Open(json, path, "network", "path", "y", "random_seed", "surb_id", "secret", "expiry");
        var network = NetworkJson.Read(request, "network");
        return new SurbRequest
        {
            Network = network,
            Path = PathJson.Read(request, network, leastHops: 2),
            Y = request.Hex("y", X25519.KeyBytes),
            RandomSeed = request.Hex("random_seed", 0, WrapRequest.MaxSeedBytes),
            SurbId = request.Hex("surb_id", Sphinx.SurbId.ByteLength),
            Secret = request.Hex("secret", Surb.SecretBytes),
            Expiry = (uint)request.Number("expiry", 0, uint.MaxValue),
        };
    }
}
