using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace MixMq.Crypto.Ladder;

/// <summary>Between one lane of an element of doubles and its 32 bytes. Constant time.</summary>
internal static unsafe class LaneCoding
{
    private const ulong Mask51 = (1UL << 51) - 1;

    /// <summary>Splits 255 bits, little-endian, into six limbs of 43 and 42 bits; bit 255 is ignored.</summary>
    /// <param name="bytes">32 bytes.</param>
    /// <param name="limbs">The lane's lowest limb; the next one is <paramref name="stride"/> doubles further on.</param>
    /// <param name="stride">Lanes of a vector.</param>
    public static void Read(ReadOnlySpan<byte> bytes, double* limbs, int stride)
    {
        const ulong mask43 = (1UL << 43) - 1;
        const ulong mask42 = (1UL << 42) - 1;
        var w0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var w1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        var w2 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        var w3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        limbs[0] = w0 & mask43;
        limbs[stride] = (double)(((w0 >> 43) | (w1 << 21)) & mask42) * Weight1;
        limbs[2 * stride] = (double)((w1 >> 21) & mask43) * Weight2;
        limbs[3 * stride] = (double)(w2 & mask42) * Weight3;
        limbs[4 * stride] = (double)(((w2 >> 42) | (w3 << 22)) & mask43) * Weight4;
        limbs[5 * stride] = (double)((w3 >> 21) & mask42) * Weight5;
    }

    /// <summary>Writes the canonical encoding of a loose element.</summary>
    /// <remarks>Not inline, so that copies of the element are on the stack below the caller's frame, where <see cref="DeadStack"/> clears.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Write(double* limbs, int stride, Span<byte> bytes) => Reduce(limbs, stride).Write(bytes);

    /// <summary>Makes zeros of z ones, and the x of each such lane zero.</summary>
    public static void ReplaceZeros(double* z, double* x, int lanes)
    {
        for (var lane = 0; lane < lanes; lane++)
        {
            var mask = Reduce(z + lane, lanes).ZeroMask();
            for (var i = 0; i < 6; i++)
            {
                var zi = (ulong*)(z + lane + (i * lanes));
                var xi = (ulong*)(x + lane + (i * lanes));
                *zi = (*zi & ~mask) | (mask & (i == 0 ? BitConverter.DoubleToUInt64Bits(1) : 0));
                *xi &= ~mask;
            }
        }
    }

    private const double Weight1 = 1L << 43;
    private const double Weight2 = Weight1 * (1L << 42);
    private const double Weight3 = Weight2 * (1L << 43);
    private const double Weight4 = Weight3 * (1L << 42);
    private const double Weight5 = Weight4 * (1L << 43);

    // The limbs are signed whole numbers below 2^44 once their weight is taken off. 2p spread over them makes all of them positive after one pass of
    // signed carries, and then they fit 51 bits each.
    private static FieldElement Reduce(double* limbs, int stride)
    {
        var t0 = (long)limbs[0];
        var t1 = (long)(limbs[stride] * (1 / Weight1));
        var t2 = (long)(limbs[2 * stride] * (1 / Weight2));
        var t3 = (long)(limbs[3 * stride] * (1 / Weight3));
        var t4 = (long)(limbs[4 * stride] * (1 / Weight4));
        var t5 = (long)(limbs[5 * stride] * (1 / Weight5));

        // 4p = 4·2^255 − 76: in limb 5 of weight 2^213 it is 2^44, less 76 in limb 0.
        t0 -= 76;
        t5 += 1L << 44;
        t1 += t0 >> 43;
        t2 += t1 >> 42;
        t3 += t2 >> 43;
        t4 += t3 >> 42;
        t5 += t4 >> 43;
        const ulong mask43 = (1UL << 43) - 1;
        const ulong mask42 = (1UL << 42) - 1;
        var (l0, l1, l2, l3, l4) = ((ulong)t0 & mask43, (ulong)t1 & mask42, (ulong)t2 & mask43, (ulong)t3 & mask42, (ulong)t4 & mask43);
        var l5 = (ulong)t5; // positive, below 2^46

        // Bits 0, 43, 85, 128, 170, 213 to limbs at 0, 51, 102, 153, 204.
        return FieldElement.FromLimbs(
            (l0 | (l1 << 43)) & Mask51,
            ((l1 >> 8) | (l2 << 34)) & Mask51,
            ((l2 >> 17) | (l3 << 26)) & Mask51,
            ((l3 >> 25) | (l4 << 17)) & Mask51,
            (l4 >> 34) + (l5 << 9));
    }
}
