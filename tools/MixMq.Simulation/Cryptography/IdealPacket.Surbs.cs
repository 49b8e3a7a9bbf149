using System.Buffers.Binary;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Cryptography;

/// <content>SURBs: a header as that of a packet whose lane A is all zeros, the secret, the expiry. Lane B is <see cref="IdealReply"/>.</content>
internal sealed partial class IdealPacket
{
    public WrapResult MakeSurb(
        NetworkDefinition network, ReadOnlySpan<PathHop> path, uint expiryUnixSeconds, IRandomSource random, Span<byte> wire, out ReplyOpener? opener)
    {
        opener = null;
        var geometry = network.Geometry;
        var refusal = path.Length < 2 ? WrapResult.PathTooShort : Check(network, path, default);
        if (refusal != WrapResult.Wrapped)
        {
            return refusal;
        }

        Span<byte> id = stackalloc byte[SurbId.ByteLength];
        random.Fill(id);
        var packet = new byte[geometry.PacketBytes];
        random.Fill(packet.AsSpan(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes));
        WriteSlots(path, RoutingCommand.Reply, id, random, packet.AsSpan(PacketFormat.BetaOffset, geometry.BetaBytes));
        Seal(packet, geometry);
        packet.AsSpan(0, geometry.HeaderBytes).CopyTo(wire);
        var secret = wire.Slice(geometry.HeaderBytes, Surb.SecretBytes);
        random.Fill(secret);
        BinaryPrimitives.WriteUInt32LittleEndian(wire[^sizeof(uint)..], expiryUnixSeconds);
        opener = new IdealReplyOpener(SurbId.FromBytes(id), HopKeys(packet, path.Length), ReplyOf(secret));
        return WrapResult.Wrapped;
    }

    public SurbUse UseSurb(
        NetworkDefinition network, ReadOnlySpan<byte> wire, ReadOnlySpan<byte> message, uint nowUnixSeconds, IRandomSource random, Span<byte> packet)
    {
        var geometry = network.Geometry;
        if (wire.Length != Surb.WireBytes(geometry))
        {
            return SurbUse.WrongLength;
        }

        if (wire[0] != PacketFormat.Version)
        {
            return SurbUse.WrongVersion;
        }

        if (nowUnixSeconds >= Surb.ExpiryUnixSeconds(wire))
        {
            return SurbUse.Expired;
        }

        if (message.Length > geometry.ReplyCapacity)
        {
            return SurbUse.MessageTooLong;
        }

        // Header and lane A are under one stream, and lane A is zeros.
        packet[..geometry.LaneBOffset].Clear();
        wire[..PacketFormat.BetaOffset].CopyTo(packet);
        QuickStream.Xor(packet[PacketFormat.BetaOffset..geometry.LaneBOffset], StreamKey(packet));
        wire[..geometry.HeaderBytes].CopyTo(packet);
        ReplyOf(wire.Slice(geometry.HeaderBytes, Surb.SecretBytes)).Seal(message, random, packet[geometry.LaneBOffset..]);
        return SurbUse.Built;
    }

    private IdealReply ReplyOf(ReadOnlySpan<byte> secret)
    {
        var keys = QuickHash.Hash(secret, ~secret1, secret0);
        return new IdealReply((ulong)keys, (ulong)(keys >> 64));
    }

    // Each hop takes its key off lane B, and so the last one too.
    private ulong[] HopKeys(byte[] packet, int hops)
    {
        var keys = new ulong[hops];
        Span<byte> header = stackalloc byte[PacketFormat.GammaOffset];
        packet.AsSpan(0, header.Length).CopyTo(header);
        for (var hop = 0; hop < hops; hop++)
        {
            keys[hop] = StreamKey(header);
            Reblind(header);
            Canonize(header);
        }

        return keys;
    }
}
