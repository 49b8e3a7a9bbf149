using MixMq.Crypto;
using MixMq.Fuzz.Worlds;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// A packet. Bit 0 of the first byte: what follows is a slot, the rest of beta and lane A, which are sealed under the right keys; otherwise it is a
/// whole packet as it stands. Bit 1: a key that it isn't for is tried first. Bit 2: the right key has been destroyed. Bit 3: the replay filter
/// is full. Bit 4: a packet longer than the input is filled up with zeros.
/// </summary>
internal sealed class UnwrapTarget : FuzzTarget, IDisposable
{
    private const byte Seals = 1, WrongKeyFirst = 2, Destroyed = 4, FilterFull = 8, FillsUp = 16;
    private static readonly byte[] Secret = SmallNetwork.Bytes(32, 77);
    private readonly Unwrapper _unwrapper = new();
    private readonly AeadContext _aead = new();
    private readonly byte[] _shared = new byte[X25519.KeyBytes];
    private readonly byte[] _alpha = new byte[X25519.KeyBytes];
    private readonly MixKey _other = MixKey.FromSecret(6, SmallNetwork.Bytes(32, 99), 16, new FewRandomBytes(2));
    private readonly MixPublicKey _public;

    public UnwrapTarget()
    {
        using var key = NewKey();
        _public = key.Public;
        var x = SmallNetwork.Bytes(32, 13);
        var mixPublic = new byte[X25519.KeyBytes];
        _public.CopyTo(mixPublic);
        X25519.DerivePublic(x, _alpha);
        InvariantException.Require(X25519.TryDerive(x, mixPublic, _shared), "The keys of the harness are good.");
    }

