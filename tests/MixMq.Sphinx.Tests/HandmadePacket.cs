using System.Buffers.Binary;
using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Tests;

/// <summary>One-hop packets with whatever in slot and lane A: what only a sender with other software would make.</summary>
internal static class HandmadePacket
{
    internal static byte[] Make(NetworkDefinition network, MixKey key, Action<Span<byte>, Span<byte>> write, long seed = 1)
    {
        var geometry = network.Geometry;
        var packet = new byte[geometry.PacketBytes];
        var random = new SeededRandomSource(seed);
        var x = new byte[32];
        var mixPublic = new byte[32];
        var shared = new byte[32];
        random.Fill(x);
        random.Fill(packet.AsSpan(geometry.LaneBOffset));
        packet[0] = PacketFormat.Version;
        var alpha = packet.AsSpan(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes);
        X25519.DerivePublic(x, alpha);
        key.Public.CopyTo(mixPublic);
        if (!X25519.TryDerive(x, mixPublic, shared))
        {
            throw new CryptographicException("The test's mix key is of small order.");
        }

        var keys = HopKeys.Derive(network, shared, alpha, key.Public, new byte[HopKeys.ByteLength]);
        write(
            packet.AsSpan(PacketFormat.BetaOffset, PacketFormat.SlotBytes),
            packet.AsSpan(geometry.LaneAOffset, geometry.Body));
        using var aead = new AeadContext();
        aead.Seal(
            keys.Ae,
            packet.AsSpan(0, PacketFormat.GammaOffset),
            packet.AsSpan(PacketFormat.BetaOffset, geometry.LaneBOffset - PacketFormat.BetaOffset),
            packet.AsSpan(PacketFormat.GammaOffset, PacketFormat.GammaBytes));
        return packet;
    }

    internal static void WriteLength(Span<byte> laneA, uint length) => BinaryPrimitives.WriteUInt32LittleEndian(laneA, length);
}
