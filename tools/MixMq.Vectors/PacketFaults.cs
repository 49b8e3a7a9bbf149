using System.Buffers.Binary;
using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Vectors;

/// <summary>Packets with one fault each, as a hop receives them.</summary>
internal sealed class PacketFaults
{
    private static readonly NetworkDefinition Network = Material.Small;
    private static readonly PacketGeometry Geometry = Network.Geometry;
    private readonly byte[] _good;

    public PacketFaults()
    {
        _good = new byte[Geometry.PacketBytes];
        using var writer = new PacketWriter();
        writer.WrapWith(
            Network, Material.Path(3), RoutingCommand.Deliver, Material.Draw("message", 40), Material.Draw("x", 32), Material.Stream(Material.Draw("seed", 16)), _good);
    }

    public IEnumerable<Vector> All() => [.. Forms(), .. Elements(), .. Authentication(), .. Keys(), .. Slots(), .. Messages(), .. Harmless()];

    private IEnumerable<Vector> Forms()
    {
        yield return Drop("truncated-by-one", "SPX-5", DropReason.WrongLength, _good[..^1]);
        yield return Drop("extended-by-one", "SPX-5", DropReason.WrongLength, [.. _good, 0]);
        yield return Drop("empty", "SPX-5", DropReason.WrongLength, []);
        yield return Drop("version-0", "SPX-5", DropReason.WrongVersion, With(0, 0));
        yield return Drop("version-2", "SPX-5", DropReason.WrongVersion, With(0, 2));
        yield return Drop("version-129", "SPX-5", DropReason.WrongVersion, With(0, 0x81));
    }

