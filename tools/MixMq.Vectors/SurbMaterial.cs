using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Vectors;

/// <summary>A SURB with everything that it is made of.</summary>
internal sealed class SurbMaterial
{
    private readonly NetworkDefinition _network;

    private SurbMaterial(NetworkDefinition network) => _network = network;

    public required byte[] Surb { get; init; }

    public required byte[] Secret { get; init; }

    /// <summary>The XOR of all lane keystreams, from which what arrives as lane B can be made by hand.</summary>
    public required byte[] Mask { get; init; }

    public required JsonObject Request { get; init; }

    public required JsonObject State { get; init; }

    public ReadOnlySpan<byte> Alpha => Surb.AsSpan(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes);

    public static SurbMaterial Make(NetworkDefinition network, int hops, string name)
    {
        var y = Material.Draw($"y {name}", 32);
        var seed = Material.Draw($"surb random {name}", 16);
        var id = Material.Draw($"surb id {name}", SurbId.ByteLength);
        var secret = Material.Draw($"surb secret {name}", Sphinx.Sending.Surb.SecretBytes);
        var surb = new byte[Sphinx.Sending.Surb.WireBytes(network.Geometry)];
        var kept = new byte[SurbState.KeptBytes(network.Geometry)];
        using (var writer = new SurbWriter())
        {
            writer.MakeWith(network, Material.Path(hops), ReplyVectors.Expiry, secret, id, y, Material.Stream(seed), surb, out var state);
            using (state)
                state!.CopyKeptTo(kept);
        }

        return new SurbMaterial(network)
        {
            Surb = surb,
            Secret = secret,
            Mask = kept[64..],
            Request = new JsonObject
            {
                ["network"] = Material.ToJson(network),
                ["path"] = Material.PathJson(hops),
                ["y"] = Material.Hex(y),
                ["random_seed"] = Material.Hex(seed),
                ["surb_id"] = Material.Hex(id),
                ["secret"] = Material.Hex(secret),
                ["expiry"] = ReplyVectors.Expiry,
            },
            State = new JsonObject
            {
                ["network"] = Material.ToJson(network),
                ["surb_id"] = Material.Hex(id),
                ["expiry"] = ReplyVectors.Expiry,
                ["secret"] = Material.Hex(kept.AsSpan(0, 32)),
                ["alpha"] = Material.Hex(kept.AsSpan(32, 32)),
                ["mask"] = Material.Hex(kept.AsSpan(64)),
            },
        };
    }

    public byte[] Use(byte[] message, byte[] seed) => Use(Surb, message, seed);

    /// <summary>Uses another SURB in this one's place.</summary>
    public byte[] Use(byte[] surb, byte[] message, byte[] seed)
    {
        var packet = new byte[_network.Geometry.PacketBytes];
        using var aead = new AeadContext();
        return Sphinx.Sending.Surb.TryUse(_network, surb, message, ReplyVectors.Expiry - 1, Material.Stream(seed), aead, packet) == SurbUse.Built
            ? packet
            : throw new InvalidOperationException("The tool's own SURB can't be used.");
    }

    /// <summary>Lane B as its maker's last unwrap leaves it, with a text sealed as a user's software would, whatever the text.</summary>
    public byte[] LaneB(Action<Span<byte>> write)
    {
        var nonce = Material.Draw("nonce by hand", PacketFormat.ReplyNonceBytes);
        var laneB = new byte[_network.Geometry.Reply];
        nonce.CopyTo(laneB, 0);
        var text = laneB.AsSpan(PacketFormat.ReplyNonceBytes..^AeadContext.TagBytes);
        write(text);
        var key = new byte[AeadContext.KeyBytes];
        Shake256Kdf.Derive(key, SphinxLabels.SurbReply, _network.Id, Secret, nonce);
        using var aead = new AeadContext();
        aead.Seal(key, Alpha, text, laneB.AsSpan(laneB.Length - AeadContext.TagBytes));
        for (var i = 0; i < laneB.Length; i++)
            laneB[i] ^= Mask[i];
        return laneB;
    }
}
