using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace MixMq.Crypto;

/// <summary>
/// The product of two X25519 scalars as one X25519 scalar: two ladders in a row become one.
/// </summary>
/// <remarks>
/// <para>
/// References: RFC 7748 section 5 (clamping, the curve's order 8ℓ), Montgomery 1985 (modular multiplication). ℓ = 2^252 + δ.
/// </para>
/// <para>
/// Clamped scalars are multiples of 8, so the product is 8m with m taken mod ℓ. X25519 sees only the u coordinate, which is the same for
/// 8m and 8(ℓ − m); one of the two has bit 254 set and bit 255 clear, so it survives clamping as it is, and any X25519 can take it. (With
/// probability 2^−126 neither does; then the result is wrong, like a guessed key.) The equality holds for points of the curve, not of its twist.
/// </para>
/// <list type="table">
/// <listheader><term>value</term><description>bytes</description></listheader>
/// <item><term>scalars and product</term><description>32, little-endian, clamped when used</description></item>
/// </list>
/// Constant time; nothing is allocated on the GC heap; safe for any number of threads.
/// </remarks>
public static class BlindingProduct
{
    private const int Limbs = 4;
    private static readonly BigInteger Order = (BigInteger.One << 252) + BigInteger.Parse("27742317777372353535851937790883648493", provider: null);
    private static readonly ulong[] Modulus = ToLimbs(Order);
    private static readonly ulong[] RadixSquared = ToLimbs(BigInteger.ModPow(2, 512, Order));
    private static readonly ulong NegatedInverse = NegatedInverseOf(Modulus[0]);

    /// <summary>
    /// Gives a scalar with <c>X25519(product, u) = X25519(second, X25519(first, u))</c> for every u on the curve.
    /// </summary>
    /// <param name="first">32 bytes, secret; clamped here.</param>
    /// <param name="second">32 bytes, secret; clamped here.</param>
    /// <param name="product">32 bytes, overwritten; may be the memory of <paramref name="first"/>.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static void Multiply(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> product)
    {
        Lengths.Require(first, X25519.KeyBytes);
        Lengths.Require(second, X25519.KeyBytes);
        Lengths.Require(product, X25519.KeyBytes);
        Span<ulong> a = stackalloc ulong[Limbs];
        Span<ulong> b = stackalloc ulong[Limbs];
        ReadClamped(first, a);
        ReadClamped(second, b);
        ShiftRight3(a);

        // a·b·R⁻¹ and then times R²·R⁻¹: the product itself, below ℓ.
        MontgomeryMultiply(a, b, a);
        MontgomeryMultiply(a, RadixSquared, a);

        // m below 2^251 has bit 254 of 8m clear; then ℓ − m is the other one.
        Negate(a, b);
        var keep = 0UL - ((a[3] >> 59) & 1);
        for (var i = 0; i < Limbs; i++)
        {
            a[i] = (a[i] & keep) | (b[i] & ~keep);
        }

        for (var i = Limbs - 1; i >= 0; i--)
        {
            var low = i > 0 ? a[i - 1] >> 61 : 0;
            BinaryPrimitives.WriteUInt64LittleEndian(product[(i * sizeof(ulong))..], (a[i] << 3) | low);
        }

        CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(a));
        CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(b));
    }

    private static void ReadClamped(ReadOnlySpan<byte> scalar, Span<ulong> limbs)
    {
        for (var i = 0; i < Limbs; i++)
        {
            limbs[i] = BinaryPrimitives.ReadUInt64LittleEndian(scalar[(i * sizeof(ulong))..]);
        }

        limbs[0] &= ~7UL;
        limbs[3] = (limbs[3] & 0x7fff_ffff_ffff_ffff) | 0x4000_0000_0000_0000;
    }

    private static void ShiftRight3(Span<ulong> limbs)
    {
        for (var i = 0; i < Limbs; i++)
        {
            var high = i + 1 < Limbs ? limbs[i + 1] << 61 : 0;
            limbs[i] = (limbs[i] >> 3) | high;
        }
    }

    /// <summary>ℓ − a, for a below ℓ.</summary>
    private static void Negate(ReadOnlySpan<ulong> a, Span<ulong> result)
    {
        ulong borrow = 0;
        for (var i = 0; i < Limbs; i++)
        {
            var difference = (UInt128)Modulus[i] - a[i] - borrow;
            result[i] = (ulong)difference;
            borrow = (ulong)(difference >> 64) & 1;
        }
    }

    /// <summary>a·b·2^−256 mod ℓ, for a below ℓ and any b; the result may be one of the factors.</summary>
    private static void MontgomeryMultiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
    {
        Span<ulong> t = stackalloc ulong[Limbs + 2];
        t.Clear();
        for (var i = 0; i < Limbs; i++)
        {
            UInt128 sum = 0;
            for (var j = 0; j < Limbs; j++)
            {
                sum = ((UInt128)a[j] * b[i]) + t[j] + (ulong)(sum >> 64);
                t[j] = (ulong)sum;
            }

            sum = (UInt128)t[Limbs] + (ulong)(sum >> 64);
            t[Limbs] = (ulong)sum;
            t[Limbs + 1] = (ulong)(sum >> 64);

            var factor = unchecked(t[0] * NegatedInverse);
            sum = ((UInt128)factor * Modulus[0]) + t[0];
            for (var j = 1; j < Limbs; j++)
            {
                sum = ((UInt128)factor * Modulus[j]) + t[j] + (ulong)(sum >> 64);
                t[j - 1] = (ulong)sum;
            }

            sum = (UInt128)t[Limbs] + (ulong)(sum >> 64);
            t[Limbs - 1] = (ulong)sum;
            t[Limbs] = unchecked(t[Limbs + 1] + (ulong)(sum >> 64));
        }

        // Below 2ℓ now: subtract ℓ, and keep that unless it went below zero.
        ulong borrow = 0;
        Span<ulong> reduced = stackalloc ulong[Limbs];
        for (var i = 0; i < Limbs; i++)
        {
            var difference = (UInt128)t[i] - Modulus[i] - borrow;
            reduced[i] = (ulong)difference;
            borrow = (ulong)(difference >> 64) & 1;
        }

        var wentBelow = 0UL - (borrow & ~t[Limbs] & 1);
        for (var i = 0; i < Limbs; i++)
        {
            result[i] = (t[i] & wentBelow) | (reduced[i] & ~wentBelow);
        }

        t.Clear();
        reduced.Clear();
    }

    private static ulong[] ToLimbs(BigInteger value)
    {
        var limbs = new ulong[Limbs];
        for (var i = 0; i < Limbs; i++)
        {
            limbs[i] = (ulong)((value >> (64 * i)) & ulong.MaxValue);
        }

        return limbs;
    }

    private static ulong NegatedInverseOf(ulong odd)
    {
        // Newton's iteration doubles the correct bits: 3, 6, 12, 24, 48, 96.
        var inverse = odd;
        for (var i = 0; i < 5; i++)
        {
            inverse = unchecked(inverse * (2 - (odd * inverse)));
        }

        return unchecked(0 - inverse);
    }
}
