using System.Numerics;
using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Sphinx.Sending;

/// <summary>
/// What the maker of a SURB keeps by its id until the reply comes or the SURB expires: the XOR of all hops' lane keystreams, the secret and
/// alpha. (Kept apart, the hops' lane keys would let a seized store trace recordings; their XOR doesn't.)
/// </summary>
/// <remarks>Opening it uses it up. One thread at a time.</remarks>
public sealed class SurbState : IDisposable
{
    private const int MaskOffset = Surb.SecretBytes + PacketFormat.AlphaBytes;
    private readonly SecretBytes _kept;
    private readonly NetworkDefinition _network;

    internal SurbState(
        NetworkDefinition network,
        SurbId id,
        uint expiryUnixSeconds,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> alpha)
    {
        _network = network;
        Id = id;
        ExpiryUnixSeconds = expiryUnixSeconds;
        _kept = new SecretBytes(MaskOffset + network.Geometry.Reply);
        secret.CopyTo(_kept.Span);
        alpha.CopyTo(_kept.Span[Surb.SecretBytes..]);
    }

    /// <summary>What a reply is recognised by.</summary>
    public SurbId Id { get; }

    /// <summary>From then on no reply comes, and the state can go; unix seconds.</summary>
    public uint ExpiryUnixSeconds { get; }

    internal Span<byte> Mask => _kept.Span[MaskOffset..];

    /// <summary>Bytes of what <see cref="CopyKeptTo"/> writes: secret (32), alpha (32), and the mask, as long as lane B.</summary>
    /// <param name="geometry">The network's geometry.</param>
    /// <returns>The length.</returns>
    public static int KeptBytes(PacketGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        return MaskOffset + geometry.Reply;
    }

    /// <summary>Takes up a state that was kept elsewhere. That a state is opened once is then the caller's to see to.</summary>
    /// <param name="network">The network.</param>
    /// <param name="id">What a reply is recognised by.</param>
    /// <param name="expiryUnixSeconds">When it expires.</param>
    /// <param name="kept">As <see cref="CopyKeptTo"/> wrote it; copied.</param>
    /// <returns>The state, owned by the caller.</returns>
    /// <exception cref="ArgumentException">The length isn't <see cref="KeptBytes"/>.</exception>
    public static SurbState FromKept(NetworkDefinition network, SurbId id, uint expiryUnixSeconds, ReadOnlySpan<byte> kept)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfNotEqual(kept.Length, KeptBytes(network.Geometry), nameof(kept));
        var state = new SurbState(network, id, expiryUnixSeconds, kept[..Surb.SecretBytes], kept[Surb.SecretBytes..MaskOffset]);
        kept[MaskOffset..].CopyTo(state.Mask);
        return state;
    }

    /// <summary>Writes secret, alpha and mask, in this order: for vectors and analysis. Whoever has them opens the reply.</summary>
    /// <param name="destination">At least <see cref="KeptBytes"/>.</param>
    /// <exception cref="ObjectDisposedException">The state was opened or disposed before.</exception>
    public void CopyKeptTo(Span<byte> destination) => _kept.Span.CopyTo(destination);

    /// <summary>
    /// Opens a reply in place and destroys the state, whatever the outcome: a second reply to the same SURB can't be told from an attack.
    /// </summary>
    /// <param name="laneB">Lane B as the own last unwrap left it; changed.</param>
    /// <param name="aead">The worker's own.</param>
    /// <param name="message">The message, a part of <paramref name="laneB"/>; empty unless the result is <see cref="DropReason.None"/>.</param>
    /// <returns><see cref="DropReason.None"/>, or why it is dropped, silently: nothing that others can see may depend on it.</returns>
    /// <exception cref="ObjectDisposedException">It was opened or disposed before.</exception>
    public DropReason TryOpen(Span<byte> laneB, AeadContext aead, out ReadOnlySpan<byte> message)
    {
        ArgumentNullException.ThrowIfNull(aead);
        message = default;
        try
        {
            var mask = Mask;
            if (laneB.Length != mask.Length)
            {
                return DropReason.WrongLength;
            }

            Xor(mask, laneB);
            Span<byte> key = stackalloc byte[AeadContext.KeyBytes];
            Shake256Kdf.Derive(
                key,
                SphinxLabels.SurbReply,
                _network.Id,
                _kept.Span[..Surb.SecretBytes],
                laneB[..PacketFormat.ReplyNonceBytes]);
            var text = laneB[PacketFormat.ReplyNonceBytes..^AeadContext.TagBytes];
            var opened = aead.Open(key, _kept.Span[Surb.SecretBytes..MaskOffset], text, laneB[^AeadContext.TagBytes..]);
            CryptographicOperations.ZeroMemory(key);
            if (!opened)
            {
                return DropReason.AuthenticationFailed;
            }

            var reason = PaddedMessage.TryRead(text, out var length);
            if (reason == DropReason.None)
            {
                message = text.Slice(PacketFormat.LengthBytes, length);
            }

            return reason;
        }
        finally
        {
            aead.Forget();
            Dispose();
        }
    }

    /// <summary>Destroys the state. May be called again.</summary>
    public void Dispose() => _kept.Dispose();

    private static void Xor(ReadOnlySpan<byte> mask, Span<byte> bytes)
    {
        var i = 0;
        for (; i <= bytes.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            (new Vector<byte>(mask[i..]) ^ new Vector<byte>(bytes[i..])).CopyTo(bytes[i..]);
        }

        for (; i < bytes.Length; i++)
        {
            bytes[i] ^= mask[i];
        }
    }
}
