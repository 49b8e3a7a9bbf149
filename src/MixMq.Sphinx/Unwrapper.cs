using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Sphinx;

/// <summary>
/// Takes one layer off packets. The only unwrap path there is, for forward packets, replies and cover alike.
/// </summary>
/// <remarks>
/// Source: spec/03-sphinx.md, section 5. One instance belongs to one worker thread; the mix keys may be shared. Nothing is allocated on the
/// GC heap per packet. No branch or index depends on secrets or on plaintext before the AEAD has opened; afterwards only on command, slot
/// fields, message length and padding, SURB id and replay tag.
/// </remarks>
public sealed class Unwrapper : IDisposable
{
    /// <summary>Packets that one call of <see cref="UnwrapBatch"/> takes at most.</summary>
    public const int MaxBatch = 64;

    private readonly AeadContext _aead = new();
    private readonly SecretBytes _scratch = new(X25519.KeyBytes + HopKeys.ByteLength);

    /// <summary>
    /// Unwraps in place. After <see cref="UnwrapKind.Relay"/> the span holds the next hop's packet; after deliver and reply it holds the
    /// opened lanes; after a drop its content is undefined, and the caller clears the buffer as after any use.
    /// </summary>
    /// <param name="packet">As received; any bytes and any length.</param>
    /// <param name="network">The network that this node is in.</param>
    /// <param name="candidates">
    /// The keys it may be for, the likelier first. A further one is tried only when authentication fails under those before it; what happens
    /// after it has succeeded is final.
    /// </param>
    /// <returns>The outcome.</returns>
    public UnwrapResult Unwrap(Span<byte> packet, NetworkDefinition network, ReadOnlySpan<MixKey> candidates)
    {
        ArgumentNullException.ThrowIfNull(network);
        var reason = CheckForm(packet, network);
        if (reason != DropReason.None)
        {
            return UnwrapResult.Dropped(reason);
        }

        reason = DropReason.KeyDestroyed;
        foreach (var key in candidates)
        {
            if (!key.TryAcquire())
            {
                continue;
            }

            try
            {
                reason = TryOpen(packet, network, key, out var keys);
                if (reason == DropReason.None)
                {
                    return Finish(packet, network, keys);
                }

                if (reason != DropReason.AuthenticationFailed)
                {
                    return UnwrapResult.Dropped(reason);
                }
            }
            finally
            {
                CryptographicOperations.ZeroMemory(_scratch.Span);
                key.Release();
            }
        }

        return UnwrapResult.Dropped(reason);
    }

