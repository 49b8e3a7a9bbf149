using System.Security.Cryptography;
using MixMq.Crypto.Interop;

namespace MixMq.Crypto;

/// <summary>
/// Ed25519 signatures, RFC 8032 section 5.1 (pure, no context), by libcrypto.
/// </summary>
/// <remarks>
/// References: RFC 8032; FIPS 186-5 section 7.
/// <list type="table">
/// <listheader><term>value</term><description>bytes</description></listheader>
/// <item><term>seed (the secret)</term><description>32</description></item>
/// <item><term>public key</term><description>32: y little-endian, bit 255 the sign of x</description></item>
/// <item><term>signature</term><description>64: R, then S; S not below ℓ is refused</description></item>
/// </list>
/// All methods are safe for any number of threads.
/// </remarks>
public static class Ed25519
{
    /// <summary>Length of a public key.</summary>
    public const int PublicKeyBytes = 32;

    /// <summary>Length of a seed.</summary>
    public const int SeedBytes = 32;

    /// <summary>Length of a signature.</summary>
    public const int SignatureBytes = 64;

    /// <summary>The public key of a seed.</summary>
    /// <param name="seed">32 bytes, secret.</param>
    /// <param name="publicKey">32 bytes, overwritten.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static void DerivePublic(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        Lengths.Require(seed, SeedBytes);
        Lengths.Require(publicKey, PublicKeyBytes);
        using var key = ScopedKey.Private(LibCrypto.Ed25519Type, seed);
        key.CopyPublicTo(publicKey);
    }

    /// <summary>Signs a message; the same seed and message always give the same signature.</summary>
    /// <param name="seed">32 bytes, secret.</param>
    /// <param name="message">Any length.</param>
    /// <param name="signature">64 bytes, overwritten.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static void Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Lengths.Require(seed, SeedBytes);
        using var key = ScopedKey.Private(LibCrypto.Ed25519Type, seed);
        Sign(key.Pointer, message, signature);
    }

    /// <summary>Signs with an EVP_PKEY that holds the private key.</summary>
    internal static unsafe void Sign(nint key, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        Lengths.Require(signature, SignatureBytes);
        var context = LibCrypto.NewDigestContext();
        try
        {
            var length = (nuint)SignatureBytes;
            fixed (byte* m = message, s = signature)
            {
                if (context == 0
                    || LibCrypto.SignInit(context, 0, 0, 0, key) != 1
                    || LibCrypto.Sign(context, s, &length, m, (nuint)message.Length) != 1)
                {
                    LibCrypto.ClearErrors();
                    throw new CryptographicException("libcrypto could not sign.");
                }
            }
        }
        finally
        {
            LibCrypto.FreeDigestContext(context);
        }
    }

    /// <summary>Checks a signature. Whether the key itself is a good one is asked once, with <see cref="IsValidPublicKey"/>.</summary>
    /// <param name="publicKey">32 bytes; another length verifies nothing.</param>
    /// <param name="message">Any length.</param>
    /// <param name="signature">64 bytes; another length never verifies.</param>
    /// <returns>Whether the signature is that key's over that message.</returns>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != PublicKeyBytes || signature.Length != SignatureBytes)
        {
            return false;
        }

        using var key = ScopedKey.Public(LibCrypto.Ed25519Type, publicKey);
        return Verify(key.Pointer, message, signature);
    }

    /// <summary>Checks a signature of 64 bytes with an EVP_PKEY.</summary>
    internal static unsafe bool Verify(nint key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var context = LibCrypto.NewDigestContext();
        try
        {
            if (context == 0 || LibCrypto.VerifyInit(context, 0, 0, 0, key) != 1)
            {
                LibCrypto.ClearErrors();
                throw new CryptographicException("libcrypto could not prepare a verification.");
            }

            fixed (byte* m = message, s = signature)
            {
                if (LibCrypto.Verify(context, s, SignatureBytes, m, (nuint)message.Length) == 1)
                {
                    return true;
                }
            }

            LibCrypto.ClearErrors();
            return false;
        }
        finally
        {
            LibCrypto.FreeDigestContext(context);
        }
    }

    /// <summary>
    /// Whether a public key can serve as an identity: canonical encoding, a point of the curve, and not one of the eight points of small
    /// order (under those, signatures that fit many messages exist). A fraction of a derive; public keys only, not constant time.
    /// </summary>
    /// <param name="publicKey">Bytes from anyone; a length other than 32 is invalid.</param>
    /// <returns>Whether all of that holds.</returns>
    public static bool IsValidPublicKey(ReadOnlySpan<byte> publicKey) =>
        publicKey.Length == PublicKeyBytes && PublicPoint.IsEdwardsPoint(publicKey);
}
