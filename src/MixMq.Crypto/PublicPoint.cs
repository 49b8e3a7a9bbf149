namespace MixMq.Crypto;

/// <summary>
/// Checks of public points on the two forms of Curve25519, over p = 2^255 − 19. Never give it a secret: it ends early.
/// </summary>
/// <remarks>References: RFC 7748 section 4.1 (curves), RFC 8032 section 5.1.3 (decoding). Safe for any number of threads; allocates nothing.</remarks>
public static class PublicPoint
{
    private static readonly FieldElement D = new FieldElement(0) - (new FieldElement(121665) * new FieldElement(121666).Invert());
    private static readonly FieldElement MontgomeryA = new(486662);

    /// <summary>
    /// Whether a u coordinate is canonical, belongs to a point of Curve25519 itself (not of its twist), and isn't of small order. A fraction of a derive.
    /// </summary>
    /// <param name="u">Bytes from anyone; a length other than 32 is refused.</param>
    /// <returns>Whether all of that holds.</returns>
    public static bool IsMontgomeryPoint(ReadOnlySpan<byte> u)
    {
        if (!X25519.IsCanonical(u))
        {
            return false;
        }

        // v² = u³ + Au² + u = u·(u² + 1 + Au)
        var x = FieldElement.Read(u);
        var squared = x.Square();
        var right = x * ((squared + FieldElement.One) + (x * MontgomeryA));
        if (!right.IsSquare())
        {
            return false;
        }

        // Doubling: u' = (u² − 1)² / 4(u³ + Au² + u). u = 0 is of order two; order four doubles to it, so u² = 1; order eight doubles to
        // order four, so (u² − 1)² = ±4(u³ + Au² + u).
        var numerator = (squared - FieldElement.One).Square();
        var denominator = right * new FieldElement(4);
        return !(numerator * denominator * (numerator - denominator) * (numerator + denominator)).IsZero;
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

        // x² = (y² − 1) / (d·y² + 1). The denominator is never zero, for −1/d is no square; and the fraction is a square just when the
        // product is, which saves an inversion.
        var y = FieldElement.Read(yBytes);
        var ySquared = y.Square();
        var numerator = ySquared - FieldElement.One;
        var denominator = (D * ySquared) + FieldElement.One;
        if (numerator.IsZero)
        {
            // y = ±1: the neutral point and the point of order two (and with the sign bit set, no encoding at all).
            return false;
        }

        // Order 4: y = 0. Order 8: the double has y = 0, so x² = −y².
        var isSmallOrder = y.IsZero || (numerator + (ySquared * denominator)).IsZero;
        return !isSmallOrder && (numerator * denominator).IsSquare();
    }
}