    /// <summary>
    /// Unwraps packets in place, each with the outcome that <see cref="Unwrap"/> would give it if they were unwrapped one by one in their order.
    /// </summary>
    /// <typeparam name="TBatch">The batch's type, so that asking it costs no call through an interface.</typeparam>
    /// <param name="batch">The packets, at most <see cref="MaxBatch"/>.</param>
    /// <param name="network">The network that this node is in.</param>
    /// <param name="results">One for each packet, overwritten; what lies beyond the batch's count stays as it is.</param>
    /// <exception cref="ArgumentException">There are more packets than <see cref="MaxBatch"/>, or fewer results than packets.</exception>
    public void UnwrapBatch<TBatch>(ref TBatch batch, NetworkDefinition network, Span<UnwrapResult> results)
        where TBatch : struct, IUnwrapBatch, allows ref struct
    {
        var count = batch.Count;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxBatch, nameof(batch));
        ArgumentOutOfRangeException.ThrowIfLessThan(results.Length, count, nameof(results));
        for (var i = 0; i < count; i++)
        {
            results[i] = Unwrap(batch.Packet(i), network, batch.Candidates(i));
        }
    }

    /// <summary>
    /// The replay tag that a packet has under a key, whether or not it authenticates; the packet and the key's filter stay as they are.
    /// For tests and analysis.
    /// </summary>
    /// <param name="packet">As received.</param>
    /// <param name="network">The network.</param>
    /// <param name="key">The key.</param>
    /// <param name="tag">16 bytes, overwritten on success.</param>
    /// <returns><see langword="false"/> where the packet's form, alpha or the key doesn't allow one.</returns>
    public bool TryGetReplayTag(ReadOnlySpan<byte> packet, NetworkDefinition network, MixKey key, Span<byte> tag)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(key);
        if (CheckForm(packet, network) != DropReason.None || !key.TryAcquire())
        {
            return false;
        }

        try
        {
            if (!TryDerive(packet, network, key, out var keys))
            {
                return false;
            }

            keys.ReplayTag.CopyTo(tag);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(_scratch.Span);
            key.Release();
        }
    }

    /// <summary>Destroys the worker's scratch memory.</summary>
    public void Dispose()
    {
        _aead.Dispose();
        _scratch.Dispose();
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

        return X25519.IsCanonical(Alpha(packet)) ? DropReason.None : DropReason.AlphaNotCanonical;
    }

    private static ReadOnlySpan<byte> Alpha(ReadOnlySpan<byte> packet) => packet.Slice(PacketFormat.AlphaOffset, PacketFormat.AlphaBytes);

    private bool TryDerive(ReadOnlySpan<byte> packet, NetworkDefinition network, MixKey key, out HopKeys keys)
    {
        var shared = _scratch.Span[..X25519.KeyBytes];
        keys = default;
        if (!X25519.TryDerive(key.Secret, Alpha(packet), shared))
        {
            return false;
        }

        keys = HopKeys.Derive(network, shared, Alpha(packet), key.Public, _scratch.Span[X25519.KeyBytes..]);
        return true;
    }

    private DropReason TryOpen(Span<byte> packet, NetworkDefinition network, MixKey key, out HopKeys keys)
    {
        if (!TryDerive(packet, network, key, out keys))
        {
            return DropReason.SharedSecretZero;
        }

        var associatedData = packet[..PacketFormat.GammaOffset];
        var gamma = packet.Slice(PacketFormat.GammaOffset, PacketFormat.GammaBytes);
        var text = packet[PacketFormat.BetaOffset..network.Geometry.LaneBOffset];
        if (!_aead.Open(keys.Ae, associatedData, text, gamma))
        {
            return DropReason.AuthenticationFailed;
        }

        return key.ReplayFilter.TryInsert(keys.ReplayTag) switch
        {
            ReplayInsert.Inserted => DropReason.None,
            ReplayInsert.Duplicate => DropReason.Replayed,
            _ => DropReason.ReplayFilterFull,
        };
    }

    private UnwrapResult Finish(Span<byte> packet, NetworkDefinition network, HopKeys keys)
    {
        var geometry = network.Geometry;
        var beta = packet[PacketFormat.BetaOffset..geometry.LaneAOffset];
        var slot = new RoutingSlot(beta[..PacketFormat.SlotBytes]);
        var reason = slot.Check(network.MaxDelayMs);
        if (reason != DropReason.None)
        {
            return UnwrapResult.Dropped(reason);
        }

        // For every command alike, although deliver and drop never look at lane B.
        Span<byte> extension = stackalloc byte[PacketFormat.SlotBytes];
        extension.Clear();
        _aead.XorKeystream(keys.Lane, extension);
        _aead.ContinueKeystream(packet[geometry.LaneBOffset..]);
        switch (slot.Command)
        {
            case RoutingCommand.Relay:
                return Relay(packet, beta, slot, extension, keys);
            case RoutingCommand.Deliver:
                reason = PaddedMessage.TryRead(packet[geometry.LaneAOffset..geometry.LaneBOffset], out var length);
                return reason == DropReason.None
                    ? UnwrapResult.Deliver(geometry.LaneAOffset + PacketFormat.LengthBytes, length)
                    : UnwrapResult.Dropped(reason);
            case RoutingCommand.Reply:
                return UnwrapResult.Reply(SurbId.FromBytes(slot.Id[..SurbId.ByteLength]), geometry.LaneBOffset, geometry.Reply);
            default:
                return UnwrapResult.Cover();
        }
    }

    private static UnwrapResult Relay(Span<byte> packet, Span<byte> beta, RoutingSlot slot, ReadOnlySpan<byte> extension, HopKeys keys)
    {
        Span<byte> nextAlpha = stackalloc byte[PacketFormat.AlphaBytes];
        if (!X25519.TryDerive(keys.Blind, Alpha(packet), nextAlpha))
        {
            return UnwrapResult.Dropped(DropReason.SharedSecretZero);
        }

        var result = UnwrapResult.Relay(NodeAddress.FromBytes(slot.Id), slot.DelayMs);
        nextAlpha.CopyTo(packet[PacketFormat.AlphaOffset..]);
        slot.NextGamma.CopyTo(packet[PacketFormat.GammaOffset..]);
        beta[PacketFormat.SlotBytes..].CopyTo(beta);
        extension.CopyTo(beta[^PacketFormat.SlotBytes..]);
        return result;
    }
}
