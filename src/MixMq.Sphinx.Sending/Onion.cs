using System.Buffers.Binary;
using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Sphinx.Sending;

/// <summary>
/// The layers of one packet: the keys of all hops, the filler, and the sealing from the last hop to the first. What is in the lanes is up to
/// the caller.
/// </summary>
/// <remarks>
/// Source: spec/03-sphinx.md, sections 6 and 7. Order: <see cref="Prepare"/>, fill lane A, <see cref="Seal"/>, <see cref="Forget"/>.
/// One thread at a time.
/// </remarks>
internal sealed class Onion : IDisposable
{
    private const int PathBytes = sizeof(uint) + NodeAddress.ByteLength + MixPublicKey.ByteLength;
    private readonly SecretBytes _keys = new(PacketGeometry.MaxHops * HopKeys.ByteLength);
    private readonly SecretBytes _scalar = new(X25519.KeyBytes);
    private readonly SecretBytes _shared = new(X25519.KeyBytes);
    private readonly byte[] _alphas = new byte[PacketGeometry.MaxHops * PacketFormat.AlphaBytes];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private ulong _counter;

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

    /// <summary>Derives alpha and the keys of every hop: two ladders a hop, because blinding scalars multiply (see <see cref="BlindingProduct"/>).</summary>
    internal WrapResult Prepare(NetworkDefinition network, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> x)
    {
        var scalar = _scalar.Span;
        x.CopyTo(scalar);
        Span<byte> mixPublic = stackalloc byte[MixPublicKey.ByteLength];
        for (var i = 0; i < path.Length; i++)
        {
            X25519.DerivePublic(scalar, Alpha(i));
            path[i].MixPublic.CopyTo(mixPublic);
            if (!X25519.TryDerive(scalar, mixPublic, _shared.Span))
            {
                Forget();
                return WrapResult.UnusableMixKey;
            }

            var keys = HopKeys.Derive(network, _shared.Span, Alpha(i), path[i].MixPublic, KeyBytes(i));
            BlindingProduct.Multiply(scalar, keys.Blind, scalar);
        }

        return WrapResult.Wrapped;
    }

    /// <summary>The keys of a hop, after <see cref="Prepare"/>.</summary>
    internal HopKeys Keys(int hop) => new(KeyBytes(hop));

    /// <summary>
    /// Writes the header around lane A, which the packet holds as plaintext for the last hop, and encrypts both. Lane B isn't touched.
    /// </summary>
    internal void Seal(
        NetworkDefinition network,
        ReadOnlySpan<PathHop> path,
        RoutingCommand lastCommand,
        ReadOnlySpan<byte> lastId,
        IRandomSource random,
        Span<byte> packet)
    {
        var beta = packet[PacketFormat.BetaOffset..network.Geometry.LaneAOffset];
        var last = path.Length - 1;
        var fillerBytes = last * PacketFormat.SlotBytes;
        packet[0] = PacketFormat.Version;

        WriteSlot(beta, lastCommand, 0, lastId, default);

        // Random, never zeros: zeros would show the last hop how long the path was (Kuhn, Beck, Strufe 2020).
        random.Fill(beta[PacketFormat.SlotBytes..^fillerBytes]);
        WriteFiller(beta, fillerBytes);
        SealLayer(network, last, packet);

        Span<byte> gamma = stackalloc byte[PacketFormat.GammaBytes];
        Span<byte> id = stackalloc byte[NodeAddress.ByteLength];
        for (var i = last - 1; i >= 0; i--)
        {
            packet.Slice(PacketFormat.GammaOffset, PacketFormat.GammaBytes).CopyTo(gamma);
            path[i + 1].Address.CopyTo(id);
            beta[..^PacketFormat.SlotBytes].CopyTo(beta[PacketFormat.SlotBytes..]);
            WriteSlot(beta, RoutingCommand.Relay, path[i].DelayMs, id, gamma);
            SealLayer(network, i, packet);
        }
    }

    /// <summary>Zeroes the keys.</summary>
    internal void Forget()
    {
        CryptographicOperations.ZeroMemory(_keys.Span);
        CryptographicOperations.ZeroMemory(_scalar.Span);
        CryptographicOperations.ZeroMemory(_shared.Span);
    }

    public void Dispose()
    {
        Aead.Dispose();
        _hash.Dispose();
        _keys.Dispose();
        _scalar.Dispose();
        _shared.Dispose();
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
    private void WriteFiller(Span<byte> beta, int fillerBytes)
    {
        var filler = beta[^fillerBytes..];
        filler.Clear();
        for (var made = 0; made <= fillerBytes; made += PacketFormat.SlotBytes)
        {
            var keys = Keys(made / PacketFormat.SlotBytes);
            Aead.XorKeystream(keys.Ae, filler[..made], beta.Length - made);
            if (made < fillerBytes)
            {
                Aead.XorKeystream(keys.Lane, filler.Slice(made, PacketFormat.SlotBytes));
            }
        }
    }

    private void SealLayer(NetworkDefinition network, int hop, Span<byte> packet)
    {
        Alpha(hop).CopyTo(packet[PacketFormat.AlphaOffset..]);
        Aead.Seal(
            Keys(hop).Ae,
            packet[..PacketFormat.GammaOffset],
            packet[PacketFormat.BetaOffset..network.Geometry.LaneBOffset],
            packet.Slice(PacketFormat.GammaOffset, PacketFormat.GammaBytes));
    }

    private Span<byte> Alpha(int hop) => _alphas.AsSpan(hop * PacketFormat.AlphaBytes, PacketFormat.AlphaBytes);

    private Span<byte> KeyBytes(int hop) => _keys.Span.Slice(hop * HopKeys.ByteLength, HopKeys.ByteLength);
}
