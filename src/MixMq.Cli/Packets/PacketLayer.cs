using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Cli.Packets;

/// <summary>One layer with everything that its hop learns: what is received, the key schedule, the routing slot.</summary>
internal sealed class PacketLayer
{
    private readonly byte[] _slot;

    private PacketLayer(PacketOutcome outcome, IReadOnlyList<(string Name, byte[] Value)> values, byte[] slot)
    {
        Outcome = outcome;
        Values = values;
        _slot = slot;
    }

    public PacketOutcome Outcome { get; }

    /// <summary>What is received and derived, by the names of the specification.</summary>
    public IReadOnlyList<(string Name, byte[] Value)> Values { get; }

    public RoutingSlot Slot => new(_slot);

    /// <summary>Reads a layer that is known to open.</summary>
    public static PacketLayer Read(NetworkDefinition network, ReadOnlySpan<byte> packet, ReadOnlySpan<byte> secret, PacketOutcome outcome)
    {
        var alpha = packet.Slice(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes);
        var publicKey = new byte[X25519.KeyBytes];
        var shared = new byte[X25519.KeyBytes];
        X25519.DerivePublic(secret, publicKey);
        _ = X25519.TryDerive(secret, alpha, shared);
        var keys = HopKeys.Derive(network, shared, alpha, MixPublicKey.FromBytes(publicKey), new byte[HopKeys.ByteLength]);
        var slot = packet.Slice(PacketFormat.BetaOffset, PacketFormat.SlotBytes).ToArray();
        using (var aead = new AeadContext())
            aead.XorKeystream(keys.Ae, slot);
        return new PacketLayer(
            outcome,
            [
                ("mix public", publicKey),
                ("alpha", alpha.ToArray()),
                ("gamma", packet.Slice(PacketFormat.GammaOffset, PacketFormat.GammaBytes).ToArray()),
                ("shared", shared),
                ("ae", keys.Ae.ToArray()),
                ("lane", keys.Lane.ToArray()),
                ("blind", keys.Blind.ToArray()),
                ("replay", keys.ReplayTag.ToArray()),
            ],
            slot);
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["secret"] = Outcome.Opened };
        foreach (var (name, value) in Values)
            json[name.Replace(' ', '_')] = HexText.Write(value);
        json["slot"] = new JsonObject
        {
            ["command"] = (int)Slot.Command,
            ["delay_ms"] = Slot.DelayMs,
            ["id"] = HexText.Write(Slot.Id),
            ["next_gamma"] = HexText.Write(Slot.NextGamma),
            ["bytes"] = HexText.Write(_slot),
        };
        return json;
    }
}
