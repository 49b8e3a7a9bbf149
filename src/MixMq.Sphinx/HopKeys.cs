using MixMq.Crypto;

namespace MixMq.Sphinx;

/// <summary>
/// The keys that a sender and one hop share, as a view over 112 bytes that the caller owns and clears. The whole key schedule is here.
/// </summary>
/// <remarks>
/// Source: spec/03-sphinx.md, section 4.
/// <list type="table">
/// <listheader><term>bytes</term><description>key</description></listheader>
/// <item><term>0–31</term><description>AE: ChaCha20-Poly1305 over header and lane A</description></item>
/// <item><term>32–63</term><description>LANE: keystream for the header extension and lane B</description></item>
/// <item><term>64–95</term><description>blind: scalar that alpha is multiplied by</description></item>
/// <item><term>96–111</term><description>replay tag</description></item>
/// </list>
/// </remarks>
public readonly ref struct HopKeys
{
    /// <summary>Bytes of all keys of one hop.</summary>
    public const int ByteLength = 112;

    private readonly Span<byte> _bytes;

    /// <summary>Takes a view of keys that were derived before.</summary>
    /// <param name="bytes">112 bytes.</param>
    public HopKeys(Span<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, ByteLength, nameof(bytes));
        _bytes = bytes;
    }

    /// <summary>The key of the AEAD, 32 bytes, secret.</summary>
    public ReadOnlySpan<byte> Ae => _bytes[..32];

    /// <summary>The key of the lane keystream, 32 bytes, secret.</summary>
    public ReadOnlySpan<byte> Lane => _bytes[32..64];

    /// <summary>The blinding scalar, 32 bytes, secret.</summary>
    public ReadOnlySpan<byte> Blind => _bytes[64..96];

    /// <summary>The replay tag, 16 bytes.</summary>
    public ReadOnlySpan<byte> ReplayTag => _bytes[96..];

    /// <summary>Derives a hop's keys.</summary>
    /// <param name="network">Binds the keys to the network.</param>
    /// <param name="shared">X25519 of the hop's mix key and alpha; 32 bytes, not all zero.</param>
    /// <param name="alpha">As the hop receives it; 32 bytes.</param>
    /// <param name="mixPublic">The hop's published key.</param>
    /// <param name="destination">112 bytes that will hold the keys.</param>
    /// <returns>The view of <paramref name="destination"/>.</returns>
    public static HopKeys Derive(
        NetworkDefinition network,
        ReadOnlySpan<byte> shared,
        ReadOnlySpan<byte> alpha,
        MixPublicKey mixPublic,
        Span<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(network);
        var keys = new HopKeys(destination);
        Span<byte> publicBytes = stackalloc byte[MixPublicKey.ByteLength];
        mixPublic.CopyTo(publicBytes);
        Shake256Kdf.Derive(destination, SphinxLabels.Hop, network.Id, shared, alpha, publicBytes);
        return keys;
    }
}
