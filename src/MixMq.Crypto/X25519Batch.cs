using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using MixMq.Crypto.Ladder;

namespace MixMq.Crypto;

/// <summary>
/// X25519 (RFC 7748, section 5) over many pairs of a scalar and a u coordinate, each with its own: a batch costs a fraction of what its
/// multiplications cost one by one.
/// </summary>
/// <remarks>
/// <para>
/// The path is chosen once, by what the processor has. The environment variable <c>MIXMQ_X25519</c> (<c>avx512</c>, <c>avx2</c>, <c>scalar</c>,
/// <c>libcrypto</c>) asks for another, for tests and comparisons; a word that is none of these, or a path that the processor lacks, is refused.
/// </para>
/// <para>
/// Constant time in scalars and coordinates. Nothing is allocated on the GC heap; working memory and what the ladders leave on the stack are cleared. Any number of threads.
/// </para>
/// </remarks>
public static class X25519Batch
{
    /// <summary>The switch.</summary>
    public const string EnvironmentVariable = "MIXMQ_X25519";

    // From so many pairs on a vector of the batch ladder is cheaper than narrow ladders, of which one takes two pairs (AVX-512) or one (AVX2: also where there is AVX-512, whose clock is lower).
    private const int FewestPairs512 = 5;
    private const int FewestPairs256 = 3;

    /// <summary>The path that is taken.</summary>
    public static LadderPath Path { get; } = Choose(Environment.GetEnvironmentVariable(EnvironmentVariable));

    /// <summary>Whether this processor can take a path.</summary>
    /// <param name="path">Any of them.</param>
    /// <returns>Whether it has the instructions, and rounds to nearest.</returns>
    public static bool IsSupported(LadderPath path) => path switch
    {
        LadderPath.Avx512 => Lanes512.IsSupported && Lanes256.IsSupported && RoundsToNearest(),
        LadderPath.Avx2 => Lanes256.IsSupported && RoundsToNearest(),
        _ => true,
    };

    /// <summary>Multiplies each u by its clamped scalar.</summary>
    /// <param name="secrets">32 bytes a pair.</param>
    /// <param name="us">32 bytes a pair, from anyone; not canonical ones are reduced as the RFC says.</param>
    /// <param name="shared">32 bytes a pair; may be the memory of <paramref name="us"/>. All zero where u is of small order: such a result must not be used.</param>
    /// <exception cref="ArgumentException">The lengths aren't equal, or no multiple of 32.</exception>
    public static void Derive(ReadOnlySpan<byte> secrets, ReadOnlySpan<byte> us, Span<byte> shared) => Multiply(Path, secrets, us, shared, clamp: true);

    /// <summary>Multiplies each u by its scalar as it is, bits 0 to 254: for products of scalars, which clamping would change.</summary>
    /// <param name="scalars">32 bytes a pair; bit 255 is ignored.</param>
    /// <param name="us">32 bytes a pair.</param>
    /// <param name="products">32 bytes a pair; may be the memory of <paramref name="us"/>. All zero where the product is the point at infinity.</param>
    /// <exception cref="ArgumentException">The lengths aren't equal, or no multiple of 32.</exception>
    public static void Multiply(ReadOnlySpan<byte> scalars, ReadOnlySpan<byte> us, Span<byte> products) => Multiply(Path, scalars, us, products, clamp: false);

    /// <summary>The same over a path of one's choice: for comparisons.</summary>
    /// <param name="path">One that <see cref="IsSupported"/> says yes to.</param>
    /// <param name="scalars">32 bytes a pair.</param>
    /// <param name="us">32 bytes a pair.</param>
    /// <param name="products">32 bytes a pair; may be the memory of <paramref name="us"/>.</param>
    /// <param name="clamp">Whether scalars are clamped first.</param>
    /// <exception cref="ArgumentException">The lengths aren't equal, or no multiple of 32.</exception>
    /// <exception cref="PlatformNotSupportedException">The processor lacks the path.</exception>
    public static void Multiply(LadderPath path, ReadOnlySpan<byte> scalars, ReadOnlySpan<byte> us, Span<byte> products, bool clamp)
    {
        if (us.Length % X25519.KeyBytes != 0 || scalars.Length != us.Length || products.Length != us.Length)
        {
            throw new ArgumentException("There must be 32 bytes of each for every pair.", nameof(us));
        }

        while (!us.IsEmpty)
        {
            var bytes = Taken(path, us.Length / X25519.KeyBytes) * X25519.KeyBytes;
            Take(path == LadderPath.LibCrypto && !clamp ? LadderPath.Scalar : path, scalars[..bytes], us[..bytes], products[..bytes], clamp);
            scalars = scalars[bytes..];
            us = us[bytes..];
            products = products[bytes..];
        }
    }

