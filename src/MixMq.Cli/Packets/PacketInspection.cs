using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Cli.Packets;

/// <summary>A packet as somebody without keys sees it, and its layers as far as given secrets open them.</summary>
internal sealed class PacketInspection
{
    private PacketInspection(NetworkDefinition network, byte[] packet, IReadOnlyList<PacketLayer> layers, PacketOutcome end)
    {
        Network = network;
        Packet = packet;
        Layers = layers;
        End = end;
    }

    public NetworkDefinition Network { get; }

    public byte[] Packet { get; }

    /// <summary>The layers that were opened, from the outermost.</summary>
    public IReadOnlyList<PacketLayer> Layers { get; }

    /// <summary>The outcome at the last of them; or, where no secret opens what is left, the drop.</summary>
    public PacketOutcome End { get; }

    public static PacketInspection Of(NetworkDefinition network, byte[] packet, IReadOnlyList<byte[]> secrets, PacketLab lab)
    {
        var layers = new List<PacketLayer>();
        var current = packet;
        while (true)
        {
            var outcome = lab.Unwrap(network, (byte[])current.Clone(), secrets, seen: []);
            if (outcome.Opened >= 0)
                layers.Add(PacketLayer.Read(network, current, secrets[outcome.Opened], outcome));
            if (outcome.Result.Kind != UnwrapKind.Relay || layers.Count == PacketGeometry.MaxHops)
                return new PacketInspection(network, packet, layers, outcome);
            current = outcome.Packet;
        }
    }

    /// <summary>The parts of a packet of the right size, which anybody can tell apart.</summary>
    public static IReadOnlyList<PacketField> FieldsOf(NetworkDefinition network)
    {
        var geometry = network.Geometry;
        return
        [
            new("version", 0, 1),
            new("alpha", PacketFormat.AlphaOffset, PacketFormat.AlphaBytes),
            new("gamma", PacketFormat.GammaOffset, PacketFormat.GammaBytes),
            new("beta", PacketFormat.BetaOffset, geometry.BetaBytes),
            new("lane A", geometry.LaneAOffset, geometry.Body),
            new("lane B", geometry.LaneBOffset, geometry.Reply),
        ];
    }

    /// <summary>The parts of a SURB.</summary>
    public static IReadOnlyList<PacketField> SurbFieldsOf(NetworkDefinition network)
    {
        var header = network.Geometry.HeaderBytes;
        return [.. FieldsOf(network).Take(4), new("secret", header, Sphinx.Sending.Surb.SecretBytes), new("expiry", header + Sphinx.Sending.Surb.SecretBytes, sizeof(uint))];
    }

    /// <summary>What can be said about a group element without a key.</summary>
    public static string DescribeAlpha(ReadOnlySpan<byte> alpha)
    {
        if (!X25519.IsCanonical(alpha))
            return "not canonical: dropped everywhere";
        return PublicPoint.IsMontgomeryPoint(alpha) ? "canonical, on the curve" : "canonical, but on the twist or of small order: no sender makes it";
    }
}
