using System.Buffers.Binary;

namespace MixMq.Crypto;

/// <summary>Numbers drawn from an <see cref="IRandomSource"/>. Each method says how many bytes it draws, so that seeded runs are reproducible.</summary>
public static class RandomSourceExtensions
{
    /// <summary>A uniform 64-bit number: 8 bytes, little-endian.</summary>
    /// <param name="random">The source to draw from.</param>
    /// <returns>Any value of the type, each equally likely.</returns>
    public static ulong NextUInt64(this IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        random.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>A uniform number in [0, 1) with 53 bits; draws 8 bytes.</summary>
    /// <param name="random">The source to draw from.</param>
    /// <returns>At least 0 and below 1.</returns>
    public static double NextDouble(this IRandomSource random) => (random.NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>An exponentially distributed number, by inversion; draws 8 bytes. It is at most about 36.8 means (53 bits).</summary>
    /// <param name="random">The source to draw from.</param>
    /// <param name="mean">The mean, in whatever unit the result is to have; finite and not negative.</param>
    /// <returns>Finite, at least 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="mean"/> is negative or not finite.</exception>
    public static double NextExponential(this IRandomSource random, double mean)
    {
        if (!double.IsFinite(mean) || mean < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(mean), mean, "A mean is finite and not negative.");
        }

        // 1 − u lies in (0, 1], so the logarithm is finite.
        return -mean * Math.Log(1.0 - random.NextDouble());
    }

    /// <summary>
    /// A uniform number in [0, <paramref name="exclusiveMax"/>), without bias: draws 8 bytes, and 8 more for each value in the incomplete
    /// last stretch of the range (Lemire 2019, "Fast random integer generation in an interval").
    /// </summary>
    /// <param name="random">The source to draw from.</param>
    /// <param name="exclusiveMax">The bound; at least 1.</param>
    /// <returns>At least 0 and below the bound.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public static int NextInt32(this IRandomSource random, int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusiveMax, 1);
        var bound = (ulong)exclusiveMax;
        var high = Math.BigMul(random.NextUInt64(), bound, out ulong low);
        if (low < bound)
        {
            var threshold = unchecked(0UL - bound) % bound;
            while (low < threshold)
            {
                high = Math.BigMul(random.NextUInt64(), bound, out low);
            }
        }

        return (int)high;
    }
}