    private IEnumerable<Vector> Elements()
    {
        const string P = "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
        yield return Drop("alpha-bit-255-set", "SPX-6", DropReason.AlphaNotCanonical, With(32, (byte)(_good[32] | 0x80)));
        yield return Alpha("alpha-p", P, DropReason.AlphaNotCanonical);
        yield return Alpha("alpha-p-plus-1", "ee" + P[2..], DropReason.AlphaNotCanonical);
        yield return Alpha("alpha-p-plus-9", "f6" + P[2..], DropReason.AlphaNotCanonical);
        yield return Alpha("alpha-2-to-255-minus-1", "ff" + P[2..], DropReason.AlphaNotCanonical);
        yield return Alpha("alpha-all-ones", new string('f', 64), DropReason.AlphaNotCanonical);
        yield return Alpha("alpha-zero", "00".PadRight(64, '0'), DropReason.SharedSecretZero);
        yield return Alpha("alpha-one", "01".PadRight(64, '0'), DropReason.SharedSecretZero);
        yield return Alpha("alpha-order-8-first", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", DropReason.SharedSecretZero);
        yield return Alpha("alpha-order-8-second", "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157", DropReason.SharedSecretZero);
        yield return Alpha("alpha-p-minus-1", "ec" + P[2..], DropReason.SharedSecretZero);
        yield return Alpha("alpha-on-twist", "02".PadRight(64, '0'), DropReason.AuthenticationFailed);
        yield return Alpha("alpha-base-point", "09".PadRight(64, '0'), DropReason.AuthenticationFailed);
    }

    private IEnumerable<Vector> Authentication()
    {
        (string Name, int Offset)[] places =
        [
            ("alpha-first-byte", PacketFormat.AlphaOffset),
            ("gamma-first-byte", PacketFormat.GammaOffset),
            ("gamma-last-byte", PacketFormat.BetaOffset - 1),
            ("beta-command", PacketFormat.BetaOffset),
            ("beta-delay", PacketFormat.BetaOffset + RoutingSlot.DelayOffset),
            ("beta-id", PacketFormat.BetaOffset + RoutingSlot.IdOffset),
            ("beta-next-gamma", PacketFormat.BetaOffset + RoutingSlot.NextGammaOffset),
            ("beta-second-slot", PacketFormat.BetaOffset + PacketFormat.SlotBytes),
            ("beta-last-byte", Geometry.LaneAOffset - 1),
            ("lane-a-first-byte", Geometry.LaneAOffset),
            ("lane-a-last-byte", Geometry.LaneBOffset - 1),
        ];
        foreach (var (name, offset) in places)
            yield return Drop($"{name}-flipped", "SPX-8", DropReason.AuthenticationFailed, With(offset, (byte)(_good[offset] ^ 1)));
        yield return Drop("gamma-zero", "SPX-8", DropReason.AuthenticationFailed, With(packet => packet.AsSpan(PacketFormat.GammaOffset, 16).Clear()));
        yield return Drop("last-hop-lane-a-flipped", "SPX-8", DropReason.AuthenticationFailed, LastHop(Geometry.LaneAOffset + 60), hop: 2);
        yield return Drop("second-hop-beta-flipped", "SPX-8", DropReason.AuthenticationFailed, SecondHop(PacketFormat.BetaOffset + 3), hop: 1);
        yield return Drop("header-of-one-body-of-another", "SPX-8", DropReason.AuthenticationFailed, With(packet =>
            Other().AsSpan(Geometry.LaneAOffset).CopyTo(packet.AsSpan(Geometry.LaneAOffset))));
    }

    private IEnumerable<Vector> Keys()
    {
        yield return Drop("other-hops-secret", "SPX-8", DropReason.AuthenticationFailed, _good, hop: 1);
        yield return Drop("other-network-name", "SPX-8", DropReason.AuthenticationFailed, _good, network: Material.Network("vectorz", 4, 128, 64));
        yield return Drop("other-network-lanes", "SPX-8", DropReason.AuthenticationFailed, _good, network: Material.Network("vectors", 4, 112, 80));
        var none = Material.Unwrap(Network, [], _good);
        none["secret"] = new JsonArray();
        yield return Make("key-destroyed", "SPX-7", none, Material.Dropped(DropReason.KeyDestroyed));
        var replay = Material.Unwrap(Network, Material.Secret(0), _good);
        replay["seen"] = new JsonArray(Tag(_good));
        yield return Make("replay", "SPX-9", replay, Material.Dropped(DropReason.Replayed));
        var late = Material.Unwrap(Network, Material.Secret(0), Handmade((slot, _) => slot[0] = 5));
        late["seen"] = new JsonArray(Tag(Handmade((slot, _) => slot[0] = 5)));
        yield return Make("replay-with-unknown-command", "SPX-9", late, Material.Dropped(DropReason.Replayed));
    }

    private static IEnumerable<Vector> Slots()
    {
        foreach (var command in new byte[] { 0, 5, 0x81, 0xff })
            yield return Slot($"command-{command}", DropReason.UnknownCommand, slot => slot[0] = command);
        yield return Slot("flags-1", DropReason.NonZeroReserved, slot => (slot[0], slot[1]) = (1, 1));
        yield return Slot("flags-128-in-deliver", DropReason.NonZeroReserved, slot => (slot[0], slot[1]) = (2, 0x80));
        yield return Slot("reserved-first-byte", DropReason.NonZeroReserved, slot => (slot[0], slot[2]) = (1, 1));
        yield return Slot("reserved-second-byte", DropReason.NonZeroReserved, slot => (slot[0], slot[3]) = (1, 1));
        yield return Slot("delay-above-cap-by-one", DropReason.DelayAboveCap, slot => Delay(slot, 1, 60_001));
        yield return Slot("delay-greatest", DropReason.DelayAboveCap, slot => Delay(slot, 1, uint.MaxValue));
        foreach (var (name, command) in new (string, byte)[] { ("deliver", 2), ("reply", 3), ("drop", 4) })
        {
            yield return Slot($"{name}-with-delay", DropReason.NonZeroReserved, slot => Delay(slot, command, 1));
            yield return Slot($"{name}-with-next-gamma", DropReason.NonZeroReserved, slot => (slot[0], slot[55]) = (command, 1));
            yield return Slot($"{name}-with-id-byte-16", DropReason.NonZeroReserved, slot => (slot[0], slot[24]) = (command, 1));
            if (command != 3)
                yield return Slot($"{name}-with-id-byte-0", DropReason.NonZeroReserved, slot => (slot[0], slot[8]) = (command, 1));
        }
    }

    private static IEnumerable<Vector> Messages()
    {
        yield return Lane("length-too-large-by-one", DropReason.LengthTooLarge, lane => BinaryPrimitives.WriteUInt32LittleEndian(lane, 125));
        yield return Lane("length-with-top-bit", DropReason.LengthTooLarge, lane => BinaryPrimitives.WriteUInt32LittleEndian(lane, 0x80000000));
        yield return Lane("length-greatest", DropReason.LengthTooLarge, lane => BinaryPrimitives.WriteUInt32LittleEndian(lane, uint.MaxValue));
        yield return Lane("length-big-endian", DropReason.LengthTooLarge, lane => BinaryPrimitives.WriteUInt32BigEndian(lane, 5));
        yield return Lane("padding-first-byte", DropReason.PaddingNotZero, lane => (lane[0], lane[9]) = (5, 1));
        yield return Lane("padding-last-byte", DropReason.PaddingNotZero, lane => (lane[0], lane[^1]) = (5, 0x80));
        yield return Lane("padding-of-empty-message", DropReason.PaddingNotZero, lane => lane[4] = 1);
    }

    /// <summary>Faults that nobody sees, and edges of what is allowed: outcomes that a strict reader may get wrong.</summary>
    private IEnumerable<Vector> Harmless()
    {
        yield return Good("lane-b-changed", LastHop(Geometry.LaneBOffset), hop: 2);
        yield return Good("delay-at-cap", Handmade((slot, _) => Delay(slot, 1, 60_000)));
        yield return Good("length-as-large-as-the-room", Handmade((slot, lane) => (slot[0], lane[0]) = (2, 124)));
        yield return Good("reply-with-nonzero-lane-a", Handmade((slot, lane) => (slot[0], lane[7]) = (3, 1)));
        yield return Good("drop-with-nonzero-lane-a", Handmade((slot, lane) => (slot[0], lane[7]) = (4, 1)));
        yield return Good("next-address-no-key", Handmade((slot, _) => slot[0] = 1));
        yield return SecondKey();
    }

    private Vector SecondKey()
    {
        var second = Material.Unwrap(Network, [], _good);
        second["secret"] = new JsonArray(Material.Hex(Material.Secret(9)), Material.Hex(Material.Secret(0)));
        var alone = Good("opens-with-the-second-key", _good);
        alone.Content["case"] = second;
        return alone;
    }

    private static Vector Good(string name, byte[] packet, int hop = 0)
    {
        using var unwrapper = new Unwrapper();
        using var key = Hops.Key(hop);
        var copy = (byte[])packet.Clone();
        var tag = Tag(packet, hop);
        var result = unwrapper.Unwrap(copy, Network, [key]);
        var expect = result.Kind switch
        {
            UnwrapKind.Relay => new JsonObject
            {
                ["outcome"] = "relay", ["next"] = Material.Hex(result.Next.ToArray()), ["delay_ms"] = result.DelayMs, ["packet"] = Material.Hex(copy),
            },
            UnwrapKind.Deliver => new JsonObject { ["outcome"] = "deliver", ["message"] = Material.Hex(copy.AsSpan(result.Offset, result.Length)) },
            UnwrapKind.Reply => new JsonObject
            {
                ["outcome"] = "reply", ["surb_id"] = new string('0', 32), ["lane_b"] = Material.Hex(copy.AsSpan(result.Offset, result.Length)),
            },
            UnwrapKind.Cover => new JsonObject { ["outcome"] = "drop" },
            _ => throw new InvalidOperationException($"{name} was dropped: {result.Reason}."),
        };
        expect["replay"] = tag;
        return new Vector($"packet/good/{name}.json", new JsonObject
        {
            ["case"] = Material.Unwrap(Network, Material.Secret(hop), packet),
            ["expect"] = expect,
        });
    }

    private static Vector Slot(string name, DropReason reason, SpanAction write) =>
        Drop($"slot-{name}", "SPX-10", reason, Handmade((slot, _) => write(slot)));

    private static Vector Lane(string name, DropReason reason, SpanAction write) =>
        Drop($"message-{name}", "SPX-12", reason, Handmade((slot, lane) =>
        {
            slot[0] = (byte)RoutingCommand.Deliver;
            write(lane);
        }));

    private static void Delay(Span<byte> slot, byte command, uint delay)
    {
        slot[0] = command;
        BinaryPrimitives.WriteUInt32LittleEndian(slot[RoutingSlot.DelayOffset..], delay);
    }

    private Vector Alpha(string name, string alpha, DropReason reason) => Drop(
        name,
        reason == DropReason.AlphaNotCanonical ? "SPX-6" : reason == DropReason.SharedSecretZero ? "SPX-7" : "SPX-8",
        reason,
        With(packet => Convert.FromHexString(alpha).CopyTo(packet, PacketFormat.AlphaOffset)));

    private static Vector Drop(string name, string rule, DropReason reason, byte[] packet, int hop = 0, NetworkDefinition? network = null) =>
        Make(name, rule, Material.Unwrap(network ?? Network, Material.Secret(hop), packet), Material.Dropped(reason));

    private static Vector Make(string name, string rule, JsonObject @case, JsonObject expect) =>
        new($"packet/bad/{name}.json", new JsonObject { ["rule"] = rule, ["case"] = @case, ["expect"] = expect });

    private byte[] With(int offset, byte value) => With(packet => packet[offset] = value);

    private byte[] With(Action<byte[]> change)
    {
        var packet = (byte[])_good.Clone();
        change(packet);
        return packet;
    }

    private byte[] SecondHop(int flipped) => Flip(Hops.At(Network, _good, 1), flipped);

    private byte[] LastHop(int flipped) => Flip(Hops.At(Network, _good, 2), flipped);

    private static byte[] Flip(byte[] packet, int offset)
    {
        packet[offset] ^= 1;
        return packet;
    }

    private static byte[] Other()
    {
        var packet = new byte[Geometry.PacketBytes];
        using var writer = new PacketWriter();
        writer.WrapWith(
            Network, Material.Path(3), RoutingCommand.Deliver, Material.Draw("message", 40), Material.Draw("another x", 32), Material.Stream([]), packet);
        return packet;
    }

    private static string Tag(byte[] packet, int hop = 0)
    {
        using var unwrapper = new Unwrapper();
        using var key = Hops.Key(hop);
        var tag = new byte[PacketFormat.ReplayTagBytes];
        unwrapper.TryGetReplayTag(packet, Network, key, tag);
        return Material.Hex(tag);
    }

    /// <summary>A packet of one layer with whatever in slot and lane A: what only other software would make.</summary>
    private static byte[] Handmade(LayerAction write)
    {
        var packet = new byte[Geometry.PacketBytes];
        var x = Material.Draw("x by hand", 32);
        var shared = new byte[X25519.KeyBytes];
        packet[0] = PacketFormat.Version;
        Material.Draw("lane b by hand", Geometry.Reply).CopyTo(packet, Geometry.LaneBOffset);
        var alpha = packet.AsSpan(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes);
        X25519.DerivePublic(x, alpha);
        X25519.TryDerive(x, Material.Public(0), shared);
        var keys = HopKeys.Derive(Network, shared, alpha, MixPublicKey.FromBytes(Material.Public(0)), new byte[HopKeys.ByteLength]);
        Material.Draw("padding by hand", 3 * PacketFormat.SlotBytes).CopyTo(packet, PacketFormat.BetaOffset + PacketFormat.SlotBytes);
        write(packet.AsSpan(PacketFormat.BetaOffset, PacketFormat.SlotBytes), packet.AsSpan(Geometry.LaneAOffset, Geometry.Body));
        using var aead = new AeadContext();
        aead.Seal(
            keys.Ae,
            packet.AsSpan(0, PacketFormat.GammaOffset),
            packet.AsSpan(PacketFormat.BetaOffset..Geometry.LaneBOffset),
            packet.AsSpan(PacketFormat.GammaOffset, PacketFormat.GammaBytes));
        return packet;
    }

    private delegate void LayerAction(Span<byte> slot, Span<byte> laneA);

    private delegate void SpanAction(Span<byte> bytes);
}