    // As many as fill vectors of the batch ladder, and what is left over: a vector that is mostly empty costs as much as a full one.
    private static int Taken(LadderPath path, int pairs)
    {
        var (lanes, most, fewest) = path switch
        {
            LadderPath.Avx512 => (Lanes512.Count, BatchLadder<Vector512<double>, Lanes512>.MostPairs, FewestPairs512),
            LadderPath.Avx2 => (Lanes256.Count, BatchLadder<Vector256<double>, Lanes256>.MostPairs, FewestPairs256),
            _ => (1, 1, 1),
        };
        var taken = Math.Min(pairs, most);
        var rest = taken % lanes;
        if (taken > rest)
        {
            return rest < fewest ? taken - rest : taken;
        }

        return rest >= fewest ? rest : Math.Min(rest, path == LadderPath.Avx512 ? NarrowLadder<Vector512<double>, Lanes512>.MostPairs : NarrowLadder<Vector256<double>, Lanes256>.MostPairs);
    }

    [SkipLocalsInit]
    private static void Take(LadderPath path, ReadOnlySpan<byte> scalars, ReadOnlySpan<byte> us, Span<byte> products, bool clamp)
    {
        if (path == LadderPath.LibCrypto)
        {
            _ = X25519.TryDerive(scalars, us, products);
            return;
        }

        Span<byte> own = stackalloc byte[scalars.Length];
        scalars.CopyTo(own);
        for (var i = 0; clamp && i < own.Length; i += X25519.KeyBytes)
        {
            own[i] &= 0xf8;
            own[i + 31] = (byte)((own[i + 31] & 0x7f) | 0x40);
        }

        switch (path)
        {
            case LadderPath.Avx512 or LadderPath.Avx2 when scalars.Length == X25519.KeyBytes:
                NarrowLadder<Vector256<double>, Lanes256>.Multiply(own, us, products);
                break;
            case LadderPath.Avx512 when scalars.Length <= NarrowLadder<Vector512<double>, Lanes512>.MostPairs * X25519.KeyBytes:
                NarrowLadder<Vector512<double>, Lanes512>.Multiply(own, us, products);
                break;
            case LadderPath.Avx512:
                BatchLadder<Vector512<double>, Lanes512>.Multiply(own, us, products);
                break;
            case LadderPath.Avx2:
                BatchLadder<Vector256<double>, Lanes256>.Multiply(own, us, products);
                break;
            default:
                ScalarLadder.Multiply(own, us, products);
                break;
        }

        CryptographicOperations.ZeroMemory(own);
    }

    /// <summary>The path that the switch asks for, or the best there is.</summary>
    internal static LadderPath Choose(string? wanted)
    {
        LadderPath[] order = wanted switch
        {
            null or "" => [LadderPath.Avx512, LadderPath.Avx2, LadderPath.LibCrypto],
            "avx512" => [LadderPath.Avx512],
            "avx2" => [LadderPath.Avx2],
            "scalar" => [LadderPath.Scalar],
            "libcrypto" => [LadderPath.LibCrypto],
            _ => throw new ArgumentException($"{EnvironmentVariable} must be avx512, avx2, scalar or libcrypto, or not be set.", nameof(wanted)),
        };
        foreach (var path in order)
        {
            if (IsSupported(path))
            {
                return path;
            }
        }

        throw new PlatformNotSupportedException($"{EnvironmentVariable} asks for {wanted}, whose instructions this processor lacks.");
    }

    // The vectors' arithmetic is exact only so; nothing in .NET changes the mode, but a native library in the process could.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool RoundsToNearest()
    {
        const double unit = 1L << 52;
        double[] halves = [0.5, 1.5, -0.5, -1.5];
        return (unit + halves[0]) - unit is 0 && (unit + halves[1]) - unit is 2 && (-unit + halves[2]) + unit is 0 && (-unit + halves[3]) + unit is -2;
    }
}
