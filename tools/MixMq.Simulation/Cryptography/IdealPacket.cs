using System.Buffers.Binary;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Cryptography;

/// <summary>
/// Packets of the ideal cryptography. The form is that of a real packet; what is in it is sealed under the functionality's secret and a nonce
/// in alpha's place, and sealed anew under another nonce at each hop:
/// <code>
/// version | alpha: nonce | gamma: hash over alpha, beta, lane A | beta: slots | lane A: length, message, zeros | lane B: noise
/// a slot: command | … | delay | next address, or a reply's id | fingerprint of the mix key under which this hop opens it
/// </code>
/// </summary>
internal sealed partial class IdealPacket(ulong secret0, ulong secret1)
{
    private const int FingerprintOffset = RoutingSlot.NextGammaOffset;

    public WrapResult Wrap(
        NetworkDefinition network,
        ReadOnlySpan<PathHop> path,
        RoutingCommand command,
        ReadOnlySpan<byte> message,
        IRandomSource random,
        Span<byte> packet)
    {
        var geometry = network.Geometry;
        if (Check(network, path, message) is var refusal && refusal != WrapResult.Wrapped)
        {
            return refusal;
        }

        random.Fill(packet[PacketFormat.AlphaOffset..PacketFormat.GammaOffset]);
        random.Fill(packet[geometry.LaneBOffset..]);
        WriteSlots(path, command, default, random, packet[PacketFormat.BetaOffset..geometry.LaneAOffset]);
        var lane = packet[geometry.LaneAOffset..geometry.LaneBOffset];
        BinaryPrimitives.WriteUInt32LittleEndian(lane, (uint)message.Length);
        message.CopyTo(lane[PacketFormat.LengthBytes..]);
        lane[(PacketFormat.LengthBytes + message.Length)..].Clear();
        Seal(packet, geometry);
        return WrapResult.Wrapped;
    }

    // The id stands in the last slot, of a reply.
    private void WriteSlots(ReadOnlySpan<PathHop> path, RoutingCommand command, ReadOnlySpan<byte> id, IRandomSource random, Span<byte> beta)
    {
        random.Fill(beta[(path.Length * PacketFormat.SlotBytes)..]);
        for (var hop = 0; hop < path.Length; hop++)
        {
            var slot = beta.Slice(hop * PacketFormat.SlotBytes, PacketFormat.SlotBytes);
            slot.Clear();
            var last = hop == path.Length - 1;
            slot[0] = (byte)(last ? command : RoutingCommand.Relay);
            if (last)
            {
                id.CopyTo(slot[RoutingSlot.IdOffset..]);
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(slot[RoutingSlot.DelayOffset..], path[hop].DelayMs);
                path[hop + 1].Address.CopyTo(slot[RoutingSlot.IdOffset..]);
            }

            BinaryPrimitives.WriteUInt128LittleEndian(slot[FingerprintOffset..], Fingerprint(path[hop].MixPublic));
        }
    }

    public UnwrapResult Unwrap(Span<byte> packet, NetworkDefinition network, ReadOnlySpan<MixKey> candidates)
    {
        var form = CheckForm(packet, network);
        if (form != DropReason.None)
        {
            return UnwrapResult.Dropped(form);
        }

        var geometry = network.Geometry;
        var key = StreamKey(packet);
        Span<byte> first = stackalloc byte[PacketFormat.SlotBytes];
        packet.Slice(PacketFormat.BetaOffset, PacketFormat.SlotBytes).CopyTo(first);
        QuickStream.Xor(first, key);
        var authentic = Tag(packet, geometry) == BinaryPrimitives.ReadUInt128LittleEndian(packet[PacketFormat.GammaOffset..]);
        var fingerprint = BinaryPrimitives.ReadUInt128LittleEndian(first[FingerprintOffset..]);
        var reason = DropReason.KeyDestroyed;
        foreach (var candidate in candidates)
        {
            if (!candidate.TryAcquire())
            {
                continue;
            }

            reason = authentic && Fingerprint(candidate.Public) == fingerprint ? Enter(packet, candidate) : DropReason.AuthenticationFailed;
            candidate.Release();
            if (reason == DropReason.None)
            {
                return Finish(packet, network, first, key);
            }

            if (reason != DropReason.AuthenticationFailed)
            {
                break;
            }
        }

        return UnwrapResult.Dropped(reason);
    }

    private static WrapResult Check(NetworkDefinition network, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message)
    {
        if (path.IsEmpty)
        {
            return WrapResult.PathTooShort;
        }

        if (path.Length > network.Geometry.Hops)
        {
            return WrapResult.PathTooLong;
        }

        foreach (var hop in path[..^1])
        {
            if (hop.DelayMs > network.MaxDelayMs)
            {
                return WrapResult.DelayAboveCap;
            }
        }

        return message.Length > network.Geometry.MessageCapacity ? WrapResult.MessageTooLong : WrapResult.Wrapped;
    }

