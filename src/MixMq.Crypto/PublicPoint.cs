using System.Numerics;

namespace MixMq.Crypto;

/// <summary>
/// Checks of public points on the two forms of Curve25519, over p = 2^255 − 19. Not constant time: never give it a secret.
/// </summary>
/// <remarks>References: RFC 7748 section 4.1 (curves), RFC 8032 section 5.1.3 (decoding).</remarks>
public static class PublicPoint
{
    private static readonly BigInteger P = (BigInteger.One << 255) - 19;
    private static readonly BigInteger D = Mod(-121665 * Inverse(121666));
    private static readonly BigInteger MontgomeryA = 486662;

    /// <summary>
    /// Whether a u coordinate is canonical, belongs to a point of Curve25519 itself (not of its twist), and isn't of small order.
    /// </summary>
    /// <param name="u">Bytes from anyone; a length other than 32 is refused.</param>
    /// <returns>Whether all of that holds.</returns>
    public static bool IsMontgomeryPoint(ReadOnlySpan<byte> u)
    {
        if (!X25519.IsCanonical(u))
        {
            return false;
        }

        var value = new BigInteger(u, isUnsigned: true);
        var square = Mod(value * Mod((value * value) + (MontgomeryA * value) + 1));
        if (!IsSquare(square))
        {
            return false;
        }

        // A clamped scalar is a multiple of the cofactor, so it takes exactly the points of small order to zero.
        Span<byte> one = stackalloc byte[X25519.KeyBytes];
        Span<byte> product = stackalloc byte[X25519.KeyBytes];
        one.Clear();
        return X25519.TryDerive(one, u, product);
    }

    /// <summary>Whether 32 bytes are the canonical encoding of an Edwards point that isn't of small order.</summary>
    internal static bool IsEdwardsPoint(ReadOnlySpan<byte> encoded)
    {
        Span<byte> yBytes = stackalloc byte[Ed25519.PublicKeyBytes];
        encoded.CopyTo(yBytes);
        yBytes[31] &= 0x7f; // The sign of x: where x isn't zero, both signs are points.
        if (!X25519.IsCanonical(yBytes))
        {
            return false;
        }

        // x² = (y² − 1) / (d·y² + 1); the denominator is never zero, for −1/d is no square.
        var y = new BigInteger(yBytes, isUnsigned: true);
        var ySquared = Mod(y * y);
        var xSquared = Mod((ySquared - 1) * Inverse(Mod((D * ySquared) + 1)));
        if (xSquared.IsZero)
        {
            // y = ±1: the neutral point and the point of order two (and with the sign bit set, no encoding at all).
            return false;
        }

        return IsSquare(xSquared) && !IsSmallOrder(y, ySquared, xSquared);
    }

    private static bool IsSmallOrder(BigInteger y, BigInteger ySquared, BigInteger xSquared)
    {
        // Order 4: y = 0. Order 8: twice the point has y = 0, that is (y² + x²)·k = 0, so x² = −y².
        return y.IsZero || Mod(xSquared + ySquared).IsZero;
    }

    private static bool IsSquare(BigInteger value) => value.IsZero || BigInteger.ModPow(value, (P - 1) / 2, P).IsOne;

    private static BigInteger Inverse(BigInteger value) => BigInteger.ModPow(value, P - 2, P);

    private static BigInteger Mod(BigInteger value)
    {
        var remainder = value % P;
        return remainder.Sign < 0 ? remainder + P : remainder;
    }
}