    public override string Name => "unwrap";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Sphinx.Unwrapper::Unwrap", "MixMq.Sphinx.Unwrapper::CheckForm", "MixMq.Sphinx.Unwrapper::TryDerive", "MixMq.Sphinx.Unwrapper::TryOpen",
        "MixMq.Sphinx.Unwrapper::Finish", "MixMq.Sphinx.Unwrapper::Relay", "MixMq.Sphinx.RoutingSlot::Check", "MixMq.Sphinx.PaddedMessage::",
        "MixMq.Sphinx.ReplayFilter::TryInsert", "MixMq.Sphinx.ReplayFilter::TryReserve", "MixMq.Crypto.X25519::IsCanonical", "MixMq.Crypto.X25519::TryDerive",
    ];

    private static PacketGeometry Geometry => SmallNetwork.Definition.Geometry;

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds
    {
        get
        {
            var relay = SlotTarget.Slot(RoutingCommand.Relay, 500, 0x11, 48);
            var beta = new byte[Geometry.BetaBytes - PacketFormat.SlotBytes];
            byte[] deliver = [.. SlotTarget.Slot(RoutingCommand.Deliver, 0, 0, 0), .. beta, .. SlotTarget.Lane(5, "hello"u8)];
            yield return ("relay", [Seals, .. relay]);
            yield return ("deliver", [Seals, .. deliver]);
            yield return ("message-too-long", [Seals, .. SlotTarget.Slot(RoutingCommand.Deliver, 0, 0, 0), .. beta, .. SlotTarget.Lane(255, "hello"u8)]);
            yield return ("padding-not-zero", [Seals, .. SlotTarget.Slot(RoutingCommand.Deliver, 0, 0, 0), .. beta, .. SlotTarget.Lane(4, "hello"u8)]);
            yield return ("reply", [Seals, .. SlotTarget.Slot(RoutingCommand.Reply, 0, 0x22, SurbId.ByteLength)]);
            yield return ("cover", [Seals | WrongKeyFirst, .. SlotTarget.Slot(RoutingCommand.Drop, 0, 0, 0)]);
            yield return ("filter-full", [Seals | FilterFull, .. deliver]);
            yield return ("key-destroyed", [Seals | Destroyed, .. relay]);
            yield return ("whole-packet", [0, .. Seal(relay)]);
            yield return ("low-order-alpha", [FillsUp, PacketFormat.Version]);
            yield return ("not-canonical", [FillsUp, PacketFormat.Version, .. Enumerable.Repeat(byte.MaxValue, 32)]);
        }
    }

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var flags = choices.Byte();
        var packet = (flags & Seals) != 0 ? Seal(choices.Rest) : choices.Rest.ToArray();
        if ((flags & FillsUp) != 0 && packet.Length < Geometry.PacketBytes)
        {
            Array.Resize(ref packet, Geometry.PacketBytes);
        }

        using var key = NewKey();
        if ((flags & FilterFull) != 0)
        {
            _ = key.ReplayFilter.TryInsert(_shared.AsSpan(0, PacketFormat.ReplayTagBytes));
        }

        if ((flags & Destroyed) != 0)
        {
            key.Dispose();
        }

        ReadOnlySpan<MixKey> candidates = (flags & WrongKeyFirst) != 0 ? [_other, key] : [key];
        var copy = packet.ToArray();
        var result = _unwrapper.Unwrap(packet, SmallNetwork.Definition, candidates);
        Check(result, packet);
        var again = _unwrapper.Unwrap(copy, SmallNetwork.Definition, candidates);
        InvariantException.Require(again.Kind == UnwrapKind.Dropped, "A second copy is always dropped.");
        InvariantException.Require(result.Kind == UnwrapKind.Dropped || again.Reason == DropReason.Replayed, "It is dropped as replayed.");
        return result.Kind != UnwrapKind.Dropped;
    }

    public void Dispose()
    {
        _unwrapper.Dispose();
        _aead.Dispose();
        _other.Dispose();
    }

    private static void Check(in UnwrapResult result, ReadOnlySpan<byte> packet)
    {
        switch (result.Kind)
        {
            case UnwrapKind.Dropped:
                InvariantException.Require(result.Reason != DropReason.None, "A drop has a reason.");
                break;
            case UnwrapKind.Relay:
                InvariantException.Require(
                    packet[0] == PacketFormat.Version && X25519.IsCanonical(packet.Slice(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes)),
                    "What is relayed has the form of a packet.");
                InvariantException.Require(result.DelayMs <= SmallNetwork.Definition.MaxDelayMs, "A delay is at most the network's cap.");
                break;
            case UnwrapKind.Deliver:
                InvariantException.Require(
                    result.Offset == Geometry.LaneAOffset + PacketFormat.LengthBytes && result.Length <= Geometry.MessageCapacity, "A message lies in lane A.");
                break;
            case UnwrapKind.Reply:
                InvariantException.Require(
                    result.Offset == Geometry.LaneBOffset && result.Length == Geometry.Reply, "A reply is lane B.");
                break;
            default:
                InvariantException.Require(result.Kind == UnwrapKind.Cover, "There is no other outcome.");
                break;
        }
    }

    private static MixKey NewKey() => MixKey.FromSecret(7, Secret, 1, new FewRandomBytes(1));

    private byte[] Seal(ReadOnlySpan<byte> text)
    {
        var packet = new byte[Geometry.PacketBytes];
        packet[0] = PacketFormat.Version;
        _alpha.CopyTo(packet.AsSpan(PacketFormat.AlphaOffset));
        var body = packet.AsSpan(PacketFormat.BetaOffset, Geometry.LaneBOffset - PacketFormat.BetaOffset);
        text[..Math.Min(text.Length, body.Length)].CopyTo(body);
        var keys = HopKeys.Derive(SmallNetwork.Definition, _shared, _alpha, _public, new byte[HopKeys.ByteLength]);
        _aead.Seal(
            keys.Ae, packet.AsSpan(0, PacketFormat.GammaOffset), body, packet.AsSpan(PacketFormat.GammaOffset, PacketFormat.GammaBytes));
        return packet;
    }
}