    private static DropReason CheckForm(ReadOnlySpan<byte> packet, NetworkDefinition network)
    {
        if (packet.Length != network.Geometry.PacketBytes)
        {
            return DropReason.WrongLength;
        }

        if (packet[0] != PacketFormat.Version)
        {
            return DropReason.WrongVersion;
        }

        return X25519.IsCanonical(packet.Slice(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes)) ? DropReason.None : DropReason.AlphaNotCanonical;
    }

    private DropReason Enter(ReadOnlySpan<byte> packet, MixKey key)
    {
        Span<byte> tag = stackalloc byte[PacketFormat.ReplayTagBytes];
        BinaryPrimitives.WriteUInt128LittleEndian(tag, QuickHash.Hash(packet[PacketFormat.AlphaOffset..PacketFormat.GammaOffset], secret1, secret0));
        return key.ReplayFilter.TryInsert(tag) switch
        {
            ReplayInsert.Inserted => DropReason.None,
            ReplayInsert.Duplicate => DropReason.Replayed,
            _ => DropReason.ReplayFilterFull,
        };
    }

    private UnwrapResult Finish(Span<byte> packet, NetworkDefinition network, ReadOnlySpan<byte> slot, ulong key)
    {
        var geometry = network.Geometry;
        QuickStream.Xor(packet[PacketFormat.BetaOffset..geometry.LaneBOffset], key);
        QuickStream.Xor(packet[geometry.LaneBOffset..], ~key);
        switch ((RoutingCommand)slot[0])
        {
            case RoutingCommand.Relay:
                var beta = packet[PacketFormat.BetaOffset..geometry.LaneAOffset];
                beta[PacketFormat.SlotBytes..].CopyTo(beta);
                beta[^PacketFormat.SlotBytes..].Clear();
                QuickStream.Xor(beta[^PacketFormat.SlotBytes..], key * 3);
                Reblind(packet);
                Seal(packet, geometry);
                return UnwrapResult.Relay(
                    NodeAddress.FromBytes(slot.Slice(RoutingSlot.IdOffset, NodeAddress.ByteLength)),
                    BinaryPrimitives.ReadUInt32LittleEndian(slot[RoutingSlot.DelayOffset..]));
            case RoutingCommand.Deliver:
                var length = BinaryPrimitives.ReadUInt32LittleEndian(packet[geometry.LaneAOffset..]);
                return UnwrapResult.Deliver(geometry.LaneAOffset + PacketFormat.LengthBytes, (int)length);
            case RoutingCommand.Reply:
                return UnwrapResult.Reply(
                    SurbId.FromBytes(slot.Slice(RoutingSlot.IdOffset, SurbId.ByteLength)), geometry.LaneBOffset, packet.Length - geometry.LaneBOffset);
            default:
                return UnwrapResult.Cover();
        }
    }

    private void Reblind(Span<byte> packet)
    {
        var alpha = packet[PacketFormat.AlphaOffset..PacketFormat.GammaOffset];
        var next = QuickHash.Hash(alpha, ~secret0, secret1);
        BinaryPrimitives.WriteUInt128LittleEndian(alpha, next);
        BinaryPrimitives.WriteUInt64LittleEndian(alpha[16..], QuickHash.Fold((ulong)next, secret0));
        BinaryPrimitives.WriteUInt64LittleEndian(alpha[24..], QuickHash.Fold((ulong)(next >> 64), secret1));
    }

    /// <summary>Encrypts what is in the clear under the nonce that is in alpha's place, and puts gamma before it.</summary>
    private void Seal(Span<byte> packet, PacketGeometry geometry)
    {
        packet[0] = PacketFormat.Version;

        Canonize(packet);
        QuickStream.Xor(packet[PacketFormat.BetaOffset..geometry.LaneBOffset], StreamKey(packet));
        BinaryPrimitives.WriteUInt128LittleEndian(packet[PacketFormat.GammaOffset..], Tag(packet, geometry));
    }

    // Below 2^254.
    private static void Canonize(Span<byte> packet) => packet[PacketFormat.GammaOffset - 1] &= 0x3F;

    private ulong StreamKey(ReadOnlySpan<byte> packet) => (ulong)QuickHash.Hash(packet[PacketFormat.AlphaOffset..PacketFormat.GammaOffset], secret0, secret1);

    private UInt128 Tag(ReadOnlySpan<byte> packet, PacketGeometry geometry)
    {
        var alpha = QuickHash.Hash(packet[..PacketFormat.GammaOffset], secret1, ~secret0);
        return QuickHash.Hash(packet[PacketFormat.BetaOffset..geometry.LaneBOffset], (ulong)alpha, (ulong)(alpha >> 64));
    }

    private UInt128 Fingerprint(MixPublicKey key)
    {
        Span<byte> bytes = stackalloc byte[MixPublicKey.ByteLength];
        key.CopyTo(bytes);
        return QuickHash.Hash(bytes, secret0, secret1);
    }
}
