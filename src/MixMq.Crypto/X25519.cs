using System.Security.Cryptography;
using MixMq.Crypto.Interop;

namespace MixMq.Crypto;

/// <summary>
/// X25519, RFC 7748 section 5, by libcrypto. Clamping included; constant time in the scalar.
/// </summary>
/// <remarks>
/// References: RFC 7748 (function, test vectors), RFC 7748 section 6.1 (the all-zero check).
/// <list type="table">
/// <listheader><term>value</term><description>bytes</description></listheader>
/// <item><term>secret scalar</term><description>32, clamped when used</description></item>
/// <item><term>u coordinate, public key</term><description>32, little-endian; bit 255 is ignored by the function itself</description></item>
/// <item><term>shared secret</term><description>32</description></item>
/// </list>
/// All methods are safe for any number of threads and allocate nothing on the GC heap.
/// </remarks>
public static class X25519
{
    /// <summary>Length of a scalar, a public key and a shared secret.</summary>
    public const int KeyBytes = 32;

    /// <summary>
    /// Multiplies the point with u coordinate <paramref name="u"/> by the clamped <paramref name="secret"/>. A u that isn't canonical is
    /// reduced as the RFC says; protocols that must refuse it ask <see cref="IsCanonical"/> first.
    /// </summary>
    /// <param name="secret">32 bytes.</param>
    /// <param name="u">32 bytes, from anyone.</param>
    /// <param name="shared">32 bytes; all zero when the result is <see langword="false"/>.</param>
    /// <returns><see langword="false"/> when the product is all-zero: u is of small order, and the result must not be used.</returns>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static unsafe bool TryDerive(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> u, Span<byte> shared)
    {
        Lengths.Require(secret, KeyBytes);
        Lengths.Require(u, KeyBytes);
        Lengths.Require(shared, KeyBytes);
        using var own = ScopedKey.Private(LibCrypto.X25519Type, secret);
        using var peer = ScopedKey.Public(LibCrypto.X25519Type, u);
        var context = LibCrypto.NewKeyContext(own.Pointer, 0);
        try
        {
            if (context == 0 || LibCrypto.DeriveInit(context) != 1 || LibCrypto.DeriveSetPeer(context, peer.Pointer) != 1)
            {
                LibCrypto.ClearErrors();
                throw new CryptographicException("libcrypto could not prepare X25519.");
            }

            fixed (byte* s = shared)
            {
                var length = (nuint)KeyBytes;
                if (LibCrypto.Derive(context, s, &length) == 1 && length == KeyBytes)
                {
                    return true;
                }
            }

            // With both keys accepted, the one way for libcrypto's X25519 to fail is an all-zero product.
            LibCrypto.ClearErrors();
            shared.Clear();
            return false;
        }
        finally
        {
            LibCrypto.FreeKeyContext(context);
        }
    }

    /// <summary>The public key of a secret: its product with the base point, u = 9.</summary>
    /// <param name="secret">32 bytes.</param>
    /// <param name="publicKey">32 bytes, overwritten.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static void DerivePublic(ReadOnlySpan<byte> secret, Span<byte> publicKey)
    {
        Lengths.Require(secret, KeyBytes);
        Lengths.Require(publicKey, KeyBytes);
        using var own = ScopedKey.Private(LibCrypto.X25519Type, secret);
        own.CopyPublicTo(publicKey);
    }

    /// <summary>Whether <paramref name="u"/> is below 2^255 − 19 (so bit 255 is clear as well). u is public; this isn't constant time.</summary>
    /// <param name="u">32 bytes; another length is not canonical.</param>
    /// <returns><see langword="true"/> for the one encoding that a coordinate has.</returns>
    public static bool IsCanonical(ReadOnlySpan<byte> u)
    {
        if (u.Length != KeyBytes || u[31] > 0x7f)
        {
            return false;
        }

        // 2^255 − 19 is 7f ff … ff ed from the top byte down.
        return u[31] != 0x7f || u[1..31].ContainsAnyExcept((byte)0xff) || u[0] < 0xed;
    }
}
