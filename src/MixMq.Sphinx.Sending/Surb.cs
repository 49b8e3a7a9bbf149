using System.Buffers.Binary;
using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Sphinx.Sending;

/// <summary>A single-use reply block as its maker hands it out, and its use by whoever got it.</summary>
/// <remarks>
/// Source: spec/03-sphinx.md, section 7.
/// <code>
/// offset         bytes   field
/// 0              1       version
/// 1              32      alpha
/// 33             16      gamma
/// 49             N·56    beta
/// 49 + N·56      32      secret
/// 81 + N·56      4       expiry, unix seconds
/// </code>
/// </remarks>
public static class Surb
{
    /// <summary>Bytes of the secret.</summary>
    public const int SecretBytes = 32;

    /// <summary>Bytes of a SURB on the wire: 645 with the default geometry.</summary>
    /// <param name="geometry">The network's geometry.</param>
    /// <returns>The length.</returns>
    public static int WireBytes(PacketGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return geometry.HeaderBytes + SecretBytes + sizeof(uint);
    }

    /// <summary>When a SURB expires, as it says itself.</summary>
    /// <param name="wire">The SURB, from anyone; of the network's SURB size.</param>
    /// <returns>Unix seconds.</returns>
    public static uint ExpiryUnixSeconds(ReadOnlySpan<byte> wire) => BinaryPrimitives.ReadUInt32LittleEndian(wire[^sizeof(uint)..]);

    /// <summary>
    /// Builds the packet that carries a reply. Two things are the caller's: a SURB is used once, which is stored before the packet leaves;
    /// and the packet is unwrapped here as hop 0, replay filter included, and goes out only if that gives a relay to a neighbour.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="wire">The SURB, from anyone.</param>
    /// <param name="message">0 bytes to the geometry's reply capacity.</param>
    /// <param name="nowUnixSeconds">The time now.</param>
    /// <param name="random">Gives 24 bytes.</param>
    /// <param name="aead">The worker's own.</param>
    /// <param name="packet">The network's packet size; overwritten. Meaningless unless the result is <see cref="SurbUse.Built"/>.</param>
    /// <returns>Whether it is built, or why not.</returns>
    /// <exception cref="ArgumentException"><paramref name="packet"/> hasn't the packet size.</exception>
    public static SurbUse TryUse(
        NetworkDefinition network,
        ReadOnlySpan<byte> wire,
        ReadOnlySpan<byte> message,
        uint nowUnixSeconds,
        IRandomSource random,
        AeadContext aead,
        Span<byte> packet)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(aead);
        var geometry = network.Geometry;
        if (packet.Length != geometry.PacketBytes)
        {
            throw new ArgumentException("The span must have the network's packet size.", nameof(packet));
        }

        if (wire.Length != WireBytes(geometry))
        {
            return SurbUse.WrongLength;
        }

        if (wire[0] != PacketFormat.Version)
        {
            return SurbUse.WrongVersion;
        }

        var secret = wire.Slice(geometry.HeaderBytes, SecretBytes);
        if (nowUnixSeconds >= ExpiryUnixSeconds(wire))
        {
            return SurbUse.Expired;
        }

        if (message.Length > geometry.ReplyCapacity)
        {
            return SurbUse.MessageTooLong;
        }

        wire[..geometry.HeaderBytes].CopyTo(packet);
        Span<byte> key = stackalloc byte[AeadContext.KeyBytes];
        WriteBody(network, secret, aead, packet[geometry.LaneAOffset..geometry.LaneBOffset]);

        var laneB = packet[geometry.LaneBOffset..];
        var nonce = laneB[..PacketFormat.ReplyNonceBytes];
        random.Fill(nonce);
        var text = laneB[PacketFormat.ReplyNonceBytes..^AeadContext.TagBytes];
        LaneText.Write(message, text);
        Shake256Kdf.Derive(key, SphinxLabels.SurbReply, network.Id, secret, nonce);
        aead.Seal(key, wire.Slice(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes), text, laneB[^AeadContext.TagBytes..]);
        CryptographicOperations.ZeroMemory(key);
        aead.Forget();
        return SurbUse.Built;
    }

    /// <summary>Writes A_0, the lane A that maker and user both know.</summary>
    internal static void WriteBody(NetworkDefinition network, ReadOnlySpan<byte> secret, AeadContext aead, Span<byte> laneA)
    {
        Span<byte> key = stackalloc byte[AeadContext.KeyBytes];
        Shake256Kdf.Derive(key, SphinxLabels.SurbBody, network.Id, secret);
        laneA.Clear();
        aead.XorKeystream(key, laneA);
        CryptographicOperations.ZeroMemory(key);
    }
}
