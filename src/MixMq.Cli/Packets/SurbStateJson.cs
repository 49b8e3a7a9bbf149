using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Cli.Packets;

/// <summary>
/// <c>{network, surb_id, expiry, secret, alpha, mask}</c>: what the maker of a SURB keeps. A node has it in its memory and uses it up; here it
/// stays, to be opened as often as an analyst likes.
/// </summary>
internal static class SurbStateJson
{
    public static JsonObject Write(NetworkDefinition network, SurbState state)
    {
        var kept = new byte[SurbState.KeptBytes(network.Geometry)];
        var id = new byte[SurbId.ByteLength];
        state.CopyKeptTo(kept);
        state.Id.CopyTo(id);
        const int MaskOffset = Surb.SecretBytes + PacketFormat.AlphaBytes;
        return new JsonObject
        {
            ["network"] = NetworkJson.Write(network),
            ["surb_id"] = HexText.Write(id),
            ["expiry"] = state.ExpiryUnixSeconds,
            ["secret"] = HexText.Write(kept.AsSpan(0, Surb.SecretBytes)),
            ["alpha"] = HexText.Write(kept.AsSpan(Surb.SecretBytes, PacketFormat.AlphaBytes)),
            ["mask"] = HexText.Write(kept.AsSpan(MaskOffset)),
        };
    }

    /// <summary>Reads a state.</summary>
    /// <param name="json">The object.</param>
    /// <param name="path">Its path in the request.</param>
    /// <param name="network">The network that the request names; null if it names none.</param>
    public static SurbState Read(JsonElement json, string path, NetworkDefinition? network)
    {
        var state = RequestObject.Open(json, path, "network", "surb_id", "expiry", "secret", "alpha", "mask");
        var own = NetworkJson.Read(state, "network");
        if (network is not null && !network.Id.SequenceEqual(own.Id))
            throw PacketRefusal.Request($"{state.PathOf("network")} is another network than the one that is named beside it.");
        byte[] kept =
        [
            .. state.Hex("secret", Surb.SecretBytes),
            .. state.Hex("alpha", PacketFormat.AlphaBytes),
            .. state.Hex("mask", own.Geometry.Reply),
        ];
        return SurbState.FromKept(own, SurbId.FromBytes(state.Hex("surb_id", SurbId.ByteLength)), (uint)state.Number("expiry", 0, uint.MaxValue), kept);
    }
}
