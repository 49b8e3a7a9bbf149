using System.Buffers.Binary;
using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Sphinx.Sending;

/// <summary>
/// The layers of packets: the keys of all hops, the filler, and the sealing from the last hop to the first. What is in the lanes is up to
/// the caller.
/// </summary>
/// <remarks>
/// Source: spec/03-sphinx.md, sections 6 and 7. Order: the scalar and <see cref="DrawPadding"/> of each packet, <see cref="KeySchedule.Derive"/> for all,
/// then of each: fill lane A, <see cref="Seal"/>; at last <see cref="KeySchedule.Forget"/>. One thread at a time.
/// </remarks>
internal sealed class Onion(int packets) : IDisposable
{
    private const int PathBytes = sizeof(uint) + NodeAddress.ByteLength + MixPublicKey.ByteLength;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private ulong _counter;

    internal KeySchedule Schedule { get; } = new(packets);

    internal AeadContext Aead { get; } = new();

    /// <summary>Checks what doesn't need a key.</summary>
    internal static WrapResult Check(NetworkDefinition network, ReadOnlySpan<PathHop> path, int minHops)
    {
        if (path.Length < minHops)
        {
            return WrapResult.PathTooShort;
        }

        if (path.Length > network.Geometry.Hops)
        {
            return WrapResult.PathTooLong;
        }

        foreach (ref readonly var hop in path[..^1])
        {
            if (hop.DelayMs > (uint)network.MaxDelayMs)
            {
                return WrapResult.DelayAboveCap;
            }
        }

        return WrapResult.Wrapped;
    }

    /// <summary>
    /// The ephemeral scalar: fresh random bytes, hashed together with a counter, the path and the message. A random state that comes again,
    /// as in a virtual machine restored from a snapshot, then isn't a two-time pad.
    /// </summary>
    internal void DrawEphemeral(ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, IRandomSource random, Span<byte> x)
    {
        Span<byte> hop = stackalloc byte[PathBytes];
        foreach (ref readonly var step in path)
        {
            step.Address.CopyTo(hop);
            step.MixPublic.CopyTo(hop[NodeAddress.ByteLength..]);
            BinaryPrimitives.WriteUInt32LittleEndian(hop[(NodeAddress.ByteLength + MixPublicKey.ByteLength)..], step.DelayMs);
            _hash.AppendData(hop);
        }

        // Its length tells where the path ends, since all hops have the same number of bytes.
        Span<byte> pathBytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(pathBytes, (uint)path.Length);
        _hash.AppendData(message);
        _hash.AppendData(pathBytes);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(digest);

        Span<byte> fresh = stackalloc byte[X25519.KeyBytes];
        Span<byte> counter = stackalloc byte[sizeof(ulong)];
        random.Fill(fresh);
        BinaryPrimitives.WriteUInt64LittleEndian(counter, _counter++);
        Shake256Kdf.Derive(x, SphinxLabels.Ephemeral, fresh, counter, digest);
        CryptographicOperations.ZeroMemory(fresh);
    }

    /// <summary>
    /// Draws the padding of a packet's last hop. Random, never zeros: zeros would show that hop how long the path was (Kuhn, Beck, Strufe 2020).
    /// </summary>
    internal static void DrawPadding(NetworkDefinition network, int hops, IRandomSource random, Span<byte> packet)
    {
        var beta = packet[PacketFormat.BetaOffset..network.Geometry.LaneAOffset];
        random.Fill(beta[PacketFormat.SlotBytes..^((hops - 1) * PacketFormat.SlotBytes)]);
    }

    /// <summary>
    /// Writes the header around lane A, which the packet holds as plaintext for the last hop, and encrypts both. Lane B isn't touched.
    /// </summary>
    /// <param name="index">Which of the schedule's packets it is.</param>
    /// <param name="network">The network.</param>
    /// <param name="path">The packet's path.</param>
    /// <param name="lastCommand">The last hop's command.</param>
    /// <param name="lastId">The last hop's id, or nothing.</param>
    /// <param name="packet">With padding drawn and lane A written.</param>
    internal void Seal(
        int index,
        NetworkDefinition network,
        ReadOnlySpan<PathHop> path,
        RoutingCommand lastCommand,
        ReadOnlySpan<byte> lastId,
        Span<byte> packet)
    {
        var beta = packet[PacketFormat.BetaOffset..network.Geometry.LaneAOffset];
        var last = path.Length - 1;
        packet[0] = PacketFormat.Version;

        WriteSlot(beta, lastCommand, 0, lastId, default);
        WriteFiller(index, beta, last * PacketFormat.SlotBytes);
        SealLayer(index, network, last, packet);

        Span<byte> gamma = stackalloc byte[PacketFormat.GammaBytes];
        Span<byte> id = stackalloc byte[NodeAddress.ByteLength];
        for (var i = last - 1; i >= 0; i--)
        {
            packet.Slice(PacketFormat.GammaOffset, PacketFormat.GammaBytes).CopyTo(gamma);
            path[i + 1].Address.CopyTo(id);
            beta[..^PacketFormat.SlotBytes].CopyTo(beta[PacketFormat.SlotBytes..]);
            WriteSlot(beta, RoutingCommand.Relay, path[i].DelayMs, id, gamma);
            SealLayer(index, network, i, packet);
        }
    }

    public void Dispose()
    {
        Aead.Dispose();
        _hash.Dispose();
        Schedule.Dispose();
    }

    private static void WriteSlot(
        Span<byte> slot,
        RoutingCommand command,
        uint delayMs,
        ReadOnlySpan<byte> id,
        ReadOnlySpan<byte> nextGamma)
    {
        slot = slot[..PacketFormat.SlotBytes];
        slot.Clear();
        slot[0] = (byte)command;
        BinaryPrimitives.WriteUInt32LittleEndian(slot[RoutingSlot.DelayOffset..], delayMs);
        id.CopyTo(slot[RoutingSlot.IdOffset..RoutingSlot.NextGammaOffset]);
        nextGamma.CopyTo(slot[RoutingSlot.NextGammaOffset..]);
    }

    /// <summary>
    /// Puts at the end of beta what the hops before the last will have made there, minus the last hop's own keystream: so what each of them
    /// authenticates is what the one before it has made.
    /// </summary>
    private void WriteFiller(int index, Span<byte> beta, int fillerBytes)
    {
        var filler = beta[^fillerBytes..];
        filler.Clear();
        for (var made = 0; made <= fillerBytes; made += PacketFormat.SlotBytes)
        {
            var keys = Schedule.Keys(index, made / PacketFormat.SlotBytes);
            Aead.XorKeystream(keys.Ae, filler[..made], beta.Length - made);
            if (made < fillerBytes)
            {
                Aead.XorKeystream(keys.Lane, filler.Slice(made, PacketFormat.SlotBytes));
            }
        }
    }

    private void SealLayer(int index, NetworkDefinition network, int hop, Span<byte> packet)
    {
        Schedule.Alpha(index, hop).CopyTo(packet[PacketFormat.AlphaOffset..]);
        Aead.Seal(
            Schedule.Keys(index, hop).Ae,
            packet[..PacketFormat.GammaOffset],
            packet[PacketFormat.BetaOffset..network.Geometry.LaneBOffset],
            packet.Slice(PacketFormat.GammaOffset, PacketFormat.GammaBytes));
    }
}
